package main

import (
	"strings"
	"unicode"
)

// pieces cuts a text into parts of at most limit characters: at the ends of sentences, else
// between words, else anywhere. Servers bound what they speak in one go.
func pieces(text string, limit int) []string {
	var all []string
	rest := []rune(strings.TrimSpace(text))
	for len(rest) > limit {
		end := limit
		if i := lastEnd(rest[:limit], func(r, next rune) bool {
			return strings.ContainsRune(".!?…。！？\n", r) && (unicode.IsSpace(next) || next > 0x2000)
		}); i > limit/3 {
			end = i
		} else if i := lastEnd(rest[:limit], func(r, _ rune) bool { return unicode.IsSpace(r) }); i > 0 {
			end = i
		}
		all = append(all, strings.TrimSpace(string(rest[:end])))
		rest = []rune(strings.TrimSpace(string(rest[end:])))
	}
	all = append(all, string(rest))
	var spoken []string
	for _, piece := range all {
		if speakable(piece) {
			spoken = append(spoken, piece)
		}
	}
	return spoken
}

// lastEnd gives the place after the last rune that is an end.
func lastEnd(runes []rune, end func(r, next rune) bool) int {
	for i := len(runes) - 2; i >= 0; i-- {
		if end(runes[i], runes[i+1]) {
			return i + 1
		}
	}
	return 0
}

func speakable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) >= 0
}
