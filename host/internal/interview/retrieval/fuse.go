package retrieval

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/host/internal/interview/meaning"
)

// rankConstant is k of reciprocal rank fusion, by Cormack, Clarke and Büttcher, SIGIR 2009.
const rankConstant = 60

// fuse joins what words found with what meaning found, by their ranks: the two scores cannot be compared.
func (s *snapshot) fuse(words []found, meant []meaning.Match) []found {
	if len(meant) == 0 {
		return words
	}
	scores := map[int]float64{}
	for rank, f := range words {
		scores[f.entry] += 1 / float64(rankConstant+rank+1)
	}
	for rank, m := range meant {
		if entry, known := s.meant[m.ID]; known {
			scores[entry] += 1 / float64(rankConstant+rank+1)
		}
	}
	all := make([]found, 0, len(scores))
	for entry, score := range scores {
		all = append(all, found{entry: entry, score: score})
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.entry, b.entry)) })
	return all
}

// texts are the questions as Meaning gets them. Each keeps its ID as long as it says the same.
func (s *snapshot) texts() []meaning.Text {
	all := make([]meaning.Text, 0, len(s.entries))
	for i, e := range s.entries {
		text := strings.TrimSpace(e.question.Text + " " + e.question.Strong)
		scope := scopeOf(e.set)
		hash := sha256.Sum256([]byte(scope + "\x00" + text))
		id := hex.EncodeToString(hash[:])
		if _, twice := s.meant[id]; twice {
			continue
		}
		s.meant[id] = i
		all = append(all, meaning.Text{ID: id, Scope: scope, Text: text})
	}
	return all
}

// tooShort is how many characters say too little by themselves.
const tooShort = 12

// spoken is what is searched for by its meaning: the candidate's last words, with the question before them when they are few.
func spoken(q Query) string {
	if len(q.Said) == 0 {
		return ""
	}
	last := strings.TrimSpace(end(q.Said[len(q.Said)-1].Text))
	if utf8.RuneCountInString(last) >= tooShort || len(q.Said) < 2 {
		return last
	}
	return strings.TrimSpace(end(q.Said[len(q.Said)-2].Text) + " " + last)
}
