package retrieval_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/interview/meaning"
	"github.com/visavis-dev/visavis/host/internal/interview/questions"
	"github.com/visavis-dev/visavis/host/internal/interview/retrieval"
)

func cafe() []questions.Set {
	return []questions.Set{
		{ID: "barista", Language: "ko", OrgType: "일반기업", JobName: "바리스타", Questions: []questions.Question{
			{ID: "milk", Text: "라떼 아트를 어떻게 배우셨나요?"},
			{ID: "queue", Text: "주문이 밀리면 무엇부터 하시나요?", Keywords: []string{"점심시간", "rush hour"}},
			{ID: "taste", Text: "원두의 맛이 달라지면 어떻게 알아차리시나요?"},
		}},
		{ID: "baker", Language: "ko", OrgType: "일반기업", JobName: "제빵사", Questions: []questions.Question{
			{ID: "dough", Text: "반죽이 부풀지 않으면 무엇을 살피시나요?"},
			{ID: "crowd", Text: "빵 주문이 밀리면 무엇부터 하시나요?"},
		}},
		{ID: "all", Language: "ko", OrgType: "일반기업", Questions: []questions.Question{{ID: "why", Text: "지원하신 이유는 무엇인가요?"}}},
		{ID: "nurse", Language: "ko", OrgType: "병원", JobName: "간호사", Questions: []questions.Question{{ID: "ward", Text: "병동에서 주문이 밀리면 어떻게 하시나요?"}}},
	}
}

func said(text string) []retrieval.Turn { return []retrieval.Turn{{Candidate: true, Text: text}} }

func names(hits []retrieval.Hit) []string {
	var all []string
	for _, h := range hits {
		all = append(all, h.Question.ID)
	}
	return all
}

func TestSearchScopes(t *testing.T) {
	t.Parallel()
	var x retrieval.Index
	x.Use(cafe())
	defer func() { assert.NoError(t, x.Close()) }()
	for name, tc := range map[string]struct {
		query retrieval.Query
		want  []string
	}{
		"own job, then what is left": {retrieval.Query{JobName: "바리스타", Said: said("주문이밀렸을때요")}, []string{"queue", "milk", "taste", "why"}},
		"keywords":                   {retrieval.Query{JobName: "바리스타", Said: said("점심시간에는 정신이 없었어요")}, []string{"queue", "milk", "taste", "why"}},
		"keywords of Latin words":    {retrieval.Query{JobName: "바리스타", Said: said("It was the Rush Hours")}, []string{"queue", "milk", "taste", "why"}},
		"spaces in a job's name":     {retrieval.Query{JobName: " 바리 스타 ", Said: said("원두")}, []string{"taste", "milk", "queue", "why"}},
		"a job without a set":        {retrieval.Query{JobName: "카페 매니저", Said: said("반죽이 안 부풀었어요")}, []string{"dough"}},
		"nothing said":               {retrieval.Query{JobName: "제빵사"}, []string{"dough", "crowd", "why"}},
		"signs alone":                {retrieval.Query{JobName: "제빵사", Said: said("!!! ?? 😀")}, []string{"dough", "crowd", "why"}},
	} {
		tc.query.Language, tc.query.OrgType = "ko", "일반기업"
		hits, err := x.Search(t.Context(), tc.query, 5)
		require.NoError(t, err, name)
		got := names(hits)
		assert.Equal(t, tc.want, got[:min(len(got), len(tc.want))], name)
		assert.NotContains(t, got, "ward", name)
	}
	hits, err := x.Search(t.Context(), retrieval.Query{Language: "fr", OrgType: "일반기업", JobName: "바리스타"}, 5)
	require.NoError(t, err)
	assert.Empty(t, hits)
}

// A job without a set borrows questions that what was said leads to, never how another job's interview begins or ends.
func TestAJobWithoutASetBorrows(t *testing.T) {
	t.Parallel()
	sets := cafe()
	sets[1].Questions = append(sets[1].Questions, questions.Question{ID: "hello", Level: questions.Opening, Text: "빵을 굽는 마음으로 자기소개를 부탁드립니다."})
	var x retrieval.Index
	x.Use(sets)
	defer func() { assert.NoError(t, x.Close()) }()
	for text, want := range map[string][]string{
		"안녕하세요. 자기소개를 하겠습니다.": {"why"}, "반죽이 부풀지 않았습니다.": {"dough", "why"}, "": {"why"},
	} {
		hits, err := x.Search(t.Context(), retrieval.Query{Language: "ko", OrgType: "일반기업", JobName: "우주비행사", Said: said(text)}, 5)
		require.NoError(t, err)
		assert.Equal(t, want, names(hits), text)
	}
	hits, err := x.Search(t.Context(), retrieval.Query{Language: "ko", OrgType: "일반기업", JobName: "제빵 기능장", Said: said("안녕하세요.")}, 5)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"dough", "crowd", "why"}, names(hits), "a job that is called alike is near")
}

func TestWhatWasAskedComesLast(t *testing.T) {
	t.Parallel()
	var x retrieval.Index
	x.Use(cafe())
	defer func() { assert.NoError(t, x.Close()) }()
	q := retrieval.Query{Language: "ko", OrgType: "일반기업", JobName: "바리스타", Said: []retrieval.Turn{
		{Text: "그렇군요. 그럼 주문이 밀리면 무엇부터 하시나요"}, {Candidate: true, Text: "주문이 밀리면 순서를 정합니다."},
	}}
	hits, err := x.Search(t.Context(), q, 5)
	require.NoError(t, err)
	assert.Equal(t, "queue", hits[len(hits)-1].Question.ID)
	for _, h := range hits {
		assert.Equal(t, h.Question.ID == "queue", h.Asked, h.Question.ID)
	}
}

// oracle finds the texts that hold a word.
type oracle struct {
	texts []meaning.Text
	word  string
}

func (o *oracle) Use(texts []meaning.Text) { o.texts = texts }

func (o *oracle) Search(_ context.Context, _ string, scopes []string, limit int) []meaning.Match {
	var all []meaning.Match
	for _, text := range o.texts {
		if o.word != "" && slices.Contains(scopes, text.Scope) && len(all) < limit && slices.Contains([]rune(text.Text), []rune(o.word)[0]) {
			all = append(all, meaning.Match{ID: text.ID, Similarity: 1})
		}
	}
	return all
}

func TestMeaningJoinsWords(t *testing.T) {
	t.Parallel()
	o := &oracle{word: "맛"}
	x := retrieval.Index{Meaning: o}
	x.Use(cafe())
	defer func() { assert.NoError(t, x.Close()) }()
	search := func(text string) []string {
		hits, err := x.Search(t.Context(), retrieval.Query{Language: "ko", OrgType: "일반기업", JobName: "바리스타", Said: said(text)}, 2)
		require.NoError(t, err)
		return names(hits)
	}
	assert.Equal(t, "taste", search("커피가 시큼했습니다")[0], "no word leads there, its meaning does")
	assert.ElementsMatch(t, []string{"queue", "taste"}, search("주문이 밀렸습니다"), "both are heard")
	o.word = "밀"
	assert.Equal(t, "queue", search("주문이 밀렸습니다")[0], "what both find comes first")
	o.word = ""
	assert.Equal(t, "queue", search("주문이 밀렸습니다")[0], "without a model words are enough")
	assert.Len(t, o.texts, 7)
}
