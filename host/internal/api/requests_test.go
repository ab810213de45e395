package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	wrongJSON    = "요청 본문이 올바른 JSON이 아닙니다"
	noMessage    = "메시지가 필요합니다"
	noText       = "텍스트가 필요합니다"
	wrongHistory = "history의 각 항목에는 role('user' 또는 'assistant')과 문자열 content가 필요합니다"
)

// What is wrong with a request is told in the document's words, in the shape of its path, never as 422.
func TestWrongRequests(t *testing.T) {
	t.Parallel()
	r := start(t)
	long := strings.Repeat("가", 5001)
	face := `"avatar":"talk_long"`
	for name, tc := range map[string]struct {
		paths   string
		body    string
		message string
		code    string
	}{
		"no message":           {"chat chat/stream v2/chat_and_lipsync v2/chat_and_lipsync/stream", `{}`, noMessage, "missing_message"},
		"null message":         {"chat chat/stream v2/chat_and_lipsync", `{"message":null}`, noMessage, "missing_message"},
		"empty message":        {"chat v2/chat_and_lipsync/stream", `{"message":""}`, noMessage, "missing_message"},
		"white space":          {"chat v2/chat_and_lipsync", `{"message":" \n\t\u3000 "}`, noMessage, "missing_message"},
		"another case":         {"chat", `{"MESSAGE":"네"}`, noMessage, "missing_message"},
		"no text":              {"v2/tts v2/lipsync v2/lipsync/stream", `{` + face + `}`, noText, "missing_text"},
		"text of white space":  {"v2/tts v2/lipsync v2/lipsync/stream", `{"text":"  ",` + face + `}`, noText, "missing_text"},
		"text in another case": {"v2/tts v2/lipsync", `{"TEXT":"네",` + face + `}`, noText, "missing_text"},
		"malformed":            {"chat v2/tts v2/lipsync/stream cancel", `{"message":`, wrongJSON, "invalid_request"},
		"two values":           {"chat v2/tts", `{} {}`, wrongJSON, "invalid_request"},
		"an array":             {"chat chat/stream v2/tts", `[]`, "요청 본문은 JSON 객체여야 합니다", "invalid_request"},
		"a null":               {"chat v2/tts cancel", `null`, "요청 본문은 JSON 객체여야 합니다", "invalid_request"},
		"a text":               {"chat v2/tts", `"네"`, "요청 본문은 JSON 객체여야 합니다", "invalid_request"},
		"another encoding":     {"chat v2/tts", "{\"message\":\"\xb3\xd7\"}", "요청 본문은 압축하지 않은 UTF-8이어야 합니다", "invalid_request"},
		"a compressed body":    {"chat v2/tts", "\x1f\x8b\x08\x00", "요청 본문은 압축하지 않은 UTF-8이어야 합니다", "invalid_request"},
		"no body":              {"chat v2/tts cancel", ``, "요청 본문이 비어 있습니다", "invalid_request"},
		"a number as message":  {"chat v2/chat_and_lipsync", `{"message":5}`, "message 필드의 형식이 올바르지 않습니다", "invalid_request"},
		"an object as text":    {"v2/tts v2/lipsync", `{"text":{}}`, "text 필드의 형식이 올바르지 않습니다", "invalid_request"},
		"an array as engine":   {"v2/tts", `{"text":"네","engine":[]}`, "engine 필드의 형식이 올바르지 않습니다", "invalid_request"},
		"a number as sid":      {"cancel clear_history chat", `{"message":"네","sid":5}`, "sid 필드의 형식이 올바르지 않습니다", "invalid_request"},
		"words as frame skip": {
			"v2/lipsync v2/lipsync/stream v2/chat_and_lipsync", `{"text":"네","message":"네",` + face + `,"frame_skip":"1"}`,
			"frame_skip 필드의 형식이 올바르지 않습니다", "invalid_request",
		},
		"a fraction as frame skip": {"v2/lipsync", `{"text":"네",` + face + `,"frame_skip":1.5}`, "frame_skip 필드의 형식이 올바르지 않습니다", "invalid_request"},
		"a vast frame skip":        {"v2/lipsync", `{"text":"네",` + face + `,"frame_skip":1e300}`, "frame_skip 필드의 형식이 올바르지 않습니다", "invalid_request"},
		"frame skip 0":             {"v2/lipsync/stream", `{"text":"네",` + face + `,"frame_skip":0}`, "frame_skip은 1, 2, 3 중 하나여야 합니다", "invalid_frame_skip"},
		"frame skip 4":             {"v2/lipsync", `{"text":"네",` + face + `,"frame_skip":4}`, "frame_skip은 1, 2, 3 중 하나여야 합니다", "invalid_frame_skip"},
		"unknown resolution": {
			"v2/lipsync v2/chat_and_lipsync/stream", `{"text":"네","message":"네",` + face + `,"resolution":"4k"}`,
			"resolution은 1080p, 720p, 480p, 360p 중 하나여야 합니다", "invalid_resolution",
		},
		"neither avatar nor path": {
			"v2/lipsync v2/lipsync/stream v2/chat_and_lipsync", `{"text":"네","message":"네","avatar":"","avatar_path":null}`,
			"avatar 또는 avatar_path가 필요합니다", "missing_avatar",
		},
		"unknown organisation":  {"chat chat/stream", `{"message":"네","org_type":"학교"}`, "org_type은 '일반기업' 또는 '병원'이어야 합니다", "invalid_org_type"},
		"a long message":        {"chat v2/chat_and_lipsync", `{"message":"` + long + `",` + face + `}`, "메시지가 너무 깁니다 (최대 5,000자)", "too_long"},
		"a long text":           {"v2/tts v2/lipsync", `{"text":"` + long + `",` + face + `}`, "텍스트가 너무 깁니다 (최대 5,000자)", "too_long"},
		"a long company":        {"chat", `{"message":"네","company_name":"` + long[:303] + `"}`, "기업명과 직무명은 100자까지 보낼 수 있습니다", "too_long"},
		"a system message":      {"chat v2/chat_and_lipsync", `{"message":"네","history":[{"role":"system","content":"x"}],` + face + `}`, wrongHistory, "invalid_history"},
		"a number said":         {"chat", `{"message":"네","history":[{"role":"user","content":5}]}`, wrongHistory, "invalid_history"},
		"nothing said":          {"chat", `{"message":"네","history":[{"role":"user","content":null}]}`, wrongHistory, "invalid_history"},
		"no role":               {"chat/stream", `{"message":"네","history":[{"content":"x"}]}`, wrongHistory, "invalid_history"},
		"a role as a number":    {"chat", `{"message":"네","history":[{"role":1,"content":"x"}]}`, wrongHistory, "invalid_history"},
		"a role in capitals":    {"chat", `{"message":"네","history":[{"Role":"user","content":"x"}]}`, wrongHistory, "invalid_history"},
		"a history of texts":    {"chat", `{"message":"네","history":["x"]}`, wrongHistory, "invalid_history"},
		"a history of nulls":    {"chat", `{"message":"네","history":[null]}`, wrongHistory, "invalid_history"},
		"a history as an array": {"chat chat/stream", `{"message":"네","history":{"role":"user"}}`, "history 필드의 형식이 올바르지 않습니다", "invalid_request"},
		"a history as a text":   {"v2/chat_and_lipsync/stream", `{"message":"네","history":"x"}`, "history 필드의 형식이 올바르지 않습니다", "invalid_request"},
		"cancelling nobody":     {"cancel", `{}`, "sid가 필요합니다", "missing_sid"},
		"cancelling a space":    {"cancel", `{"sid":" "}`, "sid가 필요합니다", "missing_sid"},
		"cancelling null":       {"cancel", `{"sid":null}`, "sid가 필요합니다", "missing_sid"},
		"a Korean sid":          {"chat v2/tts cancel", `{"message":"네","text":"네","sid":"면접"}`, "sid는 영문, 숫자, 기호 128자까지 사용할 수 있습니다", "invalid_sid"},
		"a sid of lines":        {"chat", `{"message":"네","sid":"a\r\nSet-Cookie: x"}`, "sid는 영문, 숫자, 기호 128자까지 사용할 수 있습니다", "invalid_sid"},
		"a long sid":            {"clear_history", `{"sid":"` + strings.Repeat("x", 129) + `"}`, "sid는 영문, 숫자, 기호 128자까지 사용할 수 있습니다", "invalid_sid"},
	} {
		for path := range strings.FieldsSeq(tc.paths) {
			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()
				reply := r.post(t, "/api/"+path, tc.body)
				assert.Equal(t, http.StatusBadRequest, reply.status)
				assert.Equal(t, "application/json", reply.header.Get("Content-Type"))
				shape := `{"error":"` + tc.message + `","code":"` + tc.code + `"}`
				if strings.HasPrefix(path, "v2/") {
					shape = `{"success":false,"error":"` + tc.message + `","code":"` + tc.code + `"}`
				}
				assert.Equal(t, shape+"\n", reply.body, "Korean as it is, in the shape of the family")
			})
		}
	}
}

