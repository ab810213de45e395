package socketio_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/access"
	"github.com/visavis-dev/visavis/host/internal/engineio"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/socketio"
)

func TestWhatIsNotServed(t *testing.T) {
	t.Parallel()
	r := start(t)
	c, _ := r.connect(t)
	c.say(t, "40/admin,{}")
	assert.Equal(t, `44/admin,{"message":"Invalid namespace"}`, c.hear(t))
	c.say(t, `42["unknown",1,2]`)
	c.say(t, `4312["an acknowledgement"]`)
	c.say(t, `452-["generate",{"_placeholder":true,"num":0}]`)
	require.NoError(t, c.Write(t.Context(), 2, []byte("attachment")))
	assert.Equal(t, "binary_refused", c.until(t, "error")["code"])
	c.say(t, `41`)
	c.say(t, `40`)
	assert.Contains(t, c.hear(t), `40{"sid":`, "it may come back on the same session")
}

func TestBrokenProtocol(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, text := range []string{
		"4", "47", "42", `42{}`, `42[]`, `42[1]`, `42["generate"`, `4299999999999999999999["cancel"]`, "45", `45["x"]`, `45x-["x"]`, "40", "44",
		`42/admin,["generate"]`,
	} {
		c, _ := r.connect(t)
		c.say(t, text)
		c.closed(t)
	}
	c, _, err := r.dial(t) //nolint:bodyclose // a websocket has none
	require.NoError(t, err)
	c.say(t, `42["generate",`+videoRequest+`]`)
	c.closed(t)
}

// Who does not introduce itself is not waited for.
func TestASilentClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := socketio.New(socketio.Options{Logger: hclog.NewNullLogger(), Queue: queue.New(queue.Options{}), FacesReady: func() bool { return true }})
		do := func(method, query, body string) string {
			w := httptest.NewRecorder()
			g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/socket.io/?EIO=4&transport=polling"+query, strings.NewReader(body)))
			return w.Body.String()
		}
		session := func() string {
			_, rest, _ := strings.Cut(do(http.MethodGet, "", ""), `"sid":"`)
			sid, _, _ := strings.Cut(rest, `"`)
			return "&sid=" + sid
		}
		began := time.Now()
		silent, polite := session(), session()
		do(http.MethodPost, polite, "40")
		assert.Equal(t, "1", do(http.MethodGet, silent, ""))
		assert.Equal(t, 20*time.Second, time.Since(began))
		assert.Contains(t, do(http.MethodGet, polite, ""), "connected")
		assert.Equal(t, "2", do(http.MethodGet, polite, ""))
		do(http.MethodPost, polite, "3\x1e41")
		assert.Equal(t, "1", do(http.MethodGet, polite, ""))
		assert.Equal(t, 45*time.Second, time.Since(began))
		require.NoError(t, g.Drain(t.Context(), 0))
	})
}

// At the end nothing new is taken, those without work go at once, and work that runs is finished.
func TestDraining(t *testing.T) {
	t.Parallel()
	release, door := make(chan struct{}), &access.Door{}
	r := start(t, func(o *socketio.Options, s *script, _ *queue.Options) {
		s.halfway = held(release)
		o.Door = door
	})
	busy, _ := r.connect(t)
	busy.say(t, `42["generate",`+videoRequest+`]`)
	busy.until(t, "progress")
	idle, _ := r.connect(t)
	idle.say(t, `42["generate",{}]`)
	assert.Equal(t, "missing_text", idle.until(t, "error")["code"])
	quiet, working := door.Close()
	assert.True(t, working)
	for _, c := range []client{busy, idle} {
		c.say(t, `42["generate",`+videoRequest+`]`)
		told := c.until(t, "error")
		assert.Equal(t, "unavailable", told["code"])
		assert.Equal(t, "서버가 종료되는 중입니다. 잠시 후 다시 시도해 주세요", told["error"])
	}
	drained := make(chan error, 1)
	go func() { drained <- r.gateway.Drain(context.WithoutCancel(t.Context()), time.Second) }()
	idle.closed(t)
	status, _ := ask(t, http.MethodGet, r.url+"/socket.io/?EIO=4&transport=polling", "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	close(release)
	busy.until(t, "generation_complete")
	<-quiet
	busy.closed(t)
	require.NoError(t, <-drained)
}

// What does not end in time is cut off, and its client is told.
func TestCuttingOff(t *testing.T) {
	t.Parallel()
	r := start(t, func(_ *socketio.Options, s *script, _ *queue.Options) { s.halfway = held(nil) })
	c, _ := r.connect(t)
	c.say(t, `42["generate",`+videoRequest+`]`)
	c.until(t, "progress")
	over, cut := context.WithCancel(t.Context())
	cut()
	drained := make(chan error, 1)
	go func() { drained <- r.gateway.Drain(over, 10*time.Second) }()
	assert.Equal(t, "요청이 취소되었습니다", c.until(t, "error")["error"])
	c.closed(t)
	require.NoError(t, <-drained)
	r.idle(t)
}

// FuzzMessages says anything to a connected socket.
func FuzzMessages(f *testing.F) {
	for _, seed := range []string{
		`2["generate",{"text":"a","avatar":"b"}]`, `21["cancel"]`, `2["x"]`, "1", "0", "0/a,{}", `51-["a",{"_placeholder":true}]`, `3["x"]`, "2[]", "", "9",
		`2["generate",` + strings.Repeat("[", 100), "2/?,", `2["generate",{"sid":"\u0000"}]`,
	} {
		f.Add(seed)
	}
	s := &script{owners: nil}
	f.Fuzz(func(t *testing.T, text string) {
		g := socketio.New(socketio.Options{
			Generator: s, Ledger: nobody{s}, Logger: hclog.NewNullLogger(), FacesReady: func() bool { return true },
			Queue: queue.New(queue.Options{MaxConcurrent: 1, MaxQueued: 1}), Engine: engineio.Options{Linger: time.Nanosecond},
		})
		do := func(method, query, body string) string {
			w := httptest.NewRecorder()
			g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/socket.io/?EIO=4&transport=polling"+query, strings.NewReader(body)))
			return w.Body.String()
		}
		_, rest, _ := strings.Cut(do(http.MethodGet, "", ""), `"sid":"`)
		sid, _, _ := strings.Cut(rest, `"`)
		do(http.MethodPost, "&sid="+sid, "40\x1e4"+text)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		_ = g.Drain(over, 0)
		require.NoError(t, g.Drain(t.Context(), 0))
	})
}
