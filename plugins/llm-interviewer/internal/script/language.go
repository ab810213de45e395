package script

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// enoughLetters is from how many Latin letters on a message counts as English.
const enoughLetters = 12

// language is what the interview is held in: what was asked for, else what the candidate speaks, else Korean.
func (i Interview) language() string {
	if i.Language == "ko" || i.Language == "en" {
		return i.Language
	}
	for _, turn := range slices.Backward(i.Turns) {
		if spoken := spokenIn(turn.Text); !turn.Interviewer && spoken != "" {
			return spoken
		}
	}
	return "ko"
}

// spokenIn is the language of a text, or "" when it has too little of any. One Korean word makes a sentence Korean, since
// Korean sentences are full of Latin names.
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

// incorporated are the forms of companies, which nobody says.
var incorporated = regexp.MustCompile(`\((주|유|사|재|의)\)|㈜|주식회사|유한회사|(?i)\b(co\.?,? ?ltd|inc|corp|corporation|llc)\b\.?`)

// company is the name of one as it is said.
func company(name string) string { return speakable(incorporated.ReplaceAllString(name, " ")) }

// abbreviation is the short form behind a Korean name: 인사HR.
var abbreviation = regexp.MustCompile(`([가-힣]{2,})\s?[A-Z]{2,3}$`)

// job is the name of one as it is said.
func job(name string) string {
	return abbreviation.ReplaceAllString(strings.TrimSuffix(speakable(name), " 직무"), "$1")
}

// longestName is how many characters of a company's or a job's name are said at most.
const longestName = 30

// speakable is a name without what cannot be read aloud, or "" when little is left: names come from whoever calls the host.
func speakable(name string) string {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == ' ', r == '&', r == '-', r == '.', r == '+':
			return r
		case r == '(', r == ')', r == '/', r == ',', unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, name)), " ")
	if len([]rune(name)) > longestName {
		return ""
	}
	return name
}
