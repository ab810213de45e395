package sse_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/sse"
)

// watched is a listener whose connections note what is done to them.
type watched struct {
	net.Listener
	mu     sync.Mutex
	writes [][]byte
	files  int
}

func (w *watched) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &watchedConn{TCPConn: c.(*net.TCPConn), by: w}, nil //nolint:forcetypeassert // a test may fail so
}

func (w *watched) seen() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.writes)
}

func (w *watched) filesSent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.files
}

type watchedConn struct {
	*net.TCPConn
	by *watched
}

func (c *watchedConn) Write(p []byte) (int, error) {
	c.by.mu.Lock()
	c.by.writes = append(c.by.writes, bytes.Clone(p))
	c.by.mu.Unlock()
	return c.TCPConn.Write(p)
}

func (c *watchedConn) ReadFrom(r io.Reader) (int64, error) {
	c.by.mu.Lock()
	c.by.files++
	c.by.mu.Unlock()
	return c.TCPConn.ReadFrom(r)
}

// serveWatched serves as the host does.
func serveWatched(t *testing.T, handle http.HandlerFunc) *watched {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &watched{Listener: l}
	server := &http.Server{Handler: handle, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- sse.Serve(server, w) }()
	t.Cleanup(func() {
		assert.NoError(t, server.Close())
		assert.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return w
}

func dial(t *testing.T, w *watched) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", w.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// sizes are lengths of events around every limit of net/http's buffers (2048 and 4096 bytes), and well over them.
func sizes() []int {
	all := []int{1, 3000, 5600, 10_000, 40_000, 70_000, 300_000}
	for _, limit := range []int{2048, 4096, 8192} {
		for n := limit - 60; n < limit+8; n++ {
			all = append(all, n)
		}
	}
	return all
}

// streamed is what a client gets that reads the raw connection, without the framing of proto.
func streamed(t *testing.T, conn net.Conn, proto string) string {
	t.Helper()
	_, err := fmt.Fprintf(conn, "GET / %s\r\nHost: test\r\n\r\n", proto)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return string(raw)
}

// Clients that take what one read gives them for whole events see no half ones: an event leaves in one write of
// its own, whatever its length, while others wait behind it, on a connection that has served before.
func TestAnEventLeavesInOneWrite(t *testing.T) {
	t.Parallel()
	for _, proto := range []string{"HTTP/1.1", "HTTP/1.0"} {
		t.Run(proto, func(t *testing.T) {
			t.Parallel()
			w := serveWatched(t, func(w http.ResponseWriter, r *http.Request) {
				s := sse.Start(w, r, sse.Options{KeepAlive: time.Millisecond})
				defer s.Close()
				var senders sync.WaitGroup
				for sender := range 4 {
					senders.Go(func() {
						for _, n := range sizes() {
							assert.NoError(t, s.Send(token{fmt.Sprint(sender, " ", n), strings.Repeat("x", n)}))
						}
					})
				}
				senders.Wait()
			})
			conn := dial(t, w)
			requests := 1
			if proto == "HTTP/1.1" {
				requests = 2
			}
			var read string
			for range requests {
				read = streamed(t, conn, proto)
			}
			for sender := range 4 {
				from := 0
				for _, n := range sizes() {
					event := fmt.Sprintf("data: {\"type\":\"%d %d\",\"content\":\"%s\"}\n\n", sender, n, strings.Repeat("x", n))
					at := strings.Index(read[from:], event)
					require.GreaterOrEqual(t, at, 0, "event of %d is not there, or out of order", n)
					from += at + len(event)
				}
			}
			events := 0
			for _, p := range w.seen() {
				if !bytes.Contains(p, []byte("xxx")) && !bytes.Contains(p, []byte("data:")) {
					continue // headers, keep-alives, the end
				}
				events++
				assertOneEvent(t, p, proto)
			}
			assert.Equal(t, requests*4*len(sizes()), events)
		})
	}
}

// assertOneEvent checks that a write is one event in one chunk.
func assertOneEvent(t *testing.T, p []byte, proto string) {
	t.Helper()
	if proto == "HTTP/1.1" {
		length := len(p)
		chunk, err := io.ReadAll(httputil.NewChunkedReader(io.MultiReader(bytes.NewReader(p), strings.NewReader("0\r\n\r\n"))))
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("%x\r\n", len(chunk)), string(p[:length-len(chunk)-2]))
		p = chunk
	}
	assert.True(t, bytes.HasPrefix(p, []byte("data: ")) && bytes.HasSuffix(p, []byte("\"}\n\n")) && bytes.Count(p, []byte("\n")) == 2,
		"%d bytes: %.40q … %q", len(p), p, p[max(0, len(p)-20):])
}

// A client that does not read is given up, and its request's context ends: by an event that is in several writes
// for net/http, too.
func TestAClientThatDoesNotReadIsGivenUp(t *testing.T) {
	t.Parallel()
	gone := make(chan error, 1)
	w := serveWatched(t, func(w http.ResponseWriter, r *http.Request) {
		s := sse.Start(w, r, sse.Options{SendWithin: 50 * time.Millisecond})
		defer s.Close()
		for {
			if err := s.Send(token{"token", strings.Repeat("x", 1<<20)}); err != nil {
				<-r.Context().Done()
				gone <- errors.Join(err, s.Send(token{}))
				return
			}
		}
	})
	_, err := io.WriteString(dial(t, w), "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
	require.NoError(t, err)
	select {
	case err := <-gone:
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	case <-time.After(20 * time.Second):
		t.Fatal("the host still writes to a client that does not read")
	}
}

// What is no stream goes its way as before: files by the kernel, other answers as they are written, and who takes
// a connection over has it whole.
func TestOtherAnswersAreAsBefore(t *testing.T) {
	t.Parallel()
	film := bytes.Repeat([]byte("film"), 1<<18)
	file := filepath.Join(t.TempDir(), "film.mp4")
	require.NoError(t, os.WriteFile(file, film, 0o600))
	large := strings.Repeat("y", 100_000)
	w := serveWatched(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/film":
			http.ServeFile(w, r, file)
		case "/large":
			_, err := io.WriteString(w, large)
			assert.NoError(t, err)
		case "/stream":
			s := sse.Start(w, r, sse.Options{})
			assert.NoError(t, s.Send(token{"token", large}))
			s.Close()
		case "/taken":
			conn, _, err := http.NewResponseController(w).Hijack()
			if assert.NoError(t, err) {
				_, err = io.WriteString(conn, large)
				assert.NoError(t, err)
				assert.NoError(t, conn.Close())
			}
		}
	})
	conn := dial(t, w)
	reader := bufio.NewReader(conn)
	get := func(path string) string {
		_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path)
		require.NoError(t, err)
		resp, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		raw, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return string(raw)
	}
	for range 2 { // one connection, streams in between
		assert.Contains(t, get("/stream"), large)
		assert.Equal(t, string(film), get("/film"))
		assert.Equal(t, large, get("/large"))
	}
	assert.Equal(t, 2, w.filesSent(), "files are left to the kernel")
	_, err := io.WriteString(conn, "GET /taken HTTP/1.1\r\nHost: test\r\n\r\n")
	require.NoError(t, err)
	raw, err := io.ReadAll(reader)
	require.NoError(t, err)
	assert.Equal(t, large, string(raw))
}
