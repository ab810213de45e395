package media_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/media"
	"github.com/visavis-dev/visavis/sdk/fault"
)

func open(t *testing.T, dir string, bytes int64) *media.Store {
	t.Helper()
	s, err := media.Open(media.Options{Dir: dir, Keep: time.Hour, KeepBytes: bytes, Logger: hclog.NewNullLogger()})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func publish(t *testing.T, s *media.Store, kind generation.ArtefactKind, text string) generation.Artefact {
	t.Helper()
	d, err := s.Create(kind)
	require.NoError(t, err)
	_, err = d.Write([]byte(text))
	require.NoError(t, err)
	a, err := d.Publish()
	require.NoError(t, err)
	d.Discard()
	return a
}

func get(t *testing.T, s *media.Store, kind generation.ArtefactKind, name string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	if err := s.Serve(w, r, kind, name); err != nil {
		w.Code = http.StatusNotFound
	}
	return w
}

func TestAFileAppearsWhenItIsWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	d, err := s.Create(generation.Video)
	require.NoError(t, err)
	_, err = d.Write([]byte("half"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusNotFound, get(t, s, generation.Video, filepath.Base(d.Name())).Code, "a draft has no address")
	d.Discard()
	assert.NoFileExists(t, d.Name())

	a := publish(t, s, generation.Video, "whole")
	assert.Regexp(t, `^results/realtime/lipsync_[a-z2-7]{24}\.mp4$`, a.Path)
	assert.Equal(t, "/video/"+filepath.Base(a.Path), a.URL)
	w := get(t, s, generation.Video, filepath.Base(a.Path))
	assert.Equal(t, "whole", w.Body.String())
	assert.Equal(t, "video/mp4", w.Header().Get("Content-Type"))
	part := get(t, s, generation.Video, filepath.Base(a.Path), "Range", "bytes=1-2")
	assert.Equal(t, http.StatusPartialContent, part.Code)
	assert.Equal(t, "ho", part.Body.String())
	again := get(t, s, generation.Video, filepath.Base(a.Path), "If-None-Match", w.Header().Get("ETag"))
	assert.Equal(t, http.StatusNotModified, again.Code)
	assert.Equal(t, http.StatusNotFound, get(t, s, generation.Audio, filepath.Base(a.Path)).Code)
}

func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	secret := filepath.Join(dir, "secret.wav")
	require.NoError(t, os.WriteFile(secret, []byte("x"), 0o600))
	require.NoError(t, os.Symlink(secret, filepath.Join(dir, "assets", "audio", "tts_link.wav")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "assets", "audio", "tts_dir.wav"), 0o700))
	for _, name := range []string{"", ".", "..", "../../secret.wav", "tts_/../../../secret.wav", "tts_link.wav", "tts_dir.wav", "tts_none.wav", "/etc/passwd"} {
		assert.Equal(t, http.StatusNotFound, get(t, s, generation.Audio, name).Code, name)
	}
}

func TestFilesExpire(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	first, second := publish(t, s, generation.Audio, "aaaaaa"), publish(t, s, generation.Video, "bbbbbb")
	now := time.Now()
	age := func(a generation.Artefact, d time.Duration) {
		require.NoError(t, os.Chtimes(filepath.Join(dir, a.Path), now.Add(-d), now.Add(-d)))
	}
	age(first, 20*time.Minute)
	age(second, 10*time.Minute)
	s.Sweep(now)
	assert.FileExists(t, filepath.Join(dir, first.Path))
	age(second, time.Hour)
	assert.Equal(t, http.StatusNotFound, get(t, s, generation.Video, filepath.Base(second.Path)).Code, "before the sweep too")
	s.Sweep(now)
	assert.NoFileExists(t, filepath.Join(dir, second.Path))
	assert.FileExists(t, filepath.Join(dir, first.Path))
}

// What all files take is bounded as soon as there is one more: the oldest go, the newest stays whatever it takes.
func TestTheTotalIsCapped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 10)
	var all []generation.Artefact
	for i := range 4 {
		all = append(all, publish(t, s, generation.Audio, "four"))
		then := time.Now().Add(time.Duration(i-10) * time.Minute)
		// The sweep may have been faster.
		if err := os.Chtimes(filepath.Join(dir, all[i].Path), then, then); err != nil {
			require.ErrorIs(t, err, fs.ErrNotExist)
		}
	}
	large := publish(t, s, generation.Video, "larger than all may be")
	require.Eventually(t, func() bool {
		left, err := filepath.Glob(filepath.Join(dir, "assets", "audio", "*"))
		return err == nil && len(left) == 0
	}, 10*time.Second, 5*time.Millisecond)
	assert.FileExists(t, filepath.Join(dir, large.Path))
}

// A store knows whether there is room before anybody has made something in vain.
func TestWritable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	require.NoError(t, s.Writable())
	left, err := filepath.Glob(filepath.Join(dir, "*", "*", ".*"))
	require.NoError(t, err)
	assert.Empty(t, left, "it leaves nothing behind")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "results")))
	assert.Equal(t, fault.Unavailable, fault.KindOf(s.Writable()))
}

func TestLeftoversOfACrashAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	left, err := open(t, dir, 10).Create(generation.Audio)
	require.NoError(t, err)
	kept := publish(t, open(t, dir, 10), generation.Audio, "x")
	open(t, dir, 10)
	assert.NoFileExists(t, left.Name())
	assert.FileExists(t, filepath.Join(dir, kept.Path))
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 10)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "assets")))
	_, err := s.Create(generation.Audio)
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.NotContains(t, fault.HintOf(err), "/")
	assert.Contains(t, fault.HintOf(err), "저장")
}
