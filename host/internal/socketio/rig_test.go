package socketio_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	ws "github.com/coder/websocket"
	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/servertest"
	"github.com/visavis-dev/visavis/host/internal/socketio"
)

func TestMain(m *testing.M) {
	servertest.Main(m, goleak.IgnoreAnyFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

// rig is the real gateway on a real server with a real queue; the generator follows a script.
type rig struct {
	url     string
	gateway *socketio.Gateway
	queue   *queue.Queue
	script  *script
	log     *servertest.Log
}

// change alters what a rig is made of.
type change func(o *socketio.Options, s *script, q *queue.Options)

func start(t *testing.T, changes ...change) *rig {
	t.Helper()
	r := &rig{script: &script{owners: map[string]interview.Owner{}}, log: &servertest.Log{}}
	q := queue.Options{MaxConcurrent: 3, MaxQueued: 32}
	o := socketio.Options{
		Generator: r.script, Ledger: r.script, FacesReady: func() bool { return true },
		Logger: hclog.New(&hclog.LoggerOptions{Output: r.log, Level: hclog.Debug}),
	}
	for _, c := range changes {
		c(&o, r.script, &q)
	}
	r.queue = queue.New(q)
	o.Queue = r.queue
	r.gateway = socketio.New(o)
	rest := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	server := httptest.NewServer(r.gateway.Beside(rest))
	r.url = server.URL
	t.Cleanup(func() {
		over, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		cancel()
		_ = r.gateway.Drain(over, 0)
		require.NoError(t, r.gateway.Drain(context.WithoutCancel(t.Context()), 0))
		server.Close()
	})
	return r
}

// client is a Socket.IO client on a websocket.
type client struct {
	*ws.Conn
}

func (r *rig) dial(t *testing.T, headers ...string) (client, *http.Response, error) {
	t.Helper()
	header := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	c, resp, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(r.url, "http")+"/socket.io/?EIO=4&transport=websocket", &ws.DialOptions{HTTPHeader: header})
	if err != nil {
		return client{}, resp, err
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	greeting := client{c}.hear(t)
	require.True(t, strings.HasPrefix(greeting, "0{"), greeting)
	return client{c}, resp, nil
}

// connect gives a client that is connected, and its sid.
func (r *rig) connect(t *testing.T) (client, string) {
	t.Helper()
	c, _, err := r.dial(t) //nolint:bodyclose // a websocket has none
	require.NoError(t, err)
	c.say(t, "40")
	var hello struct {
		SID string `json:"sid"`
	}
	text, is := strings.CutPrefix(c.hear(t), "40")
	require.True(t, is)
	require.NoError(t, json.Unmarshal([]byte(text), &hello))
	name, data := c.event(t)
	require.Equal(t, "connected", name)
	require.Equal(t, map[string]any{"status": "ok", "models_loaded": true, "sid": hello.SID}, data)
	return c, hello.SID
}

func (c client) say(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, c.Write(t.Context(), ws.MessageText, []byte(text)))
}

func (c client) hear(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, data, err := c.Read(ctx)
	require.NoError(t, err)
	return string(data)
}

// event gives the next event.
func (c client) event(t *testing.T) (name string, data map[string]any) {
	t.Helper()
	text := c.hear(t)
	raw, is := strings.CutPrefix(text, "42")
	require.True(t, is, text)
	var parts []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(raw), &parts))
	require.Len(t, parts, 2)
	require.NoError(t, json.Unmarshal(parts[0], &name))
	require.NoError(t, json.Unmarshal(parts[1], &data))
	return name, data
}

// until gives the next event of a name and passes over others.
func (c client) until(t *testing.T, name string) map[string]any {
	t.Helper()
	for {
		if told, data := c.event(t); told == name {
			return data
		}
	}
}

// closed waits until the server has ended the session.
func (c client) closed(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := c.Read(ctx); err != nil {
			require.NoError(t, ctx.Err(), "the server goes on")
			return
		}
	}
}

const videoRequest = `{"text": "안녕하세요.", "avatar": "talk_long", "resolution": "480p", "frame_skip": 2, "tts_voice": "Rachel", "x": 1}`

// idle waits until nothing waits or runs.
func (r *rig) idle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		now := r.queue.Status()
		return len(now.Running)+len(now.Waiting) == 0
	}, 10*time.Second, time.Millisecond)
}

// script plays the pipeline and the ledger.
type script struct {
	// refuse is what preparing answers.
	refuse error
	// halfway runs after the first event, and may fail or wait.
	halfway func(ctx context.Context) error

	mu     sync.Mutex
	last   generation.LipsyncRequest
	owners map[string]interview.Owner
}

// PrepareLipsync implements socketio.Generator.
func (s *script) PrepareLipsync(_ context.Context, req generation.LipsyncRequest) (generation.QueuedRun[generation.VideoResult], error) {
	s.mu.Lock()
	s.last = req
	s.mu.Unlock()
	return func(ctx context.Context, turn generation.Turn, emit generation.Emit) (generation.VideoResult, error) {
		none := generation.VideoResult{}
		if err := turn.Wait(ctx, func(position int, _ time.Duration) {
			_ = emit(generation.Queued{Type: "queue", Position: position, EstimatedWait: 12.5})
		}); err != nil {
			return none, err
		}
		if err := emit(generation.Status{Type: "status", Stage: generation.StageTTS, Message: "TTS 음성 생성 중..."}); err != nil {
			return none, err
		}
		if s.halfway != nil {
			if err := s.halfway(ctx); err != nil {
				return none, err
			}
		}
		elapsed := generation.Seconds(2.1)
		for _, e := range []generation.Event{
			generation.Status{Type: "status", Stage: generation.StageTTSDone, Message: "TTS 완료 (3.5초)", AudioURL: "/assets/audio/tts_a.wav", Duration: 3.5, Elapsed: &elapsed},
			generation.Status{Type: "status", Stage: generation.StageLipsync, Message: "립싱크 비디오 생성 중..."},
			generation.Progress{Type: "progress", Progress: 50, Message: "프레임 처리 중... (44/88)"},
			generation.LipsyncDone{
				Type: "done", Text: req.Speech.Text, VideoURL: "/video/lipsync_a.mp4", AudioURL: "/assets/audio/tts_a.wav", AudioDuration: 3.5,
				Elapsed: generation.LipsyncElapsed{TTS: 2.1, Lipsync: 15.3, Total: 17.4},
			},
		} {
			if err := emit(e); err != nil {
				return none, err
			}
		}
		return none, nil
	}, s.refuse
}

// Owning implements socketio.Ledger.
func (s *script) Owning(_ context.Context, owner interview.Owner, emit generation.Emit) generation.Emit {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners[owner.SID] = owner
	return emit
}

func (s *script) asked() generation.LipsyncRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *script) owner(sid string) interview.Owner {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owners[sid]
}

// until the context ends, or what comes first.
func held(release <-chan struct{}) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// nobody is a ledger that notes nothing.
type nobody struct{ *script }

// Owning implements socketio.Ledger.
func (nobody) Owning(_ context.Context, _ interview.Owner, emit generation.Emit) generation.Emit {
	return emit
}
