package interview

import (
	"cmp"
	"regexp"
	"unicode"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// enoughLetters is from how many letters on a language can be told.
const enoughLetters = 12

// language is what the interview is held in: what was asked for, else what the candidate speaks, else Korean. One Korean
// word makes a sentence Korean, since Korean sentences are full of Latin names; and one sentence in another language does not
// change an interview: two in a row do.
func language(o generation.Occasion) string {
	if o.Language != "" {
		return o.Language
	}
	held, before := "", ""
	for _, m := range o.History {
		if m.Role != "user" {
			continue
		}
		if spoken := spokenIn(m.Content); spoken != "" {
			held, before = next(held, before, m.Content), spoken
		}
	}
	if spokenIn(o.Message) != "" {
		held = next(held, before, o.Message)
	}
	return cmp.Or(held, "ko")
}

// next is the language that an interview is held in after something was said.
func next(held, before, said string) string {
	spoken := spokenIn(said)
	switch {
	case held == "" || spoken == before:
		return spoken
	case spoken == "en" && wantsEnglish.MatchString(said):
		return "en"
	case spoken == "ko" && wantsKorean.MatchString(said):
		return "ko"
	}
	return held
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