// What looks odd and is right all the same.
func TestLenientRequests(t *testing.T) {
	t.Parallel()
	r := start(t)
	for name, tc := range map[string]struct{ path, body, contentType string }{
		"unknown fields":          {"chat", `{"message":"네","temperature":"hot","x":{"y":[1]},"TEXT":5}`, ""},
		"optional fields not set": {"chat", `{"message":"네","org_type":"","company_name":"","job_name":null,"history":null,"sid":""}`, ""},
		"an empty history":        {"chat", `{"message":"네","history":[]}`, ""},
		"extras in a history":     {"chat", `{"message":"네","history":[{"role":"user","content":"","name":"x","Role":"system"}]}`, ""},
		"another company":         {"chat", `{"message":"네","company_name":"새로운 회사","job_name":"우주비행사"}`, ""},
		"a key twice":             {"chat", `{"message":5,"message":"네"}`, ""},
		"5,000 characters":        {"chat", `{"message":"` + strings.Repeat("가", 5000) + `"}`, ""},
		"spaces around":           {"chat", " \n{\"message\":\"네\"}\n ", ""},
		"an engine not named":     {"v2/tts", `{"text":"네","engine":null,"voice":""}`, ""},
		"a face not decided":      {"v2/lipsync", `{"text":"네","avatar":"talk_long","avatar_path":"","resolution":null,"frame_skip":null}`, ""},
		"a frame skip of nothing": {"v2/lipsync", `{"text":"네","avatar":"talk_long","frame_skip":""}`, ""},
		"a byte order mark":       {"chat", "\ufeff" + `{"message":"네"}`, ""},
		"curl without a type":     {"v2/tts", `{"text":"네"}`, "application/x-www-form-urlencoded"},
		"plain text":              {"v2/tts", `{"text":"네"}`, "text/plain;charset=UTF-8"},
		"a charset":               {"chat", `{"message":"네"}`, "application/json; charset=utf-8"},
		"a broken type":           {"chat", `{"message":"네"}`, ";;"},
		"a table's type":          {"chat", `{"message":"네"}`, "text/csv"},
		"forgetting, no body":     {"clear_history", ``, ""},
		"forgetting, empty":       {"clear_history", `{}`, ""},
		"cancelling a stranger":   {"cancel", `{"sid":"nobody"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var headers []string
			if tc.contentType != "" {
				headers = []string{"Content-Type", tc.contentType}
			}
			reply := r.post(t, "/api/"+tc.path, tc.body, headers...)
			assert.Equal(t, http.StatusOK, reply.status, reply.body)
		})
	}
}

// What is not given takes the document's defaults.
func TestDefaults(t *testing.T) {
	t.Parallel()
	r := start(t)
	require.Equal(t, http.StatusOK, r.post(t, "/api/v2/chat_and_lipsync", `{"message":" 네 ","avatar":" talk_long ","tts_engine":" "}`).status)
	asked := r.script.asked()
	assert.Equal(t, " 네 ", asked.Chat.Message, "a message is passed on as it is")
	assert.Equal(t, "일반기업", asked.Chat.OrgType)
	assert.False(t, asked.Chat.Stateless)
	assert.Equal(t, "talk_long", asked.Face.Avatar)
	assert.Empty(t, asked.Face.Resolution, "whoever knows the avatars decides")
	assert.Equal(t, 1, asked.Face.FrameSkip)
	assert.Empty(t, asked.Speech.Engine)
	assert.Equal(t, "Custom", asked.Speech.Voice)

	require.Equal(t, http.StatusOK, r.post(t, "/api/v2/lipsync", `{"text":"네","avatar_path":"720p/x","resolution":"360p","frame_skip":3,
		"tts_engine":"elevenlabs","tts_voice":"Rachel"}`).status)
	asked = r.script.asked()
	assert.Equal(t, "720p/x", asked.Face.AvatarPath)
	assert.Equal(t, "360p", asked.Face.Resolution)
	assert.Equal(t, 3, asked.Face.FrameSkip)
	assert.Equal(t, "elevenlabs", asked.Speech.Engine)
	assert.Equal(t, "Rachel", asked.Speech.Voice)

	for written, skip := range map[string]int{"2.0": 2, "3e0": 3, "1": 1} {
		require.Equal(t, http.StatusOK, r.post(t, "/api/v2/lipsync", `{"text":"네","avatar":"talk_long","frame_skip":`+written+`}`).status, written)
		assert.Equal(t, skip, r.script.asked().Face.FrameSkip, "an integer, however it is written")
	}

	for _, resolution := range []string{"1080p", "720p", "480p"} {
		require.Equal(t, http.StatusOK, r.post(t, "/api/v2/lipsync", `{"text":"네","avatar":"talk_long","resolution":"`+resolution+`"}`).status)
		assert.Equal(t, resolution, r.script.asked().Face.Resolution)
	}

	require.Equal(t, http.StatusOK, r.post(t, "/api/chat", `{"message":"네","history":[]}`).status)
	assert.True(t, r.script.asked().Chat.Stateless, "an empty history is one")
}

// An answer in one piece may be begun anew; of a stream's the client has heard.
func TestOnlyAnswersInOnePieceAreWhole(t *testing.T) {
	t.Parallel()
	r := start(t)
	for path, whole := range map[string]bool{
		"/api/chat": true, "/api/chat/stream": false, "/api/v2/chat_and_lipsync": true, "/api/v2/chat_and_lipsync/stream": false,
	} {
		require.Equal(t, http.StatusOK, r.post(t, path, `{"message":"네","avatar":"talk_long","history":[]}`).status, path)
		assert.Equal(t, whole, r.script.asked().Chat.Whole, path)
	}
}

func TestBodySize(t *testing.T) {
	t.Parallel()
	r := start(t)
	body := func(size int) string {
		frame := `{"text":"네","x":""}`
		return frame[:len(frame)-2] + strings.Repeat("x", size-len(frame)) + `"}`
	}
	assert.Equal(t, http.StatusOK, r.post(t, "/api/v2/tts", body(1<<20)).status, "1 MiB is allowed")
	reply := r.post(t, "/api/v2/tts", body(1<<20+1))
	assert.Equal(t, http.StatusRequestEntityTooLarge, reply.status)
	assert.JSONEq(t, `{"success":false,"error":"요청 본문이 너무 큽니다 (최대 1MB)","code":"too_large"}`, reply.body)
	reply = r.post(t, "/api/chat", body(3<<20))
	assert.Equal(t, http.StatusRequestEntityTooLarge, reply.status)
	assert.JSONEq(t, `{"error":"요청 본문이 너무 큽니다 (최대 1MB)","code":"too_large"}`, reply.body)
}

// Paths and methods that nobody serves are told in the shape of their family.
func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, tc := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/nope", 404},
		{"POST", "/api/nope", 404},
		{"GET", "/api/v2/nope", 404},
		{"POST", "/api/v2/tts/", 404},
		{"POST", "//api/chat", 404},
		{"POST", "/api/./chat", 404},
		{"GET", "/video/", 404},
		{"GET", "/video/nope.mp4", 404},
		{"GET", "/assets/audio/", 404},
		{"GET", "/assets/audio/..%2f..%2fsecret", 404},
		{"GET", "/studio/", 404},
		{"GET", "/docsui/nope.js", 404},
		{"GET", "/api/chat", 405},
		{"PUT", "/api/chat", 405},
		{"GET", "/api/v2/tts", 405},
		{"DELETE", "/api/v2/status", 405},
		{"POST", "/api/avatars", 405},
		{"POST", "/video/x.mp4", 405},
		{"POST", "/", 405},
		{"OPTIONS", "/api/v2/tts", 405},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			t.Parallel()
			reply := r.do(t, tc.method, tc.path, "")
			assert.Equal(t, tc.status, reply.status)
			assert.Equal(t, "application/json", reply.header.Get("Content-Type"))
			body := reply.json(t)
			assert.NotEmpty(t, body["error"])
			assert.NotEmpty(t, body["code"])
			_, success := body["success"]
			assert.Equal(t, strings.HasPrefix(tc.path, "/api/v2/"), success)
			assert.Equal(t, tc.status == 405, reply.header.Get("Allow") != "", "another method names those that are allowed")
		})
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	r := start(t)
	seen := r.get(t, "/api/avatars/talk_long_720p/preview")
	assert.Equal(t, http.StatusOK, seen.status)
	assert.Equal(t, "image/jpeg", seen.header.Get("Content-Type"))
	assert.Equal(t, "\xff\xd8\xff", seen.body)
	again := r.get(t, "/api/avatars/talk_long_720p/preview", "If-None-Match", seen.header.Get("ETag"))
	assert.Equal(t, http.StatusNotModified, again.status)
	for _, path := range []string{"/api/avatars/talk_long_720p/preview", "/docs"} {
		beyond := r.get(t, path, "Range", "bytes=9999999-")
		assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, beyond.status)
		assert.JSONEq(t, `{"error":"파일에 없는 범위입니다","code":"invalid_range"}`, beyond.body)
	}
	missing := r.get(t, "/api/avatars/nobody/preview")
	assert.Equal(t, http.StatusNotFound, missing.status)
	assert.JSONEq(t, `{"error": "아바타를 찾을 수 없습니다", "code": "not_found"}`, missing.body)
}

