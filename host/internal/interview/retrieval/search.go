package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/visavis-dev/visavis/host/internal/interview/meaning"
	"github.com/visavis-dev/visavis/host/internal/interview/questions"
)

// Query is an interview as far as it has come.
type Query struct {
	// Language is ko or en.
	Language string
	OrgType  string
	// JobName and CompanyName may be empty, or none that a set is for.
	JobName, CompanyName string
	// Said is what was said, oldest first, by either side.
	Said []Turn
}

// Turn is one message.
type Turn struct {
	// Candidate says that the candidate said it; otherwise the interviewer did.
	Candidate bool
	Text      string
}

// Hit is a question that fits.
type Hit struct {
	Set      *questions.Set
	Question *questions.Question
	// Score is how well; 0 is a question of the same sets that nothing led to.
	Score float64
	// Asked says that the interviewer asked it already.
	Asked bool
}

// Meaning finds texts by what they mean.
type Meaning interface {
	// Use takes the texts that can be found; those before no longer can.
	Use(texts []meaning.Text)
	// Search gives the texts of the scopes that fit, best first; none while it is not ready.
	Search(ctx context.Context, said string, scopes []string, limit int) []meaning.Match
}

// Index searches question sets. The zero value has none. Safe for concurrent use.
type Index struct {
	// Meaning finds questions beside their words; nil leaves it at words.
	Meaning Meaning

	// mu is held for reading while a search runs, so that what it searches is not closed.
	mu      sync.RWMutex
	sets    []questions.Set
	stale   bool
	current *snapshot
	words   *lexicon
}

// snapshot is all sets at a time. It is not changed.
type snapshot struct {
	index   bleve.Index
	entries []entry
	words   *lexicon
	// scopes are the places of each scope's entries, meant those of the texts that Meaning finds.
	scopes map[string][]int
	meant  map[string]int
}

// Use takes other sets. They are indexed when somebody searches, or by Warm.
func (x *Index) Use(sets []questions.Set) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sets, x.stale = sets, true
}

// Warm indexes what is not indexed yet.
func (x *Index) Warm() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.stale {
		return nil
	}
	if x.words == nil {
		words, err := newLexicon()
		if err != nil {
			return err
		}
		x.words = words
	}
	s, err := newSnapshot(x.sets, x.words)
	if err != nil {
		return err
	}
	if x.Meaning != nil {
		x.Meaning.Use(s.texts())
	}
	x.stale = false
	return x.swap(s)
}

func newSnapshot(sets []questions.Set, words *lexicon) (*snapshot, error) {
	ix, entries, err := build(sets, words)
	if err != nil {
		return nil, err
	}
	s := &snapshot{index: ix, entries: entries, words: words, scopes: map[string][]int{}, meant: map[string]int{}}
	for i, e := range entries {
		scope := scopeOf(e.set)
		s.scopes[scope] = append(s.scopes[scope], i)
	}
	return s, nil
}

// Close ends the index: it finds nothing from then on.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sets, x.stale = nil, false
	return x.swap(nil)
}

// swap is called with mu held.
func (x *Index) swap(s *snapshot) error {
	before := x.current
	x.current = s
	if before == nil {
		return nil
	}
	if err := before.index.Close(); err != nil {
		return fmt.Errorf("close index: %w", err)
	}
	return nil
}

// hold gives what is indexed, or nil; release must be called.
func (x *Index) hold() (s *snapshot, release func(), err error) {
	for {
		x.mu.RLock()
		if !x.stale {
			return x.current, x.mu.RUnlock, nil
		}
		x.mu.RUnlock()
		if err := x.Warm(); err != nil {
			return nil, nil, err
		}
	}
}

// Search gives the questions that fit and were not asked yet, best first, at most limit. After those that anything said
// led to come others of the interview's own sets, and then, marked, those that were asked.
func (x *Index) Search(ctx context.Context, q Query, limit int) ([]Hit, error) {
	s, release, err := x.hold()
	if err != nil {
		return nil, err
	}
	defer release()
	if s == nil {
		return nil, nil
	}
	own, borrowed := s.scopesOf(q)
	if len(borrowed) == 0 {
		q.JobName = "" // it tells nothing of one question more than of another
	}
	scopes := slices.Concat(own, borrowed)
	asked := newAsked(q.Said)
	found, err := s.find(ctx, q, scopes, limit+len(asked))
	if err != nil {
		return nil, err
	}
	if x.Meaning != nil {
		found = s.fuse(found, x.Meaning.Search(ctx, spoken(q), scopes, limit+len(asked)))
	}
	var hits []Hit
	seen := map[int]bool{}
	for _, f := range found {
		seen[f.entry] = true
		e := s.entries[f.entry]
		if len(hits) < limit && !asked.has(e.question.Text) && (fitsAll(e.question) || !slices.Contains(borrowed, scopeOf(e.set))) {
			hits = append(hits, Hit{Set: e.set, Question: e.question, Score: f.score})
		}
	}
	hits = s.rest(hits, own, seen, asked, limit)
	return append(hits, s.past(scopes, asked, limit)...), nil
}

// fitsAll tells whether a question of one job can be put to a candidate for another: how an interview of a job begins and ends
// belongs to the job.
func fitsAll(q *questions.Question) bool {
	return q.Level != questions.Opening && q.Level != questions.Closing
}

