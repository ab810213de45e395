package retrieval

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// piece is the length of the pieces by which a question is known again, in letters, and enough the share of them that the
// interviewer must have said: language models ask in words of their own.
const (
	piece  = 3
	enough = 0.6
)

// asked holds the pieces of each turn of the interviewer.
type asked []map[string]bool

func newAsked(said []Turn) asked {
	var all asked
	for _, turn := range said {
		if !turn.Candidate {
			all = append(all, pieces(turn.Text))
		}
	}
	return all
}

// has tells whether a question was asked in one of the turns.
func (a asked) has(question string) bool {
	if len(a) == 0 {
		return false
	}
	wanted := pieces(question)
	for _, turn := range a {
		shared := 0
		for p := range wanted {
			if turn[p] {
				shared++
			}
		}
		if len(wanted) > 0 && float64(shared) >= enough*float64(len(wanted)) {
			return true
		}
	}
	return false
}

func pieces(text string) map[string]bool {
	letters := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFC.String(text)))
	all := make(map[string]bool, len(letters))
	for i := 0; i+piece <= len(letters); i++ {
		all[string(letters[i:i+piece])] = true
	}
	return all
}
