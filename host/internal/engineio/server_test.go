package engineio_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	ws "github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/engineio"
)

const byWebsocket = "EIO=4&transport=websocket"

func TestGreeting(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	_, greeting := r.greeted(t)
	assert.Equal(t, []any{"websocket"}, greeting["upgrades"])
	assert.InDelta(t, 25000, greeting["pingInterval"], 0)
	assert.InDelta(t, 20000, greeting["pingTimeout"], 0)
	assert.InDelta(t, 128<<10, greeting["maxPayload"], 0)
	greeting = greetingOf(t, r.dial(t, byWebsocket).hear(t))
	assert.Equal(t, []any{}, greeting["upgrades"])
}

func TestRequestsWithoutASession(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	query, _ := r.greeted(t)
	for name, c := range map[string]struct {
		method, query string
		code          int
	}{
		"another version":            {http.MethodGet, "EIO=3&transport=polling", 5},
		"no version":                 {http.MethodGet, "transport=polling", 5},
		"unknown transport":          {http.MethodGet, "EIO=4&transport=flash", 0},
		"no transport":               {http.MethodGet, "EIO=4", 0},
		"unknown session":            {http.MethodGet, byPolling + "&sid=x", 1},
		"a post begins nothing":      {http.MethodPost, byPolling, 2},
		"a websocket that is none":   {http.MethodGet, byWebsocket, 3},
		"a method that is not known": {http.MethodPut, query, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer := r.do(t.Context(), t, c.method, c.query, "")
			assert.Equal(t, http.StatusBadRequest, status)
			assert.Contains(t, answer, fmt.Sprintf(`"code":%d`, c.code))
		})
	}
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{MaxSessions: 2})
	r.greeted(t)
	first := r.next(t)
	r.greeted(t)
	status, _ := r.do(t.Context(), t, http.MethodGet, byPolling, "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	_, resp, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(r.url, "http")+"?"+byWebsocket, nil)
	require.Error(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	first.leave()
	require.ErrorIs(t, first.over(t), engineio.ErrClosed)
	assert.Eventually(t, func() bool {
		status, _ := r.do(t.Context(), t, http.MethodGet, byPolling, "")
		return status == http.StatusOK
	}, 10*time.Second, 10*time.Millisecond)
}

func TestPolling(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	query, _ := r.greeted(t)
	s := r.next(t)
	r.bring(t, query, "4하나\x1e4둘\x1ebAAAA\x1e6\x1e4")
	assert.Equal(t, []string{"하나", "둘", ""}, []string{s.hear(t), s.hear(t), s.hear(t)})
	require.NoError(t, s.Send("a"))
	require.NoError(t, s.Send("b"))
	assert.Equal(t, "4a\x1e4b", r.poll(t, query))
	answer := r.waiting(t, query)
	require.NoError(t, s.Send("c"))
	assert.Equal(t, "4c", <-answer)
	r.bring(t, query, "1")
	require.ErrorIs(t, s.over(t), engineio.ErrGone)
	require.ErrorIs(t, s.Send("d"), engineio.ErrGone)
}

// eager is a client that asks again as soon as it has an answer, before the request has ended on this side.
type eager struct {
	*httptest.ResponseRecorder
	again func()
}

// Flush implements http.Flusher.
func (e eager) Flush() { e.again() }

func TestPollsInQuickSuccession(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	query, _ := r.greeted(t)
	s := r.next(t)
	require.NoError(t, s.Send("first"))
	var second string
	first := eager{httptest.NewRecorder(), func() {
		require.NoError(t, s.Send("second"))
		second = r.poll(t, query)
	}}
	r.server.ServeHTTP(first, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/socket.io/?"+query, nil))
	assert.Equal(t, "4first", first.Body.String())
	assert.Equal(t, "4second", second)
}

func TestWebsocket(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	client := r.dial(t, byWebsocket)
	client.hear(t)
	s := r.next(t)
	client.say(t, "4하나")
	require.NoError(t, client.Write(t.Context(), ws.MessageBinary, []byte{1, 2}))
	client.say(t, "4둘")
	assert.Equal(t, []string{"하나", "둘"}, []string{s.hear(t), s.hear(t)})
	require.NoError(t, s.Send("셋"))
	assert.Equal(t, "4셋", client.hear(t))
	require.NoError(t, client.Close(ws.StatusNormalClosure, ""))
	require.ErrorIs(t, s.over(t), engineio.ErrGone)
}

// What is sent while a websocket takes over arrives once and in order, and the poll that waits is let go.
func TestAWebsocketTakesOver(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	query, _ := r.greeted(t)
	s := r.next(t)
	require.NoError(t, s.Send("1"))
	assert.Equal(t, "41", r.poll(t, query))
	waiting := r.waiting(t, query)
	client := r.dial(t, strings.Replace(query, "polling", "websocket", 1))
	client.say(t, "2probe")
	require.Equal(t, "3probe", client.hear(t))
	require.Equal(t, "6", <-waiting)
	require.NoError(t, s.Send("2"))
	client.say(t, "5")
	assert.Equal(t, "42", client.hear(t))
	require.NoError(t, s.Send("3"))
	assert.Equal(t, "43", client.hear(t))
	client.say(t, "4네")
	assert.Equal(t, "네", s.hear(t))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		status, _ := r.do(t.Context(), t, method, query, "4x")
		assert.Equal(t, http.StatusBadRequest, status, method)
	}
	_, resp, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(r.url, "http")+"?"+strings.Replace(query, "polling", "websocket", 1), nil)
	require.Error(t, err, "another one cannot")
	_ = resp.Body.Close()
	client.say(t, "4noch")
	assert.Equal(t, "noch", s.hear(t), "none of that did harm")
}

