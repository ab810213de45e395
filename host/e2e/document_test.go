package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The API document's own examples, unchanged but for the port.

// documented starts a system with the engines that the document's examples name.
func documented(t *testing.T) *system {
	t.Helper()
	llm := newFakeLLM(t, fakeAnswer{Tokens: []string{"네, ", "좋습니다. ", "먼저 ", "간단히 ", "자기소개를 ", "해주시겠어요?"}})
	return start(t, setup{Env: map[string]string{
		"ELEVENLABS_API_KEY": "fake-key", "ELEVENLABS_BASE_URL": fakeElevenLabs(t).URL,
		"LLM_API_URL": llm.url(), "LLM_MODEL": "vllm-qwen3-30b-a3b",
	}})
}

func example(t *testing.T, s *system, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "document", name))
	require.NoError(t, err)
	return strings.ReplaceAll(string(raw), "http://localhost:5000", s.URL)
}

func TestDocumentCurl(t *testing.T) {
	t.Parallel()
	s := documented(t)
	answer := "네, 좋습니다. 먼저 간단히 자기소개를 해주시겠어요?"
	for name, check := range map[string]func(t *testing.T, r reply){
		"status": func(t *testing.T, r reply) {
			t.Helper()
			body := r.JSON(t)
			assert.Equal(t, "ok", body["status"])
			assert.Equal(t, true, body["models_loaded"])
			assert.Subset(t, body["available_avatars"], []any{"talk_long_720p", "talk_short_720p", "talk_long_480p", "talk_short_480p"})
			first, ok := body["available_avatars"].([]any)
			require.True(t, ok)
			assert.Equal(t, "talk_long_720p", first[0], "clients may take the first")
			assert.Contains(t, body["tts_engines"], "elevenlabs")
		},
		"chat-stateless": func(t *testing.T, r reply) {
			t.Helper()
			body := r.JSON(t)
			assert.Equal(t, answer, body["response"])
			assert.Equal(t, "LLM API (vllm-qwen3-30b-a3b)", body["llm_source"])
			params, ok := body["llm_params"].(map[string]any)
			require.True(t, ok)
			assert.InDelta(t, 4, params["history_count"], 0)
			assert.InDelta(t, 200, params["max_tokens"], 0)
			assert.InDelta(t, 0.7, params["temperature"], 0)
			assert.Equal(t, "삼성전자", params["company_name"])
			assert.Equal(t, "개발엔지니어링", params["job_name"])
			assert.Equal(t, "일반기업", params["org_type"])
			assert.Equal(t, true, params["question_set_rag_enabled"])
			assert.Contains(t, params["system_prompt"], "면접관")
		},
		"chat-legacy": func(t *testing.T, r reply) {
			t.Helper()
			assert.Equal(t, answer, r.JSON(t)["response"])
		},
		"chat-stream": func(t *testing.T, r reply) {
			t.Helper()
			events := parseEvents(t, r.Body)
			require.Len(t, events, 7)
			assert.Equal(t, map[string]any{"type": "token", "content": "네, "}, events[0])
			assert.Equal(t, "done", events[6]["type"])
			assert.Equal(t, answer, events[6]["response"])
		},
		"tts": func(t *testing.T, r reply) {
			t.Helper()
			body := r.JSON(t)
			assert.Equal(t, true, body["success"])
			assert.Regexp(t, `^assets/audio/tts_[0-9A-Za-z_-]+\.wav$`, body["audio_path"])
			assert.Equal(t, "/"+body["audio_path"].(string), body["audio_url"]) //nolint:forcetypeassert // a test may fail so
			assert.InDelta(t, 13*0.12, body["duration"], 0.02)
		},
		"lipsync-stream": func(t *testing.T, r reply) {
			t.Helper()
			checkVideoEvents(t, s, parseEvents(t, r.Body), []string{"tts", "tts_done", "lipsync"})
		},
		"lipsync": func(t *testing.T, r reply) {
			t.Helper()
			body := r.JSON(t)
			assert.Equal(t, true, body["success"])
			assert.Regexp(t, `^results/realtime/lipsync_[0-9A-Za-z_-]+\.mp4$`, body["video_path"])
			assert.FileExists(t, filepath.Join(s.Data, body["video_path"].(string))) //nolint:forcetypeassert // a test may fail so
			assert.Equal(t, http.StatusOK, s.do(t, http.MethodGet, body["video_url"].(string), nil).Status)
			assert.Positive(t, body["elapsed"])
		},
		"chat-and-lipsync": func(t *testing.T, r reply) {
			t.Helper()
			body := r.JSON(t)
			assert.Equal(t, true, body["success"])
			assert.Equal(t, answer, body["response"])
			assert.Equal(t, http.StatusOK, s.do(t, http.MethodHead, body["video_url"].(string), nil).Status) //nolint:forcetypeassert // a test may fail so
		},
		"chat-and-lipsync-stream": func(t *testing.T, r reply) {
			t.Helper()
			done := checkVideoEvents(t, s, parseEvents(t, r.Body), []string{"llm", "tts", "tts_done", "lipsync"})
			assert.Equal(t, answer, done["response"])
			assert.Equal(t, "LLM API (vllm-qwen3-30b-a3b)", done["llm_source"])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			method, path, body := curl(t, example(t, s, name+".curl"))
			var content any
			if body != "" {
				content = body
			}
			r := s.do(t, method, path, content)
			require.Equal(t, http.StatusOK, r.Status, "%s", r.Body)
			check(t, r)
		})
	}
}

