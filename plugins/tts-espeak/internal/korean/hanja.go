package korean

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// readings has a line for every syllable, followed by the characters that are read so.
// Compiled from Unihan's kHangul, the characters of KS X 1001.
//
//go:embed hanja.txt
var readings string

//nolint:gochecknoglobals // a table that is made once and never changes
var readingOf = sync.OnceValue(func() map[rune]rune {
	all := map[rune]rune{}
	for line := range strings.Lines(readings) {
		runes := []rune(strings.TrimSpace(line))
		for _, r := range runes[1:] {
			all[r] = runes[0]
		}
	}
	return all
})

// A word in Hangul may have its characters in brackets, 면접(面接), or the other way round.
var (
	glossPattern   = regexp.MustCompile(`([가-힣])\s?\((?:\p{Han}|[\s·,])+\)`)
	readingPattern = regexp.MustCompile(`\p{Han}+\s?\(([가-힣]+)\)`)
)

// Hanja writes Chinese characters in Hangul as Korean reads them, and leaves out those that
// only gloss a word. Characters that Korean does not know stay.
func Hanja(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 {
		return text
	}
	text = readingPattern.ReplaceAllString(glossPattern.ReplaceAllString(text, "$1"), "$1")
	var out strings.Builder
	before := ' '
	for _, r := range text {
		if read, known := readingOf()[r]; known {
			r = read
			if !unicode.IsLetter(before) {
				r = atStart(r)
			}
		}
		out.WriteRune(r)
		before = r
	}
	return out.String()
}

// atStart is how a syllable sounds where a word begins: 女子 is 여자, 勞動 노동, 理由 이유.
func atStart(r rune) rune {
	s := split(r)
	glide := strings.ContainsRune("ㅑㅕㅖㅛㅠㅣ", s.vowel)
	switch {
	case glide && (s.onset == 'ㄴ' || s.onset == 'ㄹ'):
		s.onset = silent
	case s.onset == 'ㄹ':
		s.onset = 'ㄴ'
	}
	return s.join()
}
