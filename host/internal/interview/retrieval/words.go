package retrieval

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"
)

const (
	// What is asked says more of a question than what a good answer covers, and the words by which people talk about it most.
	weightAsk, weightMore, weightKey = 0.7, 0.3, 2.5
	// weightRelated is that of words that mean nearly the same.
	weightRelated = 0.2
	// The candidate's last words count whole, each turn before counts less.
	fading = 0.4
	// What the interviewer said counts less than what the candidate did.
	weightInterviewer = 0.3
	// weightJob is that of the name of a job that no set is for, and weightAlike that of names of jobs that are like it.
	weightJob, weightAlike = 0.6, 8.0
	// weightSentence is that of the sentence that fits best, beside the whole.
	weightSentence = 1.0
	// mostSentences are looked at by themselves, the last ones, and none shorter than shortSentence characters.
	mostSentences, shortSentence = 6, 8
	// recent is how many turns count, and longest how many characters of one, from its end.
	recent, longest = 4, 600
)

// query is the search for what was said; nil when there is nothing to search for.
func (l *lexicon) query(q Query) query.Query {
	var all []query.Query
	weight := 1.0
	for _, turn := range slices.Backward(q.Said[max(0, len(q.Said)-recent):]) {
		share := weight
		if !turn.Candidate {
			share *= weightInterviewer
		}
		all = append(all, l.matches(end(turn.Text), share)...)
		weight *= fading
	}
	all = append(all, l.matches(q.JobName, weightJob)...)
	hangul, latin := split(q.JobName)
	all = add(all, hangul, fieldJob, weightAlike)
	all = add(all, latin, fieldJobEN, weightAlike)
	if len(all) == 0 {
		return nil
	}
	return bleve.NewDisjunctionQuery(all...)
}

var sentenceEnd = regexp.MustCompile(`[.!?…\n]+|(?:는데요?|거든요|어요|아요|니다|지만|더니|고요) `)

// sentences are those of the candidate's last words.
func sentences(q Query) []string {
	if len(q.Said) == 0 || !q.Said[len(q.Said)-1].Candidate {
		return nil
	}
	var all []string
	for _, part := range sentenceEnd.Split(end(q.Said[len(q.Said)-1].Text), -1) {
		if part = strings.TrimSpace(part); utf8.RuneCountInString(part) >= shortSentence {
			all = append(all, part)
		}
	}
	return all[max(0, len(all)-mostSentences):]
}

// end is the last part of a long text: people come to the point late.
func end(text string) string {
	runes := []rune(text)
	return string(runes[max(0, len(runes)-longest):])
}

func (l *lexicon) matches(text string, weight float64) []query.Query {
	var all []query.Query
	hangul, latin := split(text)
	hangul = l.essence(hangul)
	all = add(all, hangul, fieldAsk, weight*weightAsk)
	all = add(all, hangul, fieldMore, weight*weightMore)
	all = add(all, hangul, fieldKey, weight*weightKey)
	all = add(all, latin, fieldAskEN, weight*weightAsk)
	all = add(all, latin, fieldMoreEN, weight*weightMore)
	all = add(all, latin, fieldKeyEN, weight*weightKey)
	hangul, latin = l.related(hangul, latin)
	all = add(all, hangul, fieldAsk, weight*weightRelated*weightAsk)
	all = add(all, hangul, fieldMore, weight*weightRelated*weightMore)
	all = add(all, latin, fieldAskEN, weight*weightRelated*weightAsk)
	all = add(all, latin, fieldMoreEN, weight*weightRelated*weightMore)
	return all
}

// add looks for words in a field, if there are any.
func add(all []query.Query, words, field string, weight float64) []query.Query {
	if words == "" {
		return all
	}
	m := bleve.NewMatchQuery(words)
	m.SetField(field)
	m.SetBoost(weight)
	return append(all, m)
}