// checkVideoEvents checks the order of a stream that ends in a video and gives its last event.
func checkVideoEvents(t *testing.T, s *system, events []map[string]any, stages []string) map[string]any {
	t.Helper()
	var seen []string
	for _, e := range events {
		if e["type"] == "status" {
			seen = append(seen, e["stage"].(string)) //nolint:forcetypeassert // a test may fail so
			assert.NotEmpty(t, e["message"])
		}
		if e["stage"] == "tts_done" {
			assert.Equal(t, http.StatusOK, s.do(t, http.MethodGet, e["audio_url"].(string), nil).Status, "the sound is there before the face") //nolint:forcetypeassert // a test may fail so
		}
	}
	assert.Equal(t, stages, seen)
	done := events[len(events)-1]
	require.Equal(t, "done", done["type"], events)
	for _, field := range []string{"video_url", "audio_url", "audio_duration", "elapsed"} {
		assert.Contains(t, done, field)
	}
	assert.Equal(t, http.StatusOK, s.do(t, http.MethodGet, done["video_url"].(string), nil).Status) //nolint:forcetypeassert // a test may fail so
	return done
}

func TestDocumentJavaScript(t *testing.T) {
	t.Parallel()
	s := documented(t)
	for name, want := range map[string][]string{
		"chat-stream":             {"LLM Source: LLM API (vllm-qwen3-30b-a3b)", "UI 네, 좋습니다. 먼저 간단히 자기소개를 해주시겠어요?"},
		"lipsync-stream":          {"preload /assets/audio/tts_", "play /video/lipsync_", "소요 시간:"},
		"chat-and-lipsync-stream": {"LLM 완료:", "preload /assets/audio/tts_", "play /video/lipsync_", "총 소요 시간:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What a page around the example would have: its address, its own functions, an OpenAI account.
			prelude := `const BASE = "` + s.URL + `", realFetch = globalThis.fetch;
globalThis.fetch = (url, options) => url.startsWith("https://api.openai.com/")
  ? Promise.resolve(new Response(JSON.stringify({choices: [{message: {content: "안녕하세요. 면접을 시작하겠습니다."}}]})))
  : realFetch(new URL(url, BASE), options);
const conversationHistory = [], OPENAI_API_KEY = "fake";
const updateUI = (s) => console.log("UI", s), updateChatUI = updateUI, updateProgressUI = (s, m) => console.log(s, m);
const preloadAudio = (u) => console.log("preload", u), playVideo = (u) => console.log("play", u);
`
			script := filepath.Join(t.TempDir(), "example.mjs")
			require.NoError(t, os.WriteFile(script, []byte(prelude+example(t, s, name+".js")), 0o600))
			out := output(t, exec.CommandContext(t.Context(), built(t, "natives", "bin", "node"), script))
			for _, part := range want {
				assert.Contains(t, out, part)
			}
			assert.NotContains(t, out, "오류")
		})
	}
}

func TestDocumentPython(t *testing.T) {
	t.Parallel()
	s := documented(t)
	for name, tc := range map[string]struct {
		prelude string
		want    []string
	}{
		"chat-stream":             {"", []string{"네, 좋습니다.", "[완료] LLM: LLM API (vllm-qwen3-30b-a3b)"}},
		"lipsync-stream":          {"conversation_history = []\n", []string{"[tts] TTS 음성 생성 중...", "[완료] 비디오: /video/lipsync_", "소요시간:"}},
		"chat-and-lipsync-stream": {"", []string{"[LLM 완료]", "[상태] TTS 완료", "[완료] 비디오: /video/lipsync_"}},
		"interview":               {"", []string{"모델 로드 상태: True", "면접관: 네, 좋습니다.", "총 대화 턴 수: 3"}},
		"speech-and-video":        {"import requests\nBASE_URL = '" + s.URL + "'\n", []string{"오디오 URL: /assets/audio/tts_", "비디오 URL: /video/lipsync_"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			// The example's own call to OpenAI is answered by a module of the same name.
			require.NoError(t, os.WriteFile(filepath.Join(dir, "openai.py"), []byte(fakeOpenAIModule), 0o600))
			script := filepath.Join(dir, "example.py")
			require.NoError(t, os.WriteFile(script, []byte(tc.prelude+example(t, s, name+".py")), 0o600))
			command := exec.CommandContext(t.Context(), "python3", script)
			command.Env = append(os.Environ(), "PYTHONPATH="+dir+":"+built(t, "natives", "python"), "PYTHONIOENCODING=utf-8")
			out := output(t, command)
			for _, part := range tc.want {
				assert.Contains(t, out, part)
			}
			assert.NotContains(t, out, "[오류]")
		})
	}
}

