package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// secret stands in every cause: no answer may hold it.
const secret = "/var/lib/secret: goroutine 7 [running]"

func refusing(err error) change {
	return func(_ *api.Options, s *script, _ *queue.Options) { s.refuse = err }
}

// failing lets a generation begin and then fail.
func failing(err error) change {
	return func(_ *api.Options, s *script, _ *queue.Options) {
		s.halfway = func(context.Context) error { return err }
	}
}

// Every kind of fault has its status and a sentence, whether it comes before the work or in its midst.
func TestEveryFaultIsTold(t *testing.T) {
	t.Parallel()
	statuses := map[fault.Kind]int{
		fault.Invalid: 400, fault.NotFound: 404, fault.Unauthorized: 503, fault.Quota: 503, fault.RateLimited: 503,
		fault.Unavailable: 503, fault.Cancelled: 503, fault.Internal: 500, fault.Unconfigured: 503, fault.Busy: 503,
		fault.Unimplemented: 503,
	}
	retry := map[fault.Kind]bool{fault.RateLimited: true, fault.Busy: true}
	for _, kind := range fault.Kinds() {
		require.Contains(t, statuses, kind)
		for _, hint := range []string{"", "ELEVENLABS_API_KEY를 설정해 주세요"} {
			err := fault.New(kind, "try", hint, errors.New(secret))
			for when, c := range map[string]change{"before": refusing(err), "midway": failing(err)} {
				t.Run(string(kind)+" "+when+" "+hint, func(t *testing.T) {
					t.Parallel()
					r := start(t, c)
					for path, body := range map[string]string{
						"/api/chat": `{"message":"네"}`, "/api/v2/tts": `{"text":"네"}`, "/api/v2/lipsync": `{"text":"네","avatar":"x"}`,
					} {
						reply := r.post(t, path, body)
						assert.Equal(t, statuses[kind], reply.status)
						answer := reply.json(t)
						assert.Equal(t, string(kind), answer["code"])
						said, _ := answer["error"].(string)
						assert.True(t, isKorean(said), said)
						assert.NotContains(t, reply.body, "secret")
						if hint != "" && kind != fault.Internal {
							assert.Equal(t, hint, said)
						}
						assert.Equal(t, retry[kind], reply.header.Get("Retry-After") != "")
						assert.NotEmpty(t, reply.header.Get("X-Request-Id"))
						assert.NotEmpty(t, reply.header.Get("X-Session-Id"))
						assert.Contains(t, r.log.String(), reply.header.Get("X-Request-Id"), "the operator finds the cause by the request")
					}
					assert.Contains(t, r.log.String(), "secret")
				})
			}
		}
	}
}

func isKorean(sentence string) bool {
	for _, r := range sentence {
		if unicode.Is(unicode.Hangul, r) {
			return true
		}
	}
	return false
}

// What is not a fault of ours is a defect: 500, and the cause is for the log.
func TestForeignErrors(t *testing.T) {
	t.Parallel()
	r := start(t, failing(errors.New(secret)))
	reply := r.post(t, "/api/v2/tts", `{"text":"네"}`)
	assert.Equal(t, http.StatusInternalServerError, reply.status)
	assert.JSONEq(t, `{"success":false,"error":"서버 내부 오류가 발생했습니다","code":"internal"}`, reply.body)
}

// A stream that cannot begin answers like any other request.
func TestStreamsAreRefusedInJSON(t *testing.T) {
	t.Parallel()
	r := start(t, refusing(fault.New(fault.Unavailable, "find engine", "립싱크 엔진이 로드되지 않았습니다", nil)))
	reply := r.post(t, "/api/v2/lipsync/stream", `{"text":"네","avatar":"x"}`)
	assert.Equal(t, http.StatusServiceUnavailable, reply.status)
	assert.Equal(t, "application/json", reply.header.Get("Content-Type"))
	assert.JSONEq(t, `{"success":false,"error":"립싱크 엔진이 로드되지 않았습니다","code":"unavailable"}`, reply.body)
	reply = r.post(t, "/api/chat/stream", `{"message":"네"}`)
	assert.JSONEq(t, `{"error":"립싱크 엔진이 로드되지 않았습니다","code":"unavailable"}`, reply.body)
}

// A defect in one request is told to its client and hurts nobody else.
func TestPanics(t *testing.T) {
	t.Parallel()
	r := start(t, func(_ *api.Options, s *script, _ *queue.Options) {
		s.halfway = func(context.Context) error { panic(secret) }
	})
	reply := r.post(t, "/api/chat", `{"message":"네"}`)
	assert.Equal(t, http.StatusInternalServerError, reply.status)
	assert.JSONEq(t, `{"error":"서버 내부 오류가 발생했습니다","code":"internal"}`, reply.body)
	reply = r.post(t, "/api/v2/tts", `{"text":"네"}`)
	assert.JSONEq(t, `{"success":false,"error":"서버 내부 오류가 발생했습니다","code":"internal"}`, reply.body)

	reply = r.post(t, "/api/v2/lipsync/stream", `{"text":"네","avatar":"x"}`)
	assert.Equal(t, http.StatusOK, reply.status)
	assert.Equal(t, "data: {\"type\":\"status\",\"stage\":\"tts\",\"message\":\"TTS 음성 생성 중...\"}\n\n"+
		"data: {\"type\":\"error\",\"message\":\"서버 내부 오류가 발생했습니다\",\"code\":\"internal\"}\n\n", reply.body)
	assert.Contains(t, r.log.String(), "secret")
	assert.Empty(t, r.queue.Status().Running, "the place is free again")
	assert.Equal(t, http.StatusOK, r.get(t, "/healthz").status)
}
