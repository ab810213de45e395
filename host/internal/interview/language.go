package interview

import (
	"slices"
	"unicode"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// enoughLetters is from how many letters on a language can be told.
const enoughLetters = 12

// language is what the interview is held in: what was asked for, else what the candidate speaks, else Korean. One Korean
// word makes a sentence Korean, since Korean sentences are full of Latin names.
func language(o generation.Occasion) string {
	if o.Language != "" {
		return o.Language
	}
	if spoken := spokenIn(o.Message); spoken != "" {
		return spoken
	}
	for _, m := range slices.Backward(o.History) {
		if spoken := spokenIn(m.Content); m.Role == "user" && spoken != "" {
			return spoken
		}
	}
	return "ko"
}

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
