package engineio_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/engineio"
)

// direct calls a server without a network, so that its time can be the test's.
func direct(ctx context.Context, s *engineio.Server, method, query, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, "/socket.io/?"+query, strings.NewReader(body)))
	return w
}

// listening is a server that only waits, and tells why its session ended.
func listening() (s *engineio.Server, ended <-chan error) {
	over := make(chan error, 1)
	return engineio.New(engineio.Options{}, func(ctx context.Context, _ *engineio.Conn) {
		<-ctx.Done()
		over <- context.Cause(ctx)
	}), over
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, ended := listening()
		began := time.Now()
		query := begin(t, s)
		for range 10 {
			require.Equal(t, "2", direct(t.Context(), s, http.MethodGet, query, "").Body.String())
			require.Equal(t, "ok", direct(t.Context(), s, http.MethodPost, query, "3").Body.String())
		}
		assert.Equal(t, 250*time.Second, time.Since(began), "one ping every 25 seconds")
		require.ErrorIs(t, <-ended, engineio.ErrSilent)
		assert.Equal(t, 295*time.Second, time.Since(began), "the answer to the last one did not come within 20 seconds")
		synctest.Wait()
		assert.Equal(t, http.StatusBadRequest, direct(t.Context(), s, http.MethodGet, query, "").Code)
		require.NoError(t, s.Close(t.Context()))
	})
}

// An answer that was not asked for puts nothing off.
func TestUnaskedPongs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := engineio.New(engineio.Options{}, func(ctx context.Context, _ *engineio.Conn) { <-ctx.Done() })
		query := begin(t, s)
		began := time.Now()
		time.Sleep(20 * time.Second)
		direct(t.Context(), s, http.MethodPost, query, "3")
		require.Equal(t, "2", direct(t.Context(), s, http.MethodGet, query, "").Body.String())
		assert.Equal(t, 25*time.Second, time.Since(began))
		require.NoError(t, s.Close(t.Context()))
	})
}

// The end of a poll that waits is the end of its client.
func TestAClientLeavesWhileItPolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, ended := listening()
		query := begin(t, s)
		began := time.Now()
		ctx, leave := context.WithCancel(t.Context())
		go direct(ctx, s, http.MethodGet, query, "")
		synctest.Wait()
		leave()
		require.ErrorIs(t, <-ended, engineio.ErrGone)
		assert.Zero(t, time.Since(began))
		require.NoError(t, s.Close(t.Context()))
	})
}

// One that was killed between two polls takes nothing any more.
func TestAClientThatPollsNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := make(chan *engineio.Conn, 1)
		s := engineio.New(engineio.Options{}, func(ctx context.Context, c *engineio.Conn) {
			begun <- c
			<-ctx.Done()
		})
		query := begin(t, s)
		c := <-begun
		for range 20 { // one that polls late is waited for
			require.NoError(t, c.Send("a"))
			time.Sleep(time.Second)
			require.Equal(t, "4a", direct(t.Context(), s, http.MethodGet, query, "").Body.String())
		}
		for range 11 {
			require.NoError(t, c.Send("a"))
			time.Sleep(time.Second)
		}
		require.ErrorIs(t, c.Send("a"), engineio.ErrSlow)
		require.NoError(t, s.Close(t.Context()))
	})
}

// begin opens a session and gives its query.
func begin(t *testing.T, s *engineio.Server) string {
	t.Helper()
	sid, is := greetingOf(t, direct(t.Context(), s, http.MethodGet, byPolling, "").Body.String())["sid"].(string)
	require.True(t, is)
	return byPolling + "&sid=" + sid
}

// FuzzPayload brings anything: a session ends or goes on, and is told which.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{"4a", "4a\x1e4b", "1", "2probe", "3", "b64", "0{}", "5", "6", "\x1e", "", "4\x1e\x1e4", "한글", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := engineio.New(engineio.Options{Linger: time.Nanosecond}, func(ctx context.Context, c *engineio.Conn) {
			for {
				select {
				case text := <-c.Messages():
					_ = c.Send(text)
				case <-ctx.Done():
					return
				}
			}
		})
		query := begin(t, s)
		code := direct(t.Context(), s, http.MethodPost, query, body).Code
		assert.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, code)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		_ = s.Close(over)
		require.NoError(t, s.Close(t.Context()))
	})
}
