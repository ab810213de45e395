package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A fresh machine, no key, no GPU: everything answers with the built-in engines.
func TestKeyless(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})

	t.Run("status", func(t *testing.T) {
		t.Parallel()
		body := s.do(t, http.MethodGet, "/api/v2/status", nil).JSON(t)
		assert.Equal(t, true, body["models_loaded"])
		assert.Equal(t, []any{"espeak"}, body["tts_engines"])
	})
	t.Run("engines", func(t *testing.T) {
		t.Parallel()
		body := s.do(t, http.MethodGet, "/api/tts_engines", nil).JSON(t)
		engines, ok := body["engines"].([]any)
		require.True(t, ok)
		require.Len(t, engines, 1)
		engine, ok := engines[0].(map[string]any)
		require.True(t, ok)
		assert.Equal(t, "espeak", engine["id"])
		assert.Contains(t, engine["voices"], "Custom")
	})
	t.Run("avatars", func(t *testing.T) {
		t.Parallel()
		body := s.do(t, http.MethodGet, "/api/avatars", nil).JSON(t)
		avatars, ok := body["avatars"].([]any)
		require.True(t, ok)
		var ids []any
		for _, a := range avatars {
			entry, ok := a.(map[string]any)
			require.True(t, ok)
			ids = append(ids, entry["id"])
			assert.NotEmpty(t, entry["name"])
			path, ok := entry["path"].(string)
			require.True(t, ok)
			assert.True(t, strings.HasPrefix(path, "precomputed/"), path)
		}
		assert.Equal(t, []any{
			"talk_long_720p", "talk_short_720p", "analyst_720p", "director_720p", "panel_720p",
			"talk_long_480p", "talk_short_480p", "analyst_480p", "director_480p", "panel_480p",
			"talk_long_1080p", "director_1080p",
		}, ids, "clients that take the first get whom they always got")
	})
	t.Run("language backends", func(t *testing.T) {
		t.Parallel()
		body := s.do(t, http.MethodGet, "/api/llm_status", nil).JSON(t)
		assert.Equal(t, "online", body["status"])
		assert.Equal(t, "visavis-interviewer", body["model"])
		assert.Contains(t, body, "fallback")
	})
	t.Run("interview", func(t *testing.T) {
		t.Parallel()
		history := []map[string]string{}
		asked := map[string]bool{}
		for _, message := range []string{"면접을 시작합니다.", "안녕하세요. 저는 컴퓨터공학을 전공한 홍길동입니다.", "반도체에 관심이 많아 지원했습니다."} {
			body := s.do(t, http.MethodPost, "/api/chat", map[string]any{
				"message": message, "history": history, "job_name": "개발엔지니어링", "company_name": "삼성전자",
			}).JSON(t)
			answer, ok := body["response"].(string)
			require.True(t, ok, body)
			assert.Contains(t, body["llm_source"], "(visavis-interviewer)")
			assert.False(t, asked[answer], "the interviewer repeats itself: %s", answer)
			asked[answer] = true
			history = append(history, map[string]string{"role": "user", "content": message}, map[string]string{"role": "assistant", "content": answer})
		}
	})
	t.Run("an engine without its key", func(t *testing.T) {
		t.Parallel()
		r := s.do(t, http.MethodPost, "/api/v2/tts", map[string]any{"text": "안녕하세요", "engine": "elevenlabs"})
		assert.Equal(t, http.StatusServiceUnavailable, r.Status)
		body := r.JSON(t)
		assert.Equal(t, false, body["success"])
		assert.Contains(t, body["error"], "ELEVENLABS_API_KEY")
	})
	t.Run("message to video", func(t *testing.T) {
		t.Parallel()
		done := checkVideoEvents(t, s, s.events(t, "/api/v2/chat_and_lipsync/stream", map[string]any{
			"message": "자기소개를 해주세요", "history": []any{}, "avatar": "talk_short", "resolution": "360p",
		}), []string{"llm", "tts", "tts_done", "lipsync"})
		assert.NotEmpty(t, done["response"])
	})
}

// A legacy client sends no history: the host keeps the conversation, one a client.
func TestLegacyConversations(t *testing.T) {
	t.Parallel()
	llm := newFakeLLM(t, fakeAnswer{Tokens: []string{"네."}})
	s := start(t, setup{Env: map[string]string{"LLM_API_URL": llm.url()}})
	count := func(sid, message string) float64 {
		r := s.do(t, http.MethodPost, "/api/chat", map[string]any{"message": message, "sid": sid})
		require.Equal(t, http.StatusOK, r.Status, "%s", r.Body)
		assert.Equal(t, sid, r.Header.Get("X-Session-Id"))
		params, ok := r.JSON(t)["llm_params"].(map[string]any)
		require.True(t, ok)
		n, ok := params["history_count"].(float64)
		require.True(t, ok)
		return n
	}
	assert.InDelta(t, 0, count("a", "하나"), 0)
	assert.InDelta(t, 2, count("a", "둘"), 0)
	assert.InDelta(t, 0, count("b", "다른 사람"), 0)
	assert.InDelta(t, 4, count("a", "셋"), 0)
	require.Equal(t, "cleared", s.do(t, http.MethodPost, "/api/clear_history", map[string]any{"sid": "a"}).JSON(t)["status"])
	assert.InDelta(t, 0, count("a", "처음부터"), 0)
	assert.InDelta(t, 2, count("b", "계속"), 0)
	messages, ok := (*llm.last.Load())["messages"].([]any)
	require.True(t, ok)
	require.Len(t, messages, 4, "system, one turn, the message")
}

