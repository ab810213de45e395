package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// turn asks with the history that the client keeps, and appends to it.
func turn(t *testing.T, s *system, history *[]any, message string, fields map[string]any) map[string]any {
	t.Helper()
	body := map[string]any{"message": message, "history": *history}
	maps.Copy(body, fields)
	r := s.do(t, http.MethodPost, "/api/chat", body)
	require.Equal(t, http.StatusOK, r.Status, string(r.Body))
	answer := r.JSON(t)
	*history = append(*history, map[string]any{"role": "user", "content": message}, map[string]any{"role": "assistant", "content": answer["response"]})
	return answer
}

// A keyless interview comes to its end, asks nothing twice, and takes its questions from the job's set.
func TestAWholeInterview(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	fields := map[string]any{"org_type": "일반기업", "company_name": "삼성전자", "job_name": "개발엔지니어링"}
	set := s.do(t, http.MethodGet, "/api/interview/question-sets/development-engineering", nil).JSON(t)
	texts := map[string]bool{}
	for _, q := range set["questions"].([]any) {
		texts[q.(map[string]any)["question"].(string)] = true
	}
	answers := []string{
		"안녕하세요. 면접 잘 부탁드립니다.",
		"저는 임베디드 시스템을 전공했고 이 년 동안 펌웨어를 개발했습니다.",
		"제가 만든 것을 많은 사람이 매일 쓴다는 점이 좋아서 지원했습니다. 저전력 설계 경험을 살릴 수 있다고 생각했습니다.",
		"3학년 때 캡스톤 프로젝트에서 제가 펌웨어를 맡아 대기 전류를 분석했고 배터리 시간이 20% 늘었습니다.",
		"코드 리뷰에서 지적을 많이 받았는데 인터페이스를 다시 설계해서 결함이 절반으로 줄었습니다. 제가 맡은 모듈이었습니다.",
	}
	var history []any
	seen, fromSet, ended := map[string]bool{}, 0, false
	for n := range 18 {
		answer := turn(t, s, &history, answers[min(n, len(answers)-1)], fields)
		response := answer["response"].(string)
		params := answer["llm_params"].(map[string]any)
		assert.Equal(t, true, params["question_set_rag_enabled"])
		assert.NotContains(t, response, "?]")
		if !ended {
			assert.NotEmpty(t, params["retrieved"])
		}
		assert.False(t, seen[response] && !ended, response)
		seen[response] = true
		for text := range texts {
			if strings.Contains(response, text) {
				fromSet++
			}
		}
		ended = ended || strings.Contains(response, "면접은 여기") || strings.Contains(response, "면접을 마치겠습니다")
	}
	assert.True(t, ended, "it ends properly")
	assert.GreaterOrEqual(t, fromSet, 5, "questions of the job's own set")

	report := s.do(t, http.MethodPost, "/api/interview/report", map[string]any{"history": history, "job_name": "개발엔지니어링"}).JSON(t)
	assert.Equal(t, "rules", report["method"])
	assert.NotEmpty(t, report["competencies"])
}

// Questions follow what was said; a dropped file counts without a restart.
func TestRetrievalAndOwnSets(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	fields := map[string]any{"job_name": "개발엔지니어링"}
	var history []any
	params := turn(t, s, &history, "가끔씩만 나타나는 버그를 재현하느라 고생했습니다", fields)["llm_params"].(map[string]any)
	first := params["retrieved"].([]any)[0].(map[string]any)
	assert.Equal(t, "development-engineering/dev-05", first["id"])
	assert.Contains(t, params["system_prompt"], "재현하기 어려웠던 불량이나 버그")

	dir := filepath.Join(s.Data, "interview", "question-sets")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "개발엔지니어링.csv"), []byte("질문\n로켓 엔진의 연소 시험은 어떻게 준비하셨나요?\n"), 0o600))
	eventually(t, "the file to count", func() bool {
		list := s.do(t, http.MethodGet, "/api/interview/question-sets", nil).JSON(t)
		return list["question_sets"].([]any)[0].(map[string]any)["built_in"] == false
	})
	history = nil
	params = turn(t, s, &history, "로켓 연소 시험을 했습니다", fields)["llm_params"].(map[string]any)
	assert.Contains(t, fmt.Sprint(params["retrieved"]), "/q1")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bad.yaml"), []byte("id: x\nquestions:\n  - level: experience\n"), 0o600))
	eventually(t, "the bad file to be told", func() bool {
		list := s.do(t, http.MethodGet, "/api/interview/question-sets", nil).JSON(t)
		return strings.Contains(fmt.Sprint(list["refused"]), "bad.yaml 3번째 줄") || strings.Contains(fmt.Sprint(list["refused"]), "3번째 줄: question이 비어 있습니다")
	})
}