func TestLoop(t *testing.T) {
	t.Parallel()
	r := start(t)
	avatars := r.get(t, "/api/avatars").json(t)["avatars"].([]any)
	loops := object(avatars[0])["loops"].([]any)
	path := object(loops[0])["url"].(string)
	assert.Equal(t, []any{}, object(avatars[1])["loops"], "an empty list, not null")

	whole := r.get(t, path)
	assert.Equal(t, http.StatusOK, whole.status)
	assert.Equal(t, "video/mp4", whole.header.Get("Content-Type"))
	assert.Equal(t, "no-cache", whole.header.Get("Cache-Control"))
	assert.Equal(t, `"5ea1"`, whole.header.Get("ETag"))
	assert.NotEmpty(t, whole.header.Get("Last-Modified"))
	require.Len(t, whole.body, 10)
	head := r.do(t, http.MethodHead, path, "")
	assert.Equal(t, "10", head.header.Get("Content-Length"))
	assert.Empty(t, head.body)
	part := r.get(t, path, "Range", "bytes=2-4")
	assert.Equal(t, http.StatusPartialContent, part.status)
	assert.Equal(t, whole.body[2:5], part.body)
	assert.Equal(t, http.StatusNotModified, r.get(t, path, "If-None-Match", `"5ea1"`).status)
	assert.Equal(t, http.StatusNotModified, r.get(t, path, "If-Modified-Since", whole.header.Get("Last-Modified")).status)
	beyond := r.get(t, path, "Range", "bytes=10-")
	assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, beyond.status)
	assert.JSONEq(t, `{"error":"파일에 없는 범위입니다","code":"invalid_range"}`, beyond.body)

	for _, path := range []string{"/api/avatars/nobody/loops/talk", "/api/avatars/talk_long/loops/think"} {
		missing := r.get(t, path)
		assert.Equal(t, http.StatusNotFound, missing.status, path)
		assert.JSONEq(t, `{"error": "아바타에 없는 영상입니다", "code": "not_found"}`, missing.body)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, r.post(t, path, "").status)
}
