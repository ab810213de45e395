package retrieval

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
)

// split parts a text into its Hangul and the rest, each with spaces where the other was. Digits belong to both.
func split(text string) (hangul, latin string) {
	var ko, en strings.Builder
	for _, r := range norm.NFC.String(text) {
		switch {
		case unicode.Is(unicode.Hangul, r) || unicode.Is(unicode.Han, r):
			ko.WriteRune(r)
			en.WriteByte(' ')
		case unicode.IsDigit(r):
			ko.WriteRune(r)
			en.WriteRune(r)
		case unicode.IsLetter(r):
			ko.WriteByte(' ')
			en.WriteRune(r)
		default:
			ko.WriteByte(' ')
			en.WriteByte(' ')
		}
	}
	return strings.TrimSpace(ko.String()), strings.TrimSpace(en.String())
}

// fold makes names alike that differ in spaces, case or form alone.
func fold(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(name)), ""))
}

// scopeOf names the interviews that a set is for.
func scopeOf(s *questions.Set) string { return scope(s.Language, s.OrgType, s.JobName, s.CompanyName) }

func scope(language, orgType, job, company string) string {
	return strings.Join([]string{language, orgType, fold(job), fold(company)}, "\x1f")
}
