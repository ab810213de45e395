package script

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Part is what is spoken in one go, in one language.
type Part struct {
	Text     string
	Language string
	// Pause is the silence after it.
	Pause time.Duration
}

// Silences between parts, as a person reading calmly leaves them.
const (
	sentencePause  = 420 * time.Millisecond
	paragraphPause = 650 * time.Millisecond
	clausePause    = 220 * time.Millisecond
	wordPause      = 90 * time.Millisecond
)

// maxRunes bounds a part, so that the first sound of a long text does not wait for all of it.
const maxRunes = 200

// Split cuts a cleaned text into parts that can be spoken. language is a BCP 47 tag.
func Split(text, language string) []Part {
	var parts []Part
	for paragraph := range strings.SplitSeq(text, "\n") {
		before := len(parts)
		for _, r := range runs(paragraph, language) {
			for _, sentence := range sentences(r.text) {
				parts = appendPart(parts, sentence, r.language)
			}
		}
		if len(parts) > before {
			parts[len(parts)-1].Pause = paragraphPause
		}
	}
	return parts
}

func appendPart(parts []Part, text, language string) []Part {
	text = strings.TrimSpace(text)
	if !Speakable(text) {
		return parts
	}
	return append(parts, Part{Text: text, Language: language, Pause: pauseAfter(text)})
}

func pauseAfter(text string) time.Duration {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(text, closes))
	switch {
	case endsSentence(last):
		return sentencePause
	case endsClause(last):
		return clausePause
	default:
		return wordPause
	}
}

// sentences cuts after a full stop, a question or an exclamation mark that white space
// follows, and anywhere sensible in what would be too long.
func sentences(text string) []string {
	var all []string
	runes := []rune(text)
	start := 0
	for i := range runes {
		if i+1 < len(runes) && !ends(runes, i) {
			continue
		}
		all = append(all, cut(runes[start:i+1])...)
		start = i + 1
	}
	return all
}

// ends tells whether a sentence ends at place i.
func ends(runes []rune, i int) bool {
	next := runes[i+1]
	mark := i
	for mark > 0 && closes(runes[mark]) {
		mark--
	}
	switch {
	case !endsSentence(runes[mark]), endsSentence(next), closes(next):
		return false
	case runes[mark] == '。', runes[mark] != '.' && next >= utf8.RuneSelf && unicode.IsLetter(next):
		return true // 갑니다!안녕, but not a?b=c
	case !unicode.IsSpace(next):
		return false
	default:
		return runes[mark] != '.' || !isAbbreviation(runes[:mark]) && !isNumbering(runes, mark)
	}
}

// isNumbering looks at the numbers beside a full stop: those of a list (2. 경력) and of a date
// (2024. 3. 15.) end no sentence.
func isNumbering(runes []rune, mark int) bool {
	const listed = 2 // digits
	start := mark
	for start > 0 && isDigit(runes[start-1]) {
		start--
	}
	if start == mark || start > 0 && !unicode.IsSpace(runes[start-1]) {
		return false
	}
	next := mark + 1
	for next < len(runes) && unicode.IsSpace(runes[next]) {
		next++
	}
	return mark-start <= listed || next < len(runes) && isDigit(runes[next])
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isAbbreviation looks at the word before a full stop: "Dr", "e.g", an initial.
func isAbbreviation(before []rune) bool {
	start := len(before)
	for start > 0 && !unicode.IsSpace(before[start-1]) {
		start--
	}
	word := strings.ToLower(strings.TrimLeftFunc(string(before[start:]), unicode.IsPunct))
	switch word {
	case "mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "no", "approx":
		return true
	default:
		return len(word) == 1 && word[0] >= 'a' && word[0] <= 'z'
	}
}

// cut divides a sentence that is too long: at the last clause, else the last word, else anywhere.
func cut(sentence []rune) []string {
	var pieces []string
	for len(sentence) > maxRunes {
		end := maxRunes
		if i := lastFunc(sentence[:maxRunes], unicode.IsSpace); i > 0 {
			end = i + 1
		}
		if i := lastFunc(sentence[:maxRunes], endsClause); i > maxRunes/4 {
			end = i + 1
		}
		pieces = append(pieces, string(sentence[:end]))
		sentence = sentence[end:]
	}
	return append(pieces, string(sentence))
}

// maxWord bounds a word in runes: the engine drops the end of what is much longer.
const maxWord = 30

// BreakWords puts a space into words that are too long to be words.
func BreakWords(text string) string {
	var out strings.Builder
	length := 0
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			length = 0
		case length == maxWord:
			out.WriteByte(' ')
			length = 1
		default:
			length++
		}
		out.WriteRune(r)
	}
	return out.String()
}

func lastFunc(runes []rune, is func(rune) bool) int {
	for i, r := range slices.Backward(runes) {
		if is(r) {
			return i
		}
	}
	return -1
}

func endsSentence(r rune) bool { return strings.ContainsRune(".!?…。؟।", r) }

func endsClause(r rune) bool { return strings.ContainsRune(",;:、،؛", r) }

func closes(r rune) bool {
	return strings.ContainsRune(`"')]}」』】》〉”’`, r)
}
