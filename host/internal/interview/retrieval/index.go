// Package retrieval finds the questions that fit a conversation, with a search library over all question sets. It does not
// know where the sets come from, and asks nobody.
package retrieval

import (
	"fmt"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/ngram"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
)

// The fields of an indexed question. Each text is kept in two: its Hangul in pieces of two and three syllables, which
// neither particles, endings nor missing spaces disturb, and its Latin words by their stems.
const (
	fieldScope  = "scope"
	fieldAsk    = "ask"
	fieldAskEN  = "ask_en"
	fieldMore   = "more"
	fieldMoreEN = "more_en"
	fieldKey    = "key"
	fieldKeyEN  = "key_en"
	// The names of the job, by which another job that is called alike borrows questions.
	fieldJob   = "job"
	fieldJobEN = "job_en"
)

// syllables is the analyzer of Hangul.
const syllables = "syllables"

// entry is a question with its set.
type entry struct {
	set      *questions.Set
	question *questions.Question
}

// build indexes every question. Both languages of one question find each other by job and id, so that words of either
// language find it.
func build(sets []questions.Set, words *lexicon) (bleve.Index, []entry, error) {
	m, err := newMapping()
	if err != nil {
		return nil, nil, err
	}
	ix, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil) // without a path: in memory
	if err != nil {
		return nil, nil, fmt.Errorf("open index: %w", err)
	}
	twins := twinsOf(sets)
	var entries []entry
	batch := ix.NewBatch()
	for s := range sets {
		set := &sets[s]
		for q := range set.Questions {
			question := &set.Questions[q]
			texts := []*questions.Question{question}
			if twin := twins[keyOf(set, question, other(set.Language))]; twin != nil {
				texts = append(texts, twin)
			}
			if err := batch.Index(docID(len(entries)), document(set, texts, words)); err != nil {
				return nil, nil, fmt.Errorf("index question: %w", err)
			}
			entries = append(entries, entry{set: set, question: question})
		}
	}
	if err := ix.Batch(batch); err != nil {
		return nil, nil, fmt.Errorf("index questions: %w", err)
	}
	return ix, entries, nil
}

func docID(n int) string { return fmt.Sprintf("%d", n) }

// twin names a question in one language.
type twin struct{ orgType, job, company, id, language string }

func keyOf(s *questions.Set, q *questions.Question, language string) twin {
	return twin{s.OrgType, fold(s.JobName), fold(s.CompanyName), q.ID, language}
}

func twinsOf(sets []questions.Set) map[twin]*questions.Question {
	all := map[twin]*questions.Question{}
	for s := range sets {
		for q := range sets[s].Questions {
			question := &sets[s].Questions[q]
			all[keyOf(&sets[s], question, sets[s].Language)] = question
		}
	}
	return all
}

func other(language string) string {
	if language == "en" {
		return "ko"
	}
	return "en"
}

func document(set *questions.Set, texts []*questions.Question, words *lexicon) map[string]any {
	var ask, more, keys []string
	for _, q := range texts {
		ask = append(ask, q.Text)
		keys = append(keys, q.Keywords...)
		more = append(append(more, q.Strong), q.FollowUps...)
		more = append(more, competencyNames(q.Competency))
	}
	askKO, askEN := split(strings.Join(ask, "\n"))
	moreKO, moreEN := split(strings.Join(more, "\n"))
	keyKO, keyEN := split(strings.Join(keys, "\n"))
	jobKO, jobEN := split(set.JobName + "\n" + set.Title)
	return map[string]any{
		fieldKey: words.essence(keyKO), fieldKeyEN: keyEN, fieldJob: jobKO, fieldJobEN: jobEN,
		fieldScope: scopeOf(set), fieldAsk: words.essence(askKO), fieldAskEN: askEN, fieldMore: words.essence(moreKO), fieldMoreEN: moreEN,
	}
}

func competencyNames(id string) string {
	for _, l := range questions.Competencies() {
		if l.ID == id {
			return l.KO + "\n" + l.EN
		}
	}
	return ""
}

func newMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	m.ScoringModel = index.BM25Scoring
	if err := m.AddCustomTokenFilter("pieces", map[string]any{"type": ngram.Name, "min": 2.0, "max": 3.0}); err != nil {
		return nil, fmt.Errorf("prepare analyzer: %w", err)
	}
	if err := m.AddCustomAnalyzer(syllables, map[string]any{
		"type": custom.Name, "tokenizer": unicode.Name, "token_filters": []string{cjk.WidthName, lowercase.Name, "pieces"},
	}); err != nil {
		return nil, fmt.Errorf("prepare analyzer: %w", err)
	}
	d := bleve.NewDocumentStaticMapping()
	for name, analyzer := range map[string]string{
		fieldScope: keyword.Name, fieldAsk: syllables, fieldMore: syllables, fieldAskEN: en.AnalyzerName, fieldMoreEN: en.AnalyzerName,
		fieldKey: syllables, fieldKeyEN: en.AnalyzerName, fieldJob: syllables, fieldJobEN: en.AnalyzerName,
	} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeInAll, f.IncludeTermVectors, f.DocValues = analyzer, false, false, false, false
		d.AddFieldMappingsAt(name, f)
	}
	m.DefaultMapping = d
	return m, nil
}
