package script

import (
	"unicode"

	"golang.org/x/text/language"
)

// family is a writing system, with the language that is spoken when nothing else says one.
type family struct {
	table    *unicode.RangeTable
	code     string
	language string
}

func families() []family {
	return []family{
		{unicode.Hangul, "Hang", "ko"},
		{unicode.Hiragana, "Kana", "ja"},
		{unicode.Katakana, "Kana", "ja"},
		{unicode.Latin, "Latn", "en"},
		{unicode.Han, "Hani", "zh"},
		{unicode.Cyrillic, "Cyrl", "ru"},
		{unicode.Greek, "Grek", "el"},
		{unicode.Arabic, "Arab", "ar"},
		{unicode.Hebrew, "Hebr", "he"},
		{unicode.Devanagari, "Deva", "hi"},
		{unicode.Thai, "Thai", "th"},
	}
}

// Main is the language of a text as a whole: Korean as soon as there is a word of it,
// Japanese likewise, else that of most letters. A text without letters is Korean; those of a
// unit right after its number (5km) belong to no language.
func Main(text string) string {
	count := map[string]int{}
	ofUnit := false
	for _, r := range text {
		ofUnit = isDigit(r) || r == '%' || ofUnit && unicode.Is(unicode.Latin, r)
		if ofUnit {
			continue
		}
		for _, f := range families() {
			if unicode.Is(f.table, r) {
				count[f.language]++
			}
		}
	}
	best := "ko"
	for _, f := range families() {
		if f.language == "ko" || f.language == "ja" {
			if count[f.language] > 0 {
				return f.language
			}
			continue
		}
		if count[f.language] > count[best] {
			best = f.language
		}
	}
	return best
}

// run is a stretch of text in one language.
type run struct {
	text     string
	language string
}

// runs cuts a text where its writing system changes. Latin letters, digits and signs stay
// with the main language, whose voice reads them.
func runs(text, main string) []run {
	home := homeOf(main)
	var all []run
	current, start := main, 0
	for i, r := range text {
		next := current
		for _, f := range families() {
			switch {
			case !unicode.Is(f.table, r):
			case f.code == home || f.code == "Latn":
				next = main
			default:
				next = f.language
			}
		}
		if next != current {
			all = append(all, run{text[start:i], current})
			current, start = next, i
		}
	}
	return append(all, run{text[start:], current})
}

// homeOf is the writing system that a language is at home in.
func homeOf(tag string) string {
	code, _ := language.Make(tag).Script()
	switch code.String() {
	case "Kore":
		return "Hang"
	case "Jpan":
		return "Kana"
	case "Hans", "Hant":
		return "Hani"
	default:
		return code.String()
	}
}
