package script_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/script"
)

func load(t *testing.T) *script.Script {
	t.Helper()
	s, err := script.Load()
	require.NoError(t, err)
	return s
}

const full = "저는 지난 프로젝트에서 일정 관리를 맡아 팀원 다섯 명의 업무를 조율했고 한 달 먼저 끝냈습니다."

// hold runs an interview with one answer to everything and gives the interviewer's turns.
func hold(t *testing.T, i script.Interview, answer string, turns int) []string {
	t.Helper()
	s := load(t)
	i.Said = answer
	for range turns {
		i.Asked = append(i.Asked, s.Next(i))
	}
	return i.Asked
}

func TestNoQuestionIsRepeated(t *testing.T) {
	t.Parallel()
	for name, i := range map[string]script.Interview{
		"named": {Company: "삼성전자", Job: "개발엔지니어링"}, "nameless": {}, "unlisted": {Company: "새 회사", Job: "우주비행사"},
		"English": {Language: "en"}, "another seed": {Seed: 7, Job: "간호사"},
	} {
		for _, answer := range []string{full, "네.", "I led a team of five people and we finished a month early."} {
			seen := map[string]bool{}
			for _, turn := range hold(t, i, answer, 50) {
				assert.NotContains(t, turn, "{", name)
				assert.LessOrEqual(t, strings.Count(turn, ".")+strings.Count(turn, "?"), 3, turn)
				if !strings.HasSuffix(turn, "?") {
					continue
				}
				question := turn
				if _, after, acknowledged := strings.Cut(turn, ". "); acknowledged {
					question = after
				}
				assert.False(t, seen[question], "%s: %s", name, question)
				seen[question] = true
			}
			assert.GreaterOrEqual(t, len(seen), 8, "%s: an interview has questions", name)
		}
	}
}

func TestTheSameConversationGivesTheSameAnswer(t *testing.T) {
	t.Parallel()
	i := script.Interview{Company: "네이버", Job: "기획전략"}
	once, again := hold(t, i, full, 12), hold(t, i, full, 12)
	assert.Equal(t, once, again)
	other := i
	other.Seed = 1
	assert.NotEqual(t, hold(t, i, full, 12), hold(t, other, full, 12))
}

func TestCourseOfAnInterview(t *testing.T) {
	t.Parallel()
	turns := hold(t, script.Interview{Company: "서울아산병원", Job: "간호사"}, full, 16)
	assert.Contains(t, turns[0], "서울아산병원 간호사 면접")
	all := strings.Join(turns, "\n")
	assert.Contains(t, all, "환자", "the job has questions of its own")
	assert.Contains(t, turns[12], "?", "it closes with a question for the candidate")
	assert.NotContains(t, turns[14], "?", "and then says good-bye")
}

func TestAThinAnswerIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := load(t)
	asked := hold(t, script.Interview{}, full, 3)
	more := s.Next(script.Interview{Asked: asked, Said: "그냥 열심히 했습니다."})
	next := s.Next(script.Interview{Asked: asked, Said: full})
	assert.NotEqual(t, next, more)
	again := s.Next(script.Interview{Asked: append(asked, more), Said: "잘 모르겠습니다."})
	assert.NotEqual(t, more, again)
}

func TestAQuestionIsSaidAgain(t *testing.T) {
	t.Parallel()
	s := load(t)
	asked := []string{"네, 잘 들었습니다. 오 년 뒤 어떤 모습으로 일하고 있기를 바라시나요?"}
	for _, said := range []string{"죄송하지만 다시 말씀해 주세요", "질문을 못 들었습니다"} {
		assert.True(t, strings.HasSuffix(s.Next(script.Interview{Asked: asked, Said: said}), " 오 년 뒤 어떤 모습으로 일하고 있기를 바라시나요?"))
	}
}

func TestTheCandidatesLanguage(t *testing.T) {
	t.Parallel()
	s := load(t)
	english := s.Next(script.Interview{Said: "Hello, my name is Jane and I would like to begin."})
	assert.NotRegexp(t, `\p{Hangul}`, english)
	assert.NotRegexp(t, `\p{Hangul}`, s.Next(script.Interview{Asked: []string{english}, Said: "Yes."}))
	assert.Regexp(t, `\p{Hangul}`, s.Next(script.Interview{Said: "안녕하세요. Samsung AI Center에 지원했습니다."}))
}