// past gives the questions that were asked.
func (s *snapshot) past(scopes []string, asked asked, limit int) []Hit {
	var hits []Hit
	for _, scope := range scopes {
		for _, i := range s.scopes[scope] {
			if e := s.entries[i]; len(asked) > 0 && len(hits) < limit && i < maxPast+s.scopes[scope][0] && asked.has(e.question.Text) {
				hits = append(hits, Hit{Set: e.set, Question: e.question, Asked: true})
			}
		}
	}
	return hits
}

// maxPast bounds the questions of a set that are compared with everything that was asked.
const maxPast = 200

// Nearest gives the question that a text is most like, of all sets of a language for a kind of organisation; false when
// nothing is.
func (x *Index) Nearest(ctx context.Context, language, orgType, text string) (Hit, bool, error) {
	s, release, err := x.hold()
	if err != nil {
		return Hit{}, false, err
	}
	defer release()
	if s == nil {
		return Hit{}, false, nil
	}
	var scopes []string
	for name, entries := range s.scopes {
		if set := s.entries[entries[0]].set; set.Language == language && set.OrgType == orgType {
			scopes = append(scopes, name)
		}
	}
	found, err := s.find(ctx, Query{Said: []Turn{{Candidate: true, Text: text}}}, scopes, 1)
	if err != nil || len(found) == 0 {
		return Hit{}, false, err
	}
	e := s.entries[found[0].entry]
	return Hit{Set: e.set, Question: e.question, Score: found[0].score}, true, nil
}

// rest fills up with questions that nothing led to.
func (s *snapshot) rest(hits []Hit, scopes []string, seen map[int]bool, asked asked, limit int) []Hit {
	for _, scope := range scopes {
		for _, i := range s.scopes[scope] {
			if len(hits) >= limit {
				return hits
			}
			if e := s.entries[i]; !seen[i] && !asked.has(e.question.Text) {
				hits = append(hits, Hit{Set: e.set, Question: e.question})
			}
		}
	}
	return hits
}

// scopesOf are the scopes that an interview is about: its job's, its organisation's and what is for all. For a job that no
// set is for, those of all jobs of its kind of organisation are borrowed.
func (s *snapshot) scopesOf(q Query) (own, borrowed []string) {
	add := func(job, company string) bool {
		name := scope(q.Language, q.OrgType, job, company)
		if len(s.scopes[name]) > 0 {
			own = append(own, name)
		}
		return len(s.scopes[name]) > 0
	}
	if q.CompanyName != "" && q.JobName != "" {
		add(q.JobName, q.CompanyName)
	}
	listed := q.JobName != "" && add(q.JobName, "")
	if q.CompanyName != "" {
		add("", q.CompanyName)
	}
	add("", "")
	if q.JobName != "" && !listed {
		for _, e := range s.entries {
			if e.set.Language == q.Language && e.set.OrgType == q.OrgType && e.set.JobName != "" && e.set.CompanyName == "" {
				if name := scopeOf(e.set); !slices.Contains(borrowed, name) {
					borrowed = append(borrowed, name)
				}
			}
		}
	}
	return own, borrowed
}

// found is an entry with its score.
type found struct {
	entry int
	score float64
}

// find scores a question by everything that was said, and by the sentence of the candidate's last words that fits it
// best: who tells a long story comes to its point in one of them.
func (s *snapshot) find(ctx context.Context, q Query, scopes []string, size int) ([]found, error) {
	if len(scopes) == 0 {
		return nil, nil
	}
	whole, err := s.run(ctx, s.words.query(q), scopes, size+spare)
	if err != nil {
		return nil, err
	}
	best := map[int]float64{}
	if parts := sentences(q); len(parts) > 1 {
		for _, part := range parts {
			hits, err := s.run(ctx, s.words.query(Query{Said: []Turn{{Candidate: true, Text: part}}}), scopes, spare)
			if err != nil {
				return nil, err
			}
			for _, h := range hits {
				best[h.entry] = max(best[h.entry], h.score)
			}
		}
	}
	for i := range whole {
		whole[i].score += weightSentence * best[whole[i].entry]
	}
	slices.SortStableFunc(whole, func(a, b found) int { return cmp.Compare(b.score, a.score) })
	return whole[:min(size, len(whole))], nil
}

// spare is how many hits more are looked at, since their order may change.
const spare = 40

func (s *snapshot) run(ctx context.Context, wanted query.Query, scopes []string, size int) ([]found, error) {
	if wanted == nil {
		return nil, nil
	}
	request := bleve.NewSearchRequestOptions(bleve.NewConjunctionQuery(within(scopes), wanted), size, 0, false)
	result, err := s.index.SearchInContext(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("search questions: %w", err)
	}
	all := make([]found, 0, len(result.Hits))
	for _, hit := range result.Hits {
		n, err := strconv.Atoi(hit.ID)
		if err != nil {
			return nil, fmt.Errorf("read hit: %w", err)
		}
		all = append(all, found{entry: n, score: hit.Score})
	}
	return all, nil
}

// within confines a search to scopes and does not count.
func within(scopes []string) query.Query {
	var one []query.Query
	for _, scope := range scopes {
		term := bleve.NewTermQuery(scope)
		term.SetField(fieldScope)
		term.SetBoost(0)
		one = append(one, term)
	}
	return bleve.NewDisjunctionQuery(one...)
}
