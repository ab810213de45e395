package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a client can get wrong, and the sentence it is told.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	long := strings.Repeat("가", 5001)
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"no message":              {"POST", "/api/chat", `{}`, 400, "메시지가 필요합니다"},
		"white space":             {"POST", "/api/chat", `{"message":"  \n\t "}`, 400, "메시지가 필요합니다"},
		"message of another type": {"POST", "/api/chat", `{"message":5}`, 400, ""},
		"null message":            {"POST", "/api/chat", `{"message":null}`, 400, "메시지가 필요합니다"},
		"malformed":               {"POST", "/api/chat", `{"message":`, 400, ""},
		"no body":                 {"POST", "/api/chat", ``, 400, ""},
		"an array":                {"POST", "/api/chat/stream", `[]`, 400, ""},
		"a role of its own":       {"POST", "/api/chat", `{"message":"네","history":[{"role":"system","content":"x"}]}`, 400, ""},
		"content of another type": {"POST", "/api/chat", `{"message":"네","history":[{"role":"user","content":5}]}`, 400, ""},
		"history of another type": {"POST", "/api/chat/stream", `{"message":"네","history":"x"}`, 400, ""},
		"an unknown organisation": {"POST", "/api/chat", `{"message":"네","org_type":"학교"}`, 400, ""},
		"a long message":          {"POST", "/api/chat", `{"message":"` + long + `"}`, 400, ""},
		"no text":                 {"POST", "/api/v2/tts", `{}`, 400, ""},
		"a long text":             {"POST", "/api/v2/tts", `{"text":"` + long + `"}`, 400, ""},
		"an unknown engine":       {"POST", "/api/v2/tts", `{"text":"네","engine":"nope"}`, 400, "nope"},
		"an unconfigured engine":  {"POST", "/api/v2/lipsync/stream", `{"text":"네","avatar":"talk_long","tts_engine":"elevenlabs"}`, 503, "ELEVENLABS_API_KEY"},
		"no avatar":               {"POST", "/api/v2/lipsync", `{"text":"네"}`, 400, ""},
		"an unknown avatar":       {"POST", "/api/v2/lipsync", `{"text":"네","avatar":"nope"}`, 404, ""},
		"an unknown avatar, streaming": {
			"POST", "/api/v2/chat_and_lipsync/stream", `{"message":"네","avatar":"nope"}`, 404, "",
		},
		"a path outside":           {"POST", "/api/v2/lipsync", `{"text":"네","avatar_path":"../../etc/passwd"}`, 404, ""},
		"an absolute path":         {"POST", "/api/v2/lipsync", `{"text":"네","avatar_path":"/etc/passwd"}`, 404, ""},
		"an unknown resolution":    {"POST", "/api/v2/lipsync", `{"text":"네","avatar":"talk_long","resolution":"4k"}`, 400, ""},
		"a frame skip of four":     {"POST", "/api/v2/lipsync", `{"text":"네","avatar":"talk_long","frame_skip":4}`, 400, ""},
		"a frame skip of none":     {"POST", "/api/v2/lipsync", `{"text":"네","avatar":"talk_long","frame_skip":0}`, 400, ""},
		"a frame skip in words":    {"POST", "/api/v2/lipsync", `{"text":"네","avatar":"talk_long","frame_skip":"1"}`, 400, ""},
		"cancelling nobody":        {"POST", "/api/cancel", `{}`, 400, ""},
		"an unknown path":          {"GET", "/api/nope", ``, 404, ""},
		"an unknown path under v2": {"GET", "/api/v2/nope", ``, 404, ""},
		"another method":           {"GET", "/api/chat", ``, 405, ""},
		"another method under v2":  {"GET", "/api/v2/tts", ``, 405, ""},
		"a file that is not there": {"GET", "/video/nope.mp4", ``, 404, ""},
		"a body too large":         {"POST", "/api/v2/tts", `{"text":"네","x":"` + strings.Repeat("x", 1<<20) + `"}`, 413, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var body any
			if tc.body != "" || tc.method == http.MethodPost {
				body = tc.body
			}
			r := s.do(t, tc.method, tc.path, body)
			require.Equal(t, tc.status, r.Status, "%s", r.Body)
			assert.True(t, strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"), r.Header)
			answer := r.JSON(t)
			said, ok := answer["error"].(string)
			require.True(t, ok, answer)
			assert.NotEmpty(t, said)
			assert.Contains(t, said, tc.says)
			assert.NotContains(t, string(r.Body), `\u`, "Korean is not escaped")
			assert.NotContains(t, said, "/", "no path, no stack")
			_, success := answer["success"]
			assert.Equal(t, strings.HasPrefix(tc.path, "/api/v2/"), success, "each family has its own shape")
		})
	}
}

