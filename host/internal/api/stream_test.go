package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// chunks posts on a connection of its own and gives each piece as the host flushed it: HTTP's chunks are the
// boundaries of its writes.
func chunks(t *testing.T, r *rig, path, body string) (header http.Header, pieces []string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(r.url, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	status, err := reader.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, status, "200 OK")
	header = http.Header{}
	for {
		line, err := reader.ReadString('\n')
		require.NoError(t, err)
		name, value, is := strings.Cut(strings.TrimSpace(line), ": ")
		if !is {
			break
		}
		header.Add(name, value)
	}
	require.Equal(t, "chunked", header.Get("Transfer-Encoding"))
	for {
		line, err := reader.ReadString('\n')
		require.NoError(t, err)
		size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		require.NoError(t, err)
		piece := make([]byte, size+2)
		_, err = io.ReadFull(reader, piece)
		require.NoError(t, err)
		if size == 0 {
			return header, pieces
		}
		pieces = append(pieces, string(piece[:size]))
	}
}

// golden compares with a file; an updating run rewrites it and fails all the same.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		t.Errorf("%s was rewritten: look at it and run again", path)
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update to write it")
	assert.Equal(t, string(want), got)
}

// transcript shows each flush of a stream with names of files made equal.
func transcript(pieces []string) string {
	var out strings.Builder
	for _, piece := range pieces {
		out.WriteString("--- flush\n")
		out.WriteString(regexp.MustCompile(`(tts|lipsync)_[a-z2-7]{24}`).ReplaceAllString(piece, "${1}_<id>"))
	}
	return out.String()
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	video := `"avatar":"talk_long","resolution":"720p"`
	broken := failing(fault.New(fault.Unavailable, "speak", "음성 엔진이 응답하지 않습니다", errors.New(secret)))
	for name, tc := range map[string]struct {
		path, body string
		changes    []change
	}{
		"chat":               {"/api/chat/stream", `{"message":"자기소개를 해주세요","history":[]}`, nil},
		"chat-fails":         {"/api/chat/stream", `{"message":"자기소개를 해주세요"}`, []change{broken}},
		"lipsync":            {"/api/v2/lipsync/stream", `{"text":"안녕하세요 <b>&\"면접\"</b>\n환영합니다 😀",` + video + `}`, nil},
		"lipsync-fails":      {"/api/v2/lipsync/stream", `{"text":"안녕하세요",` + video + `}`, []change{broken}},
		"chat-lipsync":       {"/api/v2/chat_and_lipsync/stream", `{"message":"자기소개를 해주세요","history":[],` + video + `}`, nil},
		"chat-lipsync-fails": {"/api/v2/chat_and_lipsync/stream", `{"message":"자기소개를 해주세요",` + video + `}`, []change{broken}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header, pieces := chunks(t, start(t, tc.changes...), tc.path, tc.body)
			golden(t, name+".sse", transcript(pieces))
			assert.Equal(t, "text/event-stream; charset=utf-8", header.Get("Content-Type"))
			assert.Equal(t, "no-cache", header.Get("Cache-Control"))
			assert.Equal(t, "no", header.Get("X-Accel-Buffering"))
			assert.Regexp(t, `^[0-9a-f]{8}$`, header.Get("X-Request-Id"))
			assert.NotEmpty(t, header.Get("X-Session-Id"))
			read := readLikeTheDocument(t, pieces)
			require.Len(t, read, len(pieces), "each flush is one event, whole")
			for _, event := range read {
				validate(t, streamSchema(tc.path), event)
			}
		})
	}
}

// readLikeTheDocument is the loop of the document's JavaScript: each chunk is split on newlines, on its own.
func readLikeTheDocument(t *testing.T, pieces []string) []map[string]any {
	t.Helper()
	var events []map[string]any
	for _, chunk := range pieces {
		for line := range strings.SplitSeq(chunk, "\n") {
			data, is := strings.CutPrefix(line, "data: ")
			if !is {
				assert.Empty(t, line, "no lines but data and the empty one")
				continue
			}
			var event map[string]any
			require.NoError(t, json.Unmarshal([]byte(data), &event), "an event is never cut: %q", chunk)
			events = append(events, event)
		}
	}
	return events
}