func TestConversationsSurviveARestart(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	first := start(t, setup{Env: map[string]string{"DATA_DIR": data}})
	say := func(s *system) float64 {
		r := s.do(t, http.MethodPost, "/api/chat", map[string]any{"message": "안녕하세요", "sid": "kept"})
		require.Equal(t, http.StatusOK, r.Status, string(r.Body))
		return r.JSON(t)["llm_params"].(map[string]any)["history_count"].(float64)
	}
	assert.Zero(t, say(first))
	require.Equal(t, http.StatusOK, first.do(t, http.MethodPut, "/api/prompt", map[string]any{"template": "당신은 면접관입니다."}).Status)
	first.stop(t)
	second := start(t, setup{Env: map[string]string{"DATA_DIR": data}})
	assert.InDelta(t, 2, say(second), 0)
	transcript := second.do(t, http.MethodGet, "/api/sessions/kept/transcript", nil).JSON(t)
	assert.Len(t, transcript["messages"], 4)
	prompt := second.do(t, http.MethodGet, "/api/prompt", nil).JSON(t)
	assert.Equal(t, "당신은 면접관입니다.", prompt["prompt"])
}

// An API that retrieves by itself is told of the interview instead of getting questions.
func TestServerSideRetrieval(t *testing.T) {
	t.Parallel()
	llm := newFakeLLM(t, fakeAnswer{Tokens: []string{"네."}})
	s := start(t, setup{Env: map[string]string{"LLM_API_URL": llm.url(), "LLM_API_RAG": "server"}})
	var history []any
	params := turn(t, s, &history, "안녕하세요", map[string]any{"org_type": "병원", "company_name": "서울대병원", "job_name": "간호사"})["llm_params"].(map[string]any)
	assert.Equal(t, true, params["question_set_rag_enabled"])
	assert.Empty(t, params["retrieved"])
	sent := *llm.last.Load()
	assert.Equal(t, true, sent["question_set_rag_enabled"])
	assert.Equal(t, "병원", sent["question_set_rag_org_type"])
	assert.Equal(t, "간호사", sent["question_set_rag_job_name"])
	assert.InDelta(t, 5, sent["question_set_rag_top_k"], 0)
	assert.Equal(t, "서울대병원", sent["company_name"])
}

// With a server of embeddings a question is found that shares no word with what was said.
func TestRetrievalByMeaning(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Input []string `json:"input"`
		}
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&asked))
		data := []any{}
		for n, text := range asked.Input {
			vector := []float64{0.1, 1}
			if strings.Contains(text, "재현하기 어려웠던 불량") || strings.Contains(text, "도깨비") {
				vector = []float64{1, 0.1}
			}
			data = append(data, map[string]any{"object": "embedding", "index": n, "embedding": vector})
		}
		assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data}))
	}))
	defer server.Close()
	s := start(t, setup{Env: map[string]string{"EMBEDDINGS_URL": server.URL + "/v1/embeddings", "EMBEDDINGS_MODEL": "m"}})
	eventually(t, "vectors of all questions", func() bool {
		var history []any
		params := turn(t, s, &history, "도깨비 같은 녀석이었습니다", map[string]any{"job_name": "개발엔지니어링"})["llm_params"].(map[string]any)
		return strings.Contains(fmt.Sprint(params["retrieved"].([]any)[0]), "development-engineering/dev-05")
	})
}