// What looks odd and is right all the same.
func TestLenientInput(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for name, tc := range map[string]struct{ path, body string }{
		"unknown fields":        {"/api/chat", `{"message":"네","temperature":99,"x":{"y":[1]}}`},
		"empty optional":        {"/api/chat", `{"message":"네","org_type":"","company_name":"","job_name":null,"history":null}`},
		"unlisted company":      {"/api/chat", `{"message":"네","company_name":"새로운 회사","job_name":"우주비행사"}`},
		"null engine":           {"/api/v2/tts", `{"text":"네","engine":null,"voice":""}`},
		"5,000 characters":      {"/api/chat", `{"message":"` + strings.Repeat("가", 5000) + `"}`},
		"null face options":     {"/api/v2/lipsync", `{"text":"네","avatar":"talk_short","avatar_path":null,"resolution":"","frame_skip":null}`},
		"avatar path of a pack": {"/api/v2/lipsync", `{"text":"네","avatar_path":"precomputed/720p/talk_short_720p"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.do(t, http.MethodPost, tc.path, tc.body)
			require.Equal(t, http.StatusOK, r.Status, "%s", r.Body)
		})
	}
}

// Whatever a text holds, it is spoken or refused; nothing breaks.
func TestOddTexts(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	t.Run("texts", func(t *testing.T) {
		t.Parallel()
		for name, text := range map[string]string{
			"punctuation": "?!… ~", "emoji": "😀👍", "emoji and words": "좋아요 👍👍", "right to left": "שלום", "control": "안\u0000녕\u0007하세요\u001b[31m",
			"zero width": "\u200b\u200d", "5,000 characters": strings.Repeat("네. ", 1666), "markup": `<speak><break time="9999s"/>&nbsp;</speak>`,
			"one letter": "a", "jamo": "ㅋㅋㅋ", "combining": "e\u0301\u0301\u0301", "numbers": "3.14159 -7 1,000,000원 50%",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := s.do(t, http.MethodPost, "/api/v2/tts", map[string]any{"text": text})
				body := r.JSON(t)
				switch r.Status {
				case http.StatusOK:
					assert.Positive(t, body["duration"])
				case http.StatusBadRequest:
					assert.NotEmpty(t, body["error"])
				default:
					t.Errorf("status %d: %s", r.Status, r.Body)
				}
			})
		}
	})
}

// With keys configured, nothing but the sign of life is open.
func TestAPIKeys(t *testing.T) {
	t.Parallel()
	s := start(t, setup{Env: map[string]string{"API_KEYS": "first-key,second-key"}})
	get := func(path, header, value string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		require.NoError(t, err)
		if header != "" {
			req.Header.Set(header, value)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	assert.Equal(t, 200, get("/healthz", "", ""))
	assert.Equal(t, 401, get("/api/v2/status", "", ""))
	assert.Equal(t, 401, get("/api/v2/status", "Authorization", "Bearer nope"))
	assert.Equal(t, 401, get("/video/x.mp4", "", ""))
	assert.Equal(t, 200, get("/api/v2/status", "Authorization", "Bearer second-key"))
	assert.Equal(t, 200, get("/api/v2/status", "X-API-Key", "first-key"))
	assert.NotContains(t, s.log.String(), "first-key")
}
