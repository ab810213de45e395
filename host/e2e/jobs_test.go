package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The keyless interviewer holds an interview for every job, in both languages, from the job's own set: the parts come in
// their order, nothing is asked twice, and it ends.
func TestAnInterviewForEveryJob(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	answers := map[string][]string{
		"ko": {
			"안녕하세요. 잘 부탁드립니다.",
			"저는 대학에서 관련 분야를 전공했고 지난 이 년 동안 작은 회사에서 일했습니다. 문의 처리 시간을 40% 줄였습니다.",
			"제가 하던 일을 더 큰 조직에서 해 보고 싶어서 지원했고, 이 일을 오래 하고 싶다고 생각했습니다. 준비도 오래 했습니다.",
			"제가 먼저 자료를 정리해서 원인을 찾았고 담당자와 상의해 절차를 바꾸었습니다. 그 결과 오류가 월 5건에서 1건으로 줄었습니다.",
		},
		"en": {
			"Hello, nice to meet you.",
			"I studied this field and worked for two years at a small company, where I cut the waiting time by 40%.",
			"I applied because I want to do this work in a larger organisation, and I have prepared for it for a long time.",
			"I collected the data, found the cause, and changed the procedure with my team. In the end errors fell from 5 to 1 a month.",
		},
	}
	levels := []string{"opening", "experience", "job_knowledge", "situation", "values", "closing"}
	sets := s.do(t, http.MethodGet, "/api/interview/question-sets", nil).JSON(t)["question_sets"].([]any)
	held := 0
	for _, listed := range sets {
		head := listed.(map[string]any)
		job, ofJob := head["job_name"].(string)
		if !ofJob || job == "" {
			continue
		}
		held++
		language := head["language"].(string)
		set := s.do(t, http.MethodGet, "/api/interview/question-sets/"+head["id"].(string), nil).JSON(t)
		fields := map[string]any{"org_type": head["org_type"], "job_name": job, "language": language}
		history := []any{} // none yet; without one the host would keep the conversation
		last, asked, seen := 0, map[string]bool{}, map[string]bool{}
		ended := false
		for n := 0; n < 20 && !ended; n++ {
			response := turn(t, s, &history, answers[language][min(n, len(answers[language])-1)], fields)["response"].(string)
			for _, q := range set["questions"].([]any) {
				question := q.(map[string]any)
				text := question["question"].(string)
				if !strings.Contains(response, text) {
					continue
				}
				level := slices.Index(levels, question["level"].(string))
				assert.GreaterOrEqual(t, level, last, "%s: %s", head["id"], response)
				assert.False(t, asked[text], "%s: %s", head["id"], text)
				last, asked[text], seen[levels[level]] = level, true, true
			}
			ended = strings.Contains(response, "마치겠습니다") || strings.Contains(response, "여기까지 하겠습니다") || strings.Contains(response, "the interview here") || strings.Contains(response, "end of the interview")
		}
		assert.True(t, ended, "%s ends", head["id"])
		assert.Len(t, seen, len(levels), "%s has every part", head["id"])
		assert.GreaterOrEqual(t, len(asked), 9, "%s asks from its set", head["id"])
	}
	require.Equal(t, 26, held)
}
