package retrieval

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

//go:embed words
var wordFiles embed.FS

// lexicon knows what can be left out of a text, and which words mean nearly the same.
type lexicon struct {
	// endings are the longest first.
	endings   []string
	stopwords map[string]bool
	// groups are the words of each group; members finds the groups of a word.
	groups  [][]string
	members map[string][]int
	// longest is the length of the longest Korean word in a group, in syllables.
	longest int
}

func newLexicon() (*lexicon, error) {
	var korean struct {
		Endings   string `yaml:"endings"`
		Stopwords string `yaml:"stopwords"`
	}
	var thesaurus []string
	for name, into := range map[string]any{"words/korean.yaml": &korean, "words/thesaurus.yaml": &thesaurus} {
		raw, err := wordFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		if err := yaml.Unmarshal(raw, into); err != nil {
			return nil, fmt.Errorf("read words: %s: %w", name, err)
		}
	}
	l := &lexicon{endings: strings.Fields(korean.Endings), stopwords: map[string]bool{}, members: map[string][]int{}}
	slices.SortStableFunc(l.endings, func(a, b string) int { return len(b) - len(a) })
	for word := range strings.FieldsSeq(korean.Stopwords) {
		l.stopwords[word] = true
	}
	for n, line := range thesaurus {
		words := strings.Fields(strings.ToLower(line))
		l.groups = append(l.groups, words)
		for _, word := range words {
			l.members[word] = append(l.members[word], n)
			l.longest = max(l.longest, utf8.RuneCountInString(word))
		}
	}
	return l, nil
}

// shortestStem is how many syllables a word keeps at least.
const shortestStem = 2

// essence gives a Korean text without endings and without words that say nothing.
func (l *lexicon) essence(hangul string) string {
	var kept []string
	for word := range strings.FieldsSeq(hangul) {
		if stem := l.stem(word); !l.stopwords[word] && !l.stopwords[stem] {
			kept = append(kept, stem)
		}
	}
	return strings.Join(kept, " ")
}

// stem takes endings off a word, at most three.
func (l *lexicon) stem(word string) string {
	for range 3 {
		at := slices.IndexFunc(l.endings, func(ending string) bool {
			rest, cut := strings.CutSuffix(word, ending)
			return cut && utf8.RuneCountInString(rest) >= shortestStem
		})
		if at < 0 {
			return word
		}
		word = strings.TrimSuffix(word, l.endings[at])
	}
	return word
}

// related gives the words that mean nearly what a text says: of Korean, also of words inside others, since spaces are
// left out and compounds are common.
func (l *lexicon) related(hangul, latin string) (ko, en string) {
	found := map[int]bool{}
	for word := range strings.FieldsSeq(hangul) {
		runes := []rune(word)
		for from := range runes {
			for to := from + 1; to <= min(len(runes), from+l.longest); to++ {
				l.note(found, string(runes[from:to]), from > 0)
			}
		}
	}
	for word := range strings.FieldsSeq(strings.ToLower(latin)) {
		l.note(found, word, false)
	}
	var all [2][]string
	for n, words := range l.groups {
		if !found[n] {
			continue
		}
		for _, word := range words {
			first, _ := utf8.DecodeRuneInString(word)
			at := 1
			if unicode.Is(unicode.Hangul, first) {
				at = 0
			}
			all[at] = append(all[at], word)
		}
	}
	return strings.Join(all[0], " "), strings.Join(all[1], " ")
}

// note marks the groups of a word. Inside another word one syllable is chance.
func (l *lexicon) note(found map[int]bool, word string, inside bool) {
	if inside && utf8.RuneCountInString(word) < shortestStem {
		return
	}
	for _, n := range l.members[word] {
		found[n] = true
	}
}