// A websocket that does not prove itself leaves the session as it was.
func TestAFailedProbe(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{UpgradeWithin: 50 * time.Millisecond})
	query, _ := r.greeted(t)
	s := r.next(t)
	for _, first := range []string{"2wrong", "5", "", "silence"} {
		client := r.retry(t, strings.Replace(query, "polling", "websocket", 1))
		if first != "silence" {
			client.say(t, first)
		}
		_, _, err := client.Read(t.Context())
		require.Error(t, err)
	}
	require.NoError(t, s.Send("still here"))
	assert.Equal(t, "4still here", r.poll(t, query))
}

func TestBrokenProtocol(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{MaxPayload: 100})
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"nothing":         {"", http.StatusBadRequest},
		"unknown kind":    {"9", http.StatusBadRequest},
		"an empty packet": {"4a\x1e", http.StatusBadRequest},
		"a greeting":      {"0{}", http.StatusOK},
		"a ping":          {"2", http.StatusOK},
		"an upgrade":      {"5", http.StatusOK},
		"too much":        {"4" + strings.Repeat("x", 100), http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query, greeting := r.greeted(t)
			status, _ := r.do(t.Context(), t, http.MethodPost, query, c.body)
			assert.Equal(t, c.status, status)
			status, _ = r.do(t.Context(), t, http.MethodGet, query, "")
			assert.Equal(t, http.StatusBadRequest, status, "the session %v is over", greeting["sid"])
		})
	}
	for _, text := range []string{"", "x", "2", "5", "4" + strings.Repeat("x", 100)} {
		client := r.dial(t, byWebsocket)
		client.hear(t)
		client.say(t, text)
		_, _, err := client.Read(t.Context())
		require.Error(t, err, text)
	}
}

func TestTwoPollsAtOnce(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	query, _ := r.greeted(t)
	s := r.next(t)
	one, other := r.waiting(t, query), r.waiting(t, query)
	require.ErrorIs(t, s.over(t), engineio.ErrProtocol)
	assert.ElementsMatch(t, []string{"1", `{"code":3,"message":"Bad request"}` + "\n"}, []string{<-one, <-other})
}

func TestASlowClient(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]engineio.Options{"packets": {MaxWaiting: 10}, "bytes": {MaxWaitingBytes: 100}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, o)
			r.greeted(t)
			s := r.next(t)
			var err error
			for range 11 {
				if err = s.Send("0123456789"); err != nil {
					break
				}
			}
			require.ErrorIs(t, err, engineio.ErrSlow)
			require.ErrorIs(t, s.over(t), engineio.ErrSlow)
		})
	}
}

// A client that reads nothing from its websocket is not waited for.
func TestAClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{MaxWaiting: 2000, MaxWaitingBytes: 1 << 30, SendWithin: 50 * time.Millisecond})
	r.dial(t, byWebsocket).hear(t)
	s := r.next(t)
	text := strings.Repeat("x", 64<<10)
	for range 1000 { // more than the buffers between the two hold
		if s.Send(text) != nil {
			break
		}
	}
	require.ErrorIs(t, s.over(t), engineio.ErrGone)
}

// Some clients ask for HTTP/2 with each request; that is no websocket.
func TestAPollMayAskForHTTP2(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/?"+byPolling, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Connection", "Upgrade, HTTP2-Settings")
	req.Header.Set("Upgrade", "h2c")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusOK, resp.StatusCode)
}

// What was sent before the end still arrives.
func TestClosing(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{Linger: 10 * time.Second})
	query, _ := r.greeted(t)
	s := r.next(t)
	require.NoError(t, s.Send("last words"))
	s.Close()
	assert.Equal(t, "4last words\x1e1", r.poll(t, query))
	require.ErrorIs(t, s.over(t), engineio.ErrClosed)

	client := r.dial(t, byWebsocket)
	client.hear(t)
	s = r.next(t)
	require.NoError(t, s.Send("last words"))
	s.Close()
	require.ErrorIs(t, s.Send("more"), engineio.ErrClosed)
	assert.Equal(t, "4last words", client.hear(t))
	_, _, err := client.Read(t.Context())
	assert.Equal(t, ws.StatusNormalClosure, ws.CloseStatus(err))
	require.ErrorIs(t, s.over(t), engineio.ErrClosed)
}

func TestTheServerCloses(t *testing.T) {
	t.Parallel()
	r := start(t, engineio.Options{})
	r.greeted(t)
	s := r.next(t)
	over, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, r.server.Close(over), context.DeadlineExceeded)
	require.ErrorIs(t, s.over(t), engineio.ErrClosed)
	status, _ := r.do(t.Context(), t, http.MethodGet, byPolling, "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	require.NoError(t, r.server.Close(t.Context()))
}
