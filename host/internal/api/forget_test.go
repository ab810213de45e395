package api_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/media"
	"github.com/visavis-dev/visavis/host/internal/queue"
)

// An answer that is under way when its session is forgotten leaves nothing behind, even if it does not hear that it was
// cancelled.
func TestForgettingWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	r := start(t, func(_ *api.Options, s *script, _ *queue.Options) {
		s.halfway = func(ctx context.Context) error {
			close(entered)
			<-ctx.Done()
			<-time.After(100 * time.Millisecond)
			return s.talks.Remember(context.WithoutCancel(ctx), "sid:a", generation.Exchange{
				SID: "a", User: "뒤늦은 말", Asked: time.Now(), Assistant: "네", Answered: time.Now(),
			})
		}
	})
	answered := make(chan error, 1)
	go func() { answered <- r.ask(t.Context(), "/api/chat", `{"message":"네","sid":"a"}`).err }()
	<-entered
	assert.Equal(t, http.StatusOK, r.do(t, http.MethodDelete, "/api/sessions/a", "").status)
	require.NoError(t, <-answered)
	assert.Equal(t, http.StatusNotFound, r.get(t, "/api/sessions/a/transcript").status)
}

func TestForgettingASessionRemovesItsFiles(t *testing.T) {
	t.Parallel()
	r := start(t)
	made := read[api.VideoAnswer](t, r.do(t, http.MethodPost, "/api/v2/lipsync", `{"text":"네","avatar":"talk_long","sid":"a"}`))
	kept := read[api.SpeechAnswer](t, r.do(t, http.MethodPost, "/api/v2/tts", `{"text":"네","sid":"b"}`))
	require.Equal(t, http.StatusOK, r.get(t, made.VideoURL).status)
	require.Equal(t, http.StatusOK, r.do(t, http.MethodDelete, "/api/sessions/a", "").status)
	assert.Equal(t, http.StatusNotFound, r.get(t, made.VideoURL).status)
	assert.Equal(t, http.StatusOK, r.get(t, kept.AudioURL).status, "somebody else's")
	again := r.do(t, http.MethodDelete, "/api/sessions/a", "")
	assert.JSONEq(t, `{"status":"deleted"}`, again.body, "it may be said again")
}

// What could not be removed is still known when forgetting is asked for again.
func TestForgettingThatFailsHalfway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := start(t, func(o *api.Options, s *script, _ *queue.Options) {
		store, err := media.Open(media.Options{Dir: dir, Keep: time.Hour, KeepBytes: 1 << 20, Logger: o.Logger})
		require.NoError(t, err)
		t.Cleanup(store.Close)
		o.Files, s.store = store, store
	})
	made := read[api.SpeechAnswer](t, r.do(t, http.MethodPost, "/api/v2/tts", `{"text":"네","sid":"a"}`))
	path := filepath.Join(dir, filepath.FromSlash(made.AudioURL))
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o700))
	assert.Equal(t, http.StatusInternalServerError, r.do(t, http.MethodDelete, "/api/sessions/a", "").status)
	require.NoError(t, os.RemoveAll(path))
	require.NoError(t, os.WriteFile(path, []byte("voice"), 0o600))
	assert.Equal(t, http.StatusOK, r.do(t, http.MethodDelete, "/api/sessions/a", "").status)
	assert.NoFileExists(t, path)
}
