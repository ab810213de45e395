package interview

import (
	"regexp"
	"unicode"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// enoughLetters is from how many letters on a language can be told.
const enoughLetters = 12

// language is what the interview is held in: what was asked for, else what the candidate speaks, else Korean. One Korean
// word makes a sentence Korean, since Korean sentences are full of Latin names; and one sentence in another language does not
// change an interview that is under way: two in a row do.
func language(o generation.Occasion) string {
	if o.Language != "" {
		return o.Language
	}
	var said []string
	for _, m := range o.History {
		if m.Role == "user" && spokenIn(m.Content) != "" {
			said = append(said, m.Content)
		}
	}
	if spokenIn(o.Message) != "" {
		said = append(said, o.Message)
	}
	held := "ko"
	for n, text := range said {
		// A first sentence of English may have been but a greeting.
		if n == 0 || n == 1 && spokenIn(text) == "ko" || spokenIn(text) == spokenIn(said[n-1]) || wants(text) {
			held = spokenIn(text)
		}
	}
	return held
}

// wants tells whether somebody asks for the language that the text is in.
func wants(text string) bool {
	if spokenIn(text) == "en" {
		return wantsEnglish.MatchString(text)
	}
	return wantsKorean.MatchString(text)
}

var (
	wantsEnglish = regexp.MustCompile(`(?i)\b(in|speak|use) english\b`)
	wantsKorean  = regexp.MustCompile(`한국어로|한국말로|우리말로`)
)

// spokenIn is the language of a text, or "" when it has too little of any.
func spokenIn(text string) string {
	latin := 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	if latin >= enoughLetters {
		return "en"
	}
	return ""
}