// A stream that is silent is kept alive by comments, which the document's loop skips.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	r := start(t, func(o *api.Options, s *script, _ *queue.Options) {
		o.KeepAlive = time.Millisecond
		s.halfway = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines := r.open(ctx, t, "POST /api/chat/stream", `{"message":"네"}`).body
	token, comments := false, 0
	for comments < 2 {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		switch line {
		case "data: {\"type\":\"token\",\"content\":\"안녕\"}\n":
			token = true
		case ": keep-alive\n":
			if token { // before it, the machine was slow
				comments++
			}
		default:
			require.Equal(t, "\n", line)
		}
	}
}

// A client that goes away ends its own work, on every path, and frees its place.
func TestAClientThatGoesAway(t *testing.T) {
	t.Parallel()
	for path, body := range map[string]string{
		"/api/chat": `{"message":"네"}`, "/api/chat/stream": `{"message":"네"}`, "/api/v2/tts": `{"text":"네"}`,
		"/api/v2/lipsync": `{"text":"네","avatar":"x"}`, "/api/v2/lipsync/stream": `{"text":"네","avatar":"x"}`,
		"/api/v2/chat_and_lipsync":        `{"message":"네","avatar":"x"}`,
		"/api/v2/chat_and_lipsync/stream": `{"message":"네","avatar":"x"}`,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			working, ended := make(chan struct{}), make(chan struct{})
			r := start(t, func(_ *api.Options, s *script, _ *queue.Options) {
				s.halfway = func(ctx context.Context) error {
					close(working)
					<-ctx.Done()
					close(ended)
					return ctx.Err()
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			gone := make(chan error, 1)
			go func() {
				gone <- r.ask(ctx, path, body).err
			}()
			<-working
			cancel()
			<-ended
			require.ErrorIs(t, <-gone, context.Canceled)
			eventually(t, func() bool { return len(r.queue.Status().Running) == 0 })
			assert.NotContains(t, r.log.String(), "request failed", "that is no failure")
		})
	}
}

// eventually waits for what another goroutine is about to do.
func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 20*time.Second, time.Millisecond)
}

// Many clients stream at once: each gets all of its own, in order.
func TestManyStreams(t *testing.T) {
	t.Parallel()
	const clients, tokens = 200, 100
	r := start(t, func(_ *api.Options, s *script, _ *queue.Options) {
		for i := range tokens {
			s.tokens = append(s.tokens, fmt.Sprintf("%d ", i))
		}
	})
	want := strings.Join(r.script.tokens, "")
	answers := make([]asked, clients)
	var all sync.WaitGroup
	for n := range answers {
		all.Go(func() {
			answers[n] = r.ask(t.Context(), "/api/chat/stream", fmt.Sprintf(`{"message":"네","sid":"client-%d"}`, n))
		})
	}
	all.Wait()
	for _, a := range answers {
		require.NoError(t, a.err)
		require.Equal(t, http.StatusOK, a.status)
		var said strings.Builder
		events := slices.DeleteFunc(strings.Split(strings.TrimSuffix(a.body, "\n\n"), "\n\n"), func(event string) bool {
			return strings.HasPrefix(event, ":") // a slow machine is kept alive
		})
		for _, event := range events {
			var e struct {
				Content string `json:"content"`
			}
			require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(event, "data: ")), &e))
			said.WriteString(e.Content)
		}
		assert.Len(t, events, tokens+1)
		assert.Equal(t, want, said.String())
	}
}

// asked is an answer, or why there is none.
type asked struct {
	status int
	body   string
	err    error
}

// ask posts from a goroutine of its own, where a test must not be ended.
func (r *rig) ask(ctx context.Context, path, body string) asked {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		return asked{err: err}
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return asked{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return asked{status: resp.StatusCode, body: string(raw), err: err}
}

// A client that does not read holds up nobody but itself.
func TestASlowReader(t *testing.T) {
	t.Parallel()
	r := start(t, func(_ *api.Options, s *script, _ *queue.Options) {
		s.tokens = []string{strings.Repeat("가", 1<<20), strings.Repeat("나", 1<<20), strings.Repeat("다", 1<<20)}
	})
	slow := r.open(t.Context(), t, "POST /api/chat/stream", `{"message":"네"}`)
	quick := r.post(t, "/api/chat/stream", `{"message":"네"}`)
	assert.True(t, strings.HasSuffix(quick.body, "}\n\n"))
	raw, err := io.ReadAll(slow.body)
	require.NoError(t, err)
	// Whoever takes long also gets comments that keep the connection alive.
	events := func(body string) string { return strings.ReplaceAll(body, ": keep-alive\n\n", "") }
	if events(quick.body) != events(string(raw)) { // megabytes, which no message should show
		t.Error("a slow reader does not get everything in its own time")
	}
}
