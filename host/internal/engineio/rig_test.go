package engineio_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	ws "github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/engineio"
	"github.com/visavis-dev/visavis/host/internal/servertest"
)

func TestMain(m *testing.M) {
	servertest.Main(m)
}

// rig is a server whose sessions the test speaks for.
type rig struct {
	url     string
	server  *engineio.Server
	handler http.Handler
	// begun gives each session as it begins.
	begun chan session
}

// session is one side of a session: the server's.
type session struct {
	*engineio.Conn
	life context.Context //nolint:containedctx // it is what the test looks at
	// leave ends it.
	leave func()
}

func start(t *testing.T, o engineio.Options) *rig {
	t.Helper()
	r := &rig{begun: make(chan session, 64)}
	r.server = engineio.New(o, func(ctx context.Context, c *engineio.Conn) {
		ctx2, leave := context.WithCancel(ctx)
		defer leave()
		r.begun <- session{c, ctx, leave}
		<-ctx2.Done()
	})
	r.handler = r.server
	http := httptest.NewServer(r.server)
	r.url = http.URL + "/socket.io/"
	t.Cleanup(func() {
		over, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		cancel()
		_ = r.server.Close(over)
		require.NoError(t, r.server.Close(context.WithoutCancel(t.Context())))
		http.Close()
	})
	return r
}

// next is what the client is told, and the session that began.
func (r *rig) next(t *testing.T) session {
	t.Helper()
	select {
	case s := <-r.begun:
		return s
	case <-time.After(10 * time.Second):
		t.Fatal("no session began")
		return session{}
	}
}

// hear gives the next message of the client.
func (s session) hear(t *testing.T) string {
	t.Helper()
	select {
	case text := <-s.Messages():
		return text
	case <-time.After(10 * time.Second):
		t.Fatal("no message came")
		return ""
	}
}

// over waits for the end and gives its cause.
func (s session) over(t *testing.T) error {
	t.Helper()
	select {
	case <-s.life.Done():
		return context.Cause(s.life)
	case <-time.After(10 * time.Second):
		t.Fatal("the session goes on")
		return nil
	}
}

// do sends a request.
func (r *rig) do(ctx context.Context, t *testing.T, method, query, body string) (status int, answer string) {
	t.Helper()
	status, answer, err := r.ask(ctx, method, query, body)
	require.NoError(t, err)
	return status, answer
}

func (r *rig) ask(ctx context.Context, method, query, body string) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, r.url+"?"+query, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

// waiting begins a poll and gives its answer when it has come.
func (r *rig) waiting(t *testing.T, query string) <-chan string {
	t.Helper()
	answers := make(chan string, 1)
	ctx := t.Context()
	go func() {
		_, answer, err := r.ask(ctx, http.MethodGet, query, "")
		if err != nil {
			answer = err.Error()
		}
		answers <- answer
	}()
	return answers
}

const byPolling = "EIO=4&transport=polling"

// greeted begins a session by polling and gives its query.
func (r *rig) greeted(t *testing.T) (query string, greeting map[string]any) {
	t.Helper()
	status, answer := r.do(t.Context(), t, http.MethodGet, byPolling, "")
	require.Equal(t, http.StatusOK, status, answer)
	greeting = greetingOf(t, answer)
	return byPolling + "&sid=" + greeting["sid"].(string), greeting //nolint:forcetypeassert // a test may fail so
}

func greetingOf(t *testing.T, answer string) map[string]any {
	t.Helper()
	text, is := strings.CutPrefix(answer, "0")
	require.True(t, is, answer)
	var greeting map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &greeting))
	return greeting
}

func (r *rig) poll(t *testing.T, query string) string {
	t.Helper()
	status, answer := r.do(t.Context(), t, http.MethodGet, query, "")
	require.Equal(t, http.StatusOK, status, answer)
	return answer
}

func (r *rig) bring(t *testing.T, query, body string) {
	t.Helper()
	status, answer := r.do(t.Context(), t, http.MethodPost, query, body)
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, "ok", answer)
}

// socket is a client's websocket.
type socket struct{ *ws.Conn }

func (r *rig) dial(t *testing.T, query string) socket {
	t.Helper()
	s, err := r.try(t, query)
	require.NoError(t, err)
	return s
}

// retry dials until the attempt before has ended on the server's side, too.
func (r *rig) retry(t *testing.T, query string) (s socket) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		s, err = r.try(t, query)
		return err == nil
	}, 10*time.Second, time.Millisecond)
	return s
}

func (r *rig) try(t *testing.T, query string) (socket, error) {
	t.Helper()
	c, resp, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(r.url, "http")+"?"+query, nil)
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return socket{}, err
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return socket{c}, nil
}

func (s socket) say(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, s.Write(t.Context(), ws.MessageText, []byte(text)))
}

func (s socket) hear(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, data, err := s.Read(ctx)
	require.NoError(t, err)
	return string(data)
}