// The chain: the primary, then OpenAI, then the built-in; never after the first token.
func TestFallbackChain(t *testing.T) {
	t.Parallel()
	ask := func(t *testing.T, primary, fallback fakeAnswer) []map[string]any {
		t.Helper()
		first, second := newFakeLLM(t, primary), newFakeLLM(t, fallback)
		s := start(t, setup{Env: map[string]string{
			"LLM_API_URL": first.url(), "LLM_MODEL": "qwen", "OPENAI_API_KEY": "fake-key", "OPENAI_API_URL": second.url(),
		}})
		return s.events(t, "/api/chat/stream", map[string]any{"message": "안녕하세요", "history": []any{}})
	}
	last := func(events []map[string]any) map[string]any { return events[len(events)-1] }
	works := fakeAnswer{Tokens: []string{"안녕", "하세요."}}
	broken := fakeAnswer{Status: http.StatusInternalServerError}

	t.Run("primary", func(t *testing.T) {
		t.Parallel()
		events := ask(t, works, works)
		assert.Equal(t, "LLM API (qwen)", last(events)["llm_source"])
	})
	t.Run("fallback", func(t *testing.T) {
		t.Parallel()
		events := ask(t, broken, works)
		assert.Equal(t, "OpenAI (gpt-4o-mini)", last(events)["llm_source"])
	})
	t.Run("built-in", func(t *testing.T) {
		t.Parallel()
		events := ask(t, broken, broken)
		assert.Equal(t, "done", last(events)["type"])
		assert.Contains(t, last(events)["llm_source"], "visavis-interviewer")
	})
	t.Run("broken in mid-answer", func(t *testing.T) {
		t.Parallel()
		events := ask(t, fakeAnswer{Tokens: []string{"하나 ", "둘 ", "셋"}, BreakAfter: 2}, works)
		require.GreaterOrEqual(t, len(events), 2)
		assert.Equal(t, "token", events[0]["type"])
		assert.Equal(t, "error", last(events)["type"], "what was heard cannot be taken back")
		assert.NotEmpty(t, last(events)["message"])
	})
	t.Run("broken in mid-answer, in one piece", func(t *testing.T) {
		t.Parallel()
		first := newFakeLLM(t, fakeAnswer{Tokens: []string{"하나 ", "둘 ", "셋"}, BreakAfter: 2})
		s := start(t, setup{Env: map[string]string{"LLM_API_URL": first.url()}})
		greeting := map[string]any{"message": "안녕하세요", "history": []any{}}
		for range 2 {
			assert.Contains(t, s.do(t, http.MethodPost, "/api/chat", greeting).JSON(t)["llm_source"], "visavis-interviewer")
			assert.Equal(t, "offline", s.do(t, http.MethodGet, "/api/llm_status", nil).JSON(t)["status"])
		}
		assert.EqualValues(t, 1, first.calls.Load(), "it rests")
	})
	t.Run("thoughts and stray tokens are not spoken", func(t *testing.T) {
		t.Parallel()
		events := ask(t, fakeAnswer{Tokens: []string{"<th", "ink>음…</thi", "nk>\n\n안녕", "하세요.<|im", "_end|>"}}, works)
		assert.Equal(t, "안녕하세요.", last(events)["response"])
		assert.Equal(t, "LLM API (qwen)", last(events)["llm_source"])
	})
}

// Files are named once, whole, and reachable; nothing else under the data folder is.
func TestFiles(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	first := s.do(t, http.MethodPost, "/api/v2/tts", map[string]any{"text": "안녕하세요."}).JSON(t)
	second := s.do(t, http.MethodPost, "/api/v2/tts", map[string]any{"text": "안녕하세요."}).JSON(t)
	assert.NotEqual(t, first["audio_url"], second["audio_url"])
	url, ok := first["audio_url"].(string)
	require.True(t, ok)
	r := s.do(t, http.MethodGet, url, nil)
	assert.Equal(t, "audio/wav", r.Header.Get("Content-Type"))
	assert.Equal(t, "RIFF", string(r.Body[:4]))
	for _, path := range []string{"/assets/audio/", "/video/", "/assets/audio/../../deployment.yaml", "/video/..%2f..%2fdeployment.yaml", "/assets/audio/.hidden"} {
		assert.Equal(t, http.StatusNotFound, s.do(t, http.MethodGet, path, nil).Status, path)
	}
	entries, err := os.ReadDir(filepath.Join(s.Data, "assets", "audio"))
	require.NoError(t, err)
	for _, e := range entries {
		assert.True(t, strings.HasPrefix(e.Name(), "tts_") && strings.HasSuffix(e.Name(), ".wav"), e.Name())
	}
}
