package sse_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/sse"
)

type token struct {
	Type    string `json:"type"`
	Content string `json:"content"`
}

func serve(t *testing.T, handle http.HandlerFunc) *http.Response {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestEventsAreWhatTheDocumentShows(t *testing.T) {
	t.Parallel()
	resp := serve( //nolint:bodyclose // serve closes it with the test
		t, func(w http.ResponseWriter, r *http.Request) {
			s := sse.Start(w, r, sse.Options{})
			assert.NoError(t, s.Send(token{"token", "안녕 <b>&"}))
			assert.NoError(t, s.Send(token{"token", "줄\n바꿈"}))
			s.Close()
			assert.ErrorIs(t, s.Send(token{}), sse.ErrClosed)
		})
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "data: {\"type\":\"token\",\"content\":\"안녕 <b>&\"}\n\ndata: {\"type\":\"token\",\"content\":\"줄\\n바꿈\"}\n\n", string(raw))
	assert.True(t, strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream"))
	assert.Equal(t, "no", resp.Header.Get("X-Accel-Buffering"))
}

func TestEachEventArrivesAtOnce(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	resp := serve( //nolint:bodyclose // serve closes it with the test
		t, func(w http.ResponseWriter, r *http.Request) {
			s := sse.Start(w, r, sse.Options{})
			defer s.Close()
			for range next {
				assert.NoError(t, s.Send(token{"token", "x"}))
			}
		})
	reader := bufio.NewReader(resp.Body)
	for range 3 {
		next <- struct{}{}
		line, err := reader.ReadString('\n')
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(line, "data: "))
		_, err = reader.ReadString('\n')
		require.NoError(t, err)
	}
	close(next)
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	resp := serve(t, func(w http.ResponseWriter, r *http.Request) {
		s := sse.Start(w, r, sse.Options{KeepAlive: 5 * time.Millisecond})
		<-r.Context().Done()
		s.Close()
		close(ended)
	})
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, ": keep-alive\n", line)
	require.NoError(t, resp.Body.Close())
	<-ended
}
