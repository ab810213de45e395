package api_test

import (
	"bufio"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/queue"
)

// holding makes every generation wait for its end.
func holding(o queue.Options) change {
	return func(_ *api.Options, s *script, q *queue.Options) {
		*q = o
		s.halfway = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	}
}

// listen posts to a stream and gives its lines.
func (r *rig) listen(t *testing.T, path, body string) *bufio.Reader {
	t.Helper()
	s := r.open(t.Context(), t, "POST "+path, body)
	require.Equal(t, http.StatusOK, s.status)
	return s.body
}

func next(t *testing.T, stream *bufio.Reader) string {
	t.Helper()
	line, err := stream.ReadString('\n')
	require.NoError(t, err)
	_, err = stream.ReadString('\n')
	require.NoError(t, err)
	return line
}

const face = `"text":"네","avatar":"talk_long"`

// Videos wait in line, see themselves move, and are refused when the line is full.
func TestTheLine(t *testing.T) {
	t.Parallel()
	r := start(t, holding(queue.Options{MaxConcurrent: 1, MaxQueued: 2}))
	before := time.Now()
	assert.JSONEq(t, `{"queue_length":0,"processing_count":0,"max_concurrent":1,"processing":[],"queue":[]}`, r.get(t, "/api/queue_status").body)

	first := r.listen(t, "/api/v2/lipsync/stream", `{`+face+`,"sid":"one"}`)
	assert.Contains(t, next(t, first), `"stage":"tts"`)
	second := r.listen(t, "/api/v2/lipsync/stream", `{`+face+`,"sid":"two"}`)
	assert.Regexp(t, `^data: {"type":"queue","position":1,"estimated_wait":[0-9.]+}\n$`, next(t, second))
	third := r.listen(t, "/api/v2/chat_and_lipsync/stream", `{"message":"네",`+face+`,"sid":"three"}`)
	assert.Contains(t, next(t, third), `"stage":"llm"`)

	status := r.get(t, "/api/queue_status").json(t)
	assert.InDelta(t, 2, status["queue_length"], 0)
	assert.InDelta(t, 1, status["processing_count"], 0)
	running, _ := status["processing"].([]any)
	require.Len(t, running, 1)
	entry := object(running[0])
	assert.Equal(t, "one", entry["sid"])
	assert.Regexp(t, `^[0-9a-f]{8}$`, entry["request_id"])
	assert.InDelta(t, float64(before.UnixMilli())/1000, entry["started_at"], 600)
	waiting, _ := status["queue"].([]any)
	require.Len(t, waiting, 2)
	for i, sid := range []string{"two", "three"} {
		entry := object(waiting[i])
		assert.Equal(t, sid, entry["sid"])
		assert.InDelta(t, i+1, entry["position"], 0)
		assert.Regexp(t, `^[0-9a-f]{8}$`, entry["request_id"])
		assert.InDelta(t, float64(before.UnixMilli())/1000, entry["queued_at"], 600)
	}

	for _, path := range []string{"/api/v2/lipsync", "/api/v2/lipsync/stream", "/api/v2/chat_and_lipsync", "/api/v2/chat_and_lipsync/stream"} {
		reply := r.post(t, path, `{"message":"네",`+face+`}`)
		assert.Equal(t, http.StatusServiceUnavailable, reply.status)
		assert.Regexp(t, `^[1-9][0-9]*$`, reply.header.Get("Retry-After"))
		assert.JSONEq(t, `{"success":false,"error":"대기열이 가득 찼습니다. 잠시 후 다시 시도해 주세요","code":"busy"}`, reply.body)
	}

	assert.JSONEq(t, `{"status":"cancelled","cancelled":1}`, r.post(t, "/api/cancel", `{"sid":"one"}`).body)
	assert.Equal(t, "data: {\"type\":\"error\",\"message\":\"요청이 취소되었습니다\",\"code\":\"cancelled\"}\n", next(t, first))
	assert.Contains(t, next(t, second), `"stage":"tts"`, "the next has its turn")
	for _, sid := range []string{"two", "three"} {
		assert.JSONEq(t, `{"status":"cancelled","cancelled":1}`, r.post(t, "/api/cancel", `{"sid":"`+sid+`"}`).body)
	}
	eventually(t, func() bool { s := r.queue.Status(); return len(s.Running)+len(s.Waiting) == 0 })
	assert.NotContains(t, r.log.String(), "code=cancelled", "a cancellation is no failure")
}

// Everything of a sid ends, whatever it is; what waits for a plain answer is told so.
func TestCancel(t *testing.T) {
	t.Parallel()
	r := start(t, holding(queue.Options{MaxConcurrent: 2, MaxQueued: 4}))
	answers := make(chan asked, 3)
	for path, body := range map[string]string{
		"/api/chat": `{"message":"네","sid":"s"}`, "/api/v2/tts": `{"text":"네","sid":"s"}`, "/api/v2/lipsync": `{` + face + `,"sid":"s"}`,
	} {
		go func() { answers <- r.ask(t.Context(), path, body) }()
	}
	other := r.listen(t, "/api/chat/stream", `{"message":"네","sid":"t"}`)
	assert.Contains(t, next(t, other), "token")
	total := 0.0
	eventually(t, func() bool {
		count, _ := r.post(t, "/api/cancel", `{"sid":"s"}`).json(t)["cancelled"].(float64)
		total += count
		return total == 3
	})
	for range 3 {
		a := <-answers
		require.NoError(t, a.err)
		assert.Equal(t, http.StatusServiceUnavailable, a.status)
		assert.Contains(t, a.body, `"error":"요청이 취소되었습니다","code":"cancelled"}`)
	}
	assert.JSONEq(t, `{"status":"cancelled","cancelled":0}`, r.post(t, "/api/cancel", `{"sid":"s"}`).body, "it may be said again")
	assert.JSONEq(t, `{"status":"cancelled","cancelled":1}`, r.post(t, "/api/cancel", `{"sid":"t"}`).body)
}

// The header's sid is one that cancel takes.
func TestCancelByHeader(t *testing.T) {
	t.Parallel()
	r := start(t, holding(queue.Options{MaxConcurrent: 2, MaxQueued: 4}))
	s := r.open(t.Context(), t, "POST /api/v2/lipsync/stream", `{`+face+`}`)
	assert.Contains(t, next(t, s.body), "tts")
	assert.JSONEq(t, `{"status":"cancelled","cancelled":1}`, r.post(t, "/api/cancel", `{"sid":"`+s.header.Get("X-Session-Id")+`"}`).body)
	assert.Contains(t, next(t, s.body), "cancelled")
}
