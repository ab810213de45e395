package retrieval_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/visavis-dev/visavis/host/internal/interview/catalogue"
	"github.com/visavis-dev/visavis/host/internal/interview/questions"
	"github.com/visavis-dev/visavis/host/internal/interview/retrieval"
	"github.com/visavis-dev/visavis/host/internal/interview/sets"
)

// judged is a query written by hand, with the questions that should be found.
type judged struct {
	Job    string   `yaml:"job"`
	Query  string   `yaml:"query"`
	Kind   string   `yaml:"kind"`
	Expect []string `yaml:"expect"`
}

func load(t testing.TB) []questions.Set {
	t.Helper()
	_, all, err := catalogue.Load(sets.Files())
	require.NoError(t, err)
	return all
}

func queries(t testing.TB) []judged {
	t.Helper()
	raw, err := os.ReadFile("testdata/queries.yaml")
	require.NoError(t, err)
	var all []judged
	require.NoError(t, yaml.Unmarshal(raw, &all))
	return all
}

func TestRecall(t *testing.T) {
	t.Parallel()
	all := load(t)
	orgTypes := map[string]string{}
	for _, s := range all {
		orgTypes[s.JobName] = s.OrgType
	}
	var x retrieval.Index
	x.Use(all)
	defer func() { assert.NoError(t, x.Close()) }()
	hits, wanted := map[string]float64{}, map[string]float64{}
	var times []time.Duration
	for _, q := range queries(t) {
		started := time.Now()
		found, err := x.Search(t.Context(), retrieval.Query{
			Language: "ko", OrgType: orgTypes[q.Job], JobName: q.Job, Said: []retrieval.Turn{{Candidate: true, Text: q.Query}},
		}, 5)
		require.NoError(t, err)
		times = append(times, time.Since(started))
		var ids []string
		for _, h := range found {
			ids = append(ids, h.Question.ID)
		}
		for _, id := range q.Expect {
			wanted[q.Kind]++
			wanted[q.Job]++
			wanted["all"]++
			if slices.Contains(ids, id) {
				hits[q.Kind]++
				hits[q.Job]++
				hits["all"]++
			} else {
				t.Logf("missed %s: %s %q found %v", q.Kind, id, q.Query, ids)
			}
		}
	}
	for kind := range wanted {
		t.Logf("recall@5 %s: %.3f of %.0f", kind, hits[kind]/wanted[kind], wanted[kind])
	}
	slices.Sort(times)
	t.Log("median", times[len(times)/2])
	assert.GreaterOrEqual(t, hits["all"]/wanted["all"], 0.9, fmt.Sprint(hits, wanted))
}

func BenchmarkWarm(b *testing.B) {
	all := load(b)
	var x retrieval.Index
	for b.Loop() {
		x.Use(all)
		require.NoError(b, x.Warm())
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}