const fakeOpenAIModule = `from types import SimpleNamespace as N
class OpenAI:
    def __init__(self, api_key):
        answer = N(choices=[N(message=N(content="안녕하세요. 면접을 시작하겠습니다."))])
        self.chat = N(completions=N(create=lambda model, messages: answer))
`

func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	require.NoError(t, command.Run(), "%s", &out)
	return out.String()
}

// The lists and the queue, as the document shows them.
func TestDocumentLists(t *testing.T) {
	t.Parallel()
	llm := newFakeLLM(t, fakeAnswer{Tokens: []string{"네."}})
	s := start(t, setup{Env: map[string]string{
		"ELEVENLABS_API_KEY": "fake-key", "ELEVENLABS_BASE_URL": fakeElevenLabs(t).URL,
		"LLM_API_URL": llm.url(), "LLM_MODEL": "vllm-qwen3-30b-a3b", "OPENAI_API_KEY": "sk-xxx", "OPENAI_API_URL": llm.url(),
	}})
	get := func(path string) map[string]any { return s.do(t, http.MethodGet, path, nil).JSON(t) }
	assert.Equal(t, map[string]any{"status": "online", "model": "vllm-qwen3-30b-a3b", "fallback": "OpenAI (gpt-4o-mini)"}, get("/api/llm_status"))
	assert.Equal(t, map[string]any{"id": "elevenlabs", "name": "ElevenLabs", "voices": []any{"Custom", "Rachel", "Domi", "Bella"}},
		entry(t, get("/api/tts_engines"), "engines"))

	avatar := entry(t, get("/api/avatars"), "avatars")
	assert.Equal(t, "talk_long_720p", avatar["id"])
	assert.Equal(t, "talk_long_720p", avatar["name"])
	for _, path := range []any{avatar["path"], "precomputed/720p/talk_long_720p_precomputed.pkl"} {
		r := s.do(t, http.MethodPost, "/api/v2/lipsync", map[string]any{"text": "네.", "avatar_path": path, "resolution": "360p"})
		assert.Equal(t, http.StatusOK, r.Status, "%v: %s", path, r.Body)
	}

	assert.Equal(t, map[string]any{"status": "cleared"}, s.do(t, http.MethodPost, "/api/clear_history", nil).JSON(t))
	assert.Equal(t, map[string]any{
		"queue_length": 0.0, "processing_count": 0.0, "max_concurrent": 3.0, "processing": []any{}, "queue": []any{},
	}, get("/api/queue_status"))
	body := video(strings.Repeat(longText, 20))
	body["sid"] = "session_id"
	s.open(t.Context(), t, body)
	running := entry(t, get("/api/queue_status"), "processing")
	assert.Regexp(t, `^[0-9a-f]{8}$`, running["request_id"])
	assert.Equal(t, "session_id", running["sid"])
	assert.InDelta(t, time.Now().Unix(), running["started_at"], 60)
	assert.Equal(t, "cancelled", s.do(t, http.MethodPost, "/api/cancel", map[string]any{"sid": "session_id"}).JSON(t)["status"])
	eventually(t, "the place is free", func() bool { return get("/api/queue_status")["processing_count"] == 0.0 })
}

// entry is the first of a list in an answer.
func entry(t *testing.T, answer map[string]any, list string) map[string]any {
	t.Helper()
	all, ok := answer[list].([]any)
	require.True(t, ok, answer)
	require.NotEmpty(t, all, answer)
	first, ok := all[0].(map[string]any)
	require.True(t, ok, answer)
	return first
}

// curl understands the document's curl commands.
func curl(t *testing.T, command string) (method, url, body string) {
	t.Helper()
	words := shellWords(strings.ReplaceAll(command, "\\\n", " "))
	require.Equal(t, "curl", words[0])
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "-X":
			i++
			method = words[i]
		case "-H":
			i++
			require.Equal(t, "Content-Type: application/json", words[i])
		case "-d":
			i++
			body = words[i]
		default:
			url = words[i]
		}
	}
	return method, url, body
}

// shellWords splits a command line with single and double quotes.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	quote, inside := rune(0), false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, inside = r, true
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if inside {
				words = append(words, word.String())
				word.Reset()
			}
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if inside {
		words = append(words, word.String())
	}
	return words
}
