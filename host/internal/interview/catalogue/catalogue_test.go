package catalogue_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/interview/catalogue"
	"github.com/visavis-dev/visavis/host/internal/interview/questions"
	"github.com/visavis-dev/visavis/host/internal/interview/sets"
)

func load(t *testing.T) (*catalogue.Catalogue, []questions.Set) {
	t.Helper()
	c, all, err := catalogue.Load(sets.Files())
	require.NoError(t, err)
	return c, all
}

func TestFind(t *testing.T) {
	t.Parallel()
	c, _ := load(t)
	for _, name := range []string{"삼성전자", "삼성 전자", "samsung electronics", " Samsung  Electronics "} {
		o, known := c.Organisation("일반기업", name)
		assert.True(t, known, name)
		assert.Equal(t, "삼성전자", o.Name)
	}
	for _, name := range []string{"", "삼성", "없는 회사"} {
		_, known := c.Organisation("일반기업", name)
		assert.False(t, known, name)
	}
	_, known := c.Organisation("병원", "삼성전자")
	assert.False(t, known)
	for _, name := range []string{"고객서비스CS", "고객 서비스 cs", "Customer Service"} {
		j, known := c.Job("일반기업", name)
		assert.True(t, known, name)
		assert.Equal(t, "고객서비스CS", j.Name)
	}
	_, known = c.Job("병원", "개발엔지니어링")
	assert.False(t, known)
	assert.True(t, c.Known("병원"))
	assert.False(t, c.Known("학교"))
}

// What a polite interviewer's sentence ends in, and what none says.
var (
	politeKO = regexp.MustCompile(`[요까다][.?]$`)
	endEN    = regexp.MustCompile(`[.?]$`)
	unsaid   = regexp.MustCompile(`당신|너는|[()\[\]{}/*#_<>]|https?:`)
	private  = regexp.MustCompile(`(?i)결혼(하셨|은 언제|하실)|임신하|출산 계획이|종교가 (있|무엇)|고향이|군 복무|병역|지지하는 정당|남자친구|여자친구|are you married|pregnan|your religion|military service`)
)

// Every shipped text can be said aloud, politely, and is allowed to be asked.
func TestShippedQuestionsCanBeAsked(t *testing.T) {
	t.Parallel()
	_, all := load(t)
	require.Len(t, all, 2*13+20)
	for _, set := range all {
		least, most, end := 15, 150, politeKO
		if set.Language == "en" {
			least, most, end = 25, 280, endEN
		}
		for _, q := range set.Questions {
			at := set.ID + "/" + q.ID
			length := utf8.RuneCountInString(q.Text)
			assert.True(t, length >= least && length <= most, "%s has %d characters: %s", at, length, q.Text)
			assert.NotEmpty(t, q.Strong, at)
			assert.Len(t, q.FollowUps, 2, at)
			for _, text := range append([]string{q.Text}, q.FollowUps...) {
				assert.Regexp(t, end, text, at)
				assert.NotRegexp(t, unsaid, text, at)
				assert.NotRegexp(t, private, text, at)
			}
		}
	}
}

func TestShippedSetsAreBalanced(t *testing.T) {
	t.Parallel()
	_, all := load(t)
	byJob := map[string]questions.Set{}
	for _, set := range all {
		if set.CompanyName != "" {
			assert.GreaterOrEqual(t, len(set.Questions), 5, set.ID)
			continue
		}
		assert.GreaterOrEqual(t, len(set.Questions), 40, set.ID)
		levels, competencies := map[questions.Level]int{}, map[string]int{}
		for _, q := range set.Questions {
			levels[q.Level]++
			competencies[q.Competency]++
		}
		for _, level := range questions.Levels() {
			assert.GreaterOrEqual(t, levels[level], 3, "%s: %s", set.ID, level)
		}
		assert.GreaterOrEqual(t, len(competencies), 8, set.ID)
		for id, n := range competencies {
			assert.LessOrEqual(t, n, 14, "%s: %s", set.ID, id)
		}
		if twin, known := byJob[set.JobName]; known {
			require.Len(t, set.Questions, len(twin.Questions), set.ID)
			for i, q := range set.Questions {
				same := twin.Questions[i]
				assert.Equal(t, []string{same.ID, string(same.Level), same.Competency}, []string{q.ID, string(q.Level), q.Competency}, set.ID)
			}
		}
		byJob[set.JobName] = set
	}
	assert.Len(t, byJob, 13)
}

// No two questions of one interview are nearly the same.
func TestShippedQuestionsDiffer(t *testing.T) {
	t.Parallel()
	_, all := load(t)
	for _, set := range all {
		for i, q := range set.Questions {
			for _, other := range set.Questions[:i] {
				assert.Less(t, likeness(q.Text, other.Text), 0.6, "%s: %q and %q", set.ID, q.Text, other.Text)
			}
		}
	}
}

// likeness is the share of pieces of three letters that two texts have in common.
func likeness(a, b string) float64 {
	x, y := pieces(a), pieces(b)
	both := 0
	for p := range maps.Keys(x) {
		if y[p] {
			both++
		}
	}
	return float64(both) / float64(max(1, min(len(x), len(y))))
}

func pieces(text string) map[string]bool {
	runes := []rune(strings.Join(strings.Fields(text), ""))
	all := map[string]bool{}
	for i := 0; i+3 <= len(runes); i++ {
		all[string(runes[i:i+3])] = true
	}
	return all
}

func TestEveryOrganisationHasAnEnglishName(t *testing.T) {
	t.Parallel()
	c, _, err := catalogue.Load(sets.Files())
	require.NoError(t, err)
	for _, o := range c.OrgTypes {
		for _, organisation := range o.Organisations {
			assert.Regexp(t, `^[A-Za-z.' ]+$`, organisation.In("en"), organisation.Name)
			assert.Equal(t, organisation.Name, organisation.In("ko"))
		}
	}
}

// Candidates seldom use the words of a question: each Korean one of a job has others by which it is found.
func TestShippedQuestionsHaveKeywords(t *testing.T) {
	t.Parallel()
	_, all := load(t)
	for _, set := range all {
		if set.Language != "ko" || set.CompanyName != "" {
			continue
		}
		for _, q := range set.Questions {
			at := set.ID + "/" + q.ID
			assert.GreaterOrEqual(t, len(q.Keywords), 10, at)
			once := map[string]bool{}
			for _, k := range q.Keywords {
				assert.False(t, once[k], "%s: %q twice", at, k)
				assert.NotContains(t, q.Text, k, at)
				once[k] = true
			}
		}
	}
}
