package espeak_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/espeak"
)

func nativesDir(t *testing.T) string {
	t.Helper()
	build := os.Getenv("VISAVIS_BUILD")
	if build == "" {
		build = filepath.Join("..", "..", "..", "..", "build")
	}
	dir, err := filepath.Abs(filepath.Join(build, "natives", "espeak"))
	require.NoError(t, err)
	return dir
}

func open(t *testing.T) *espeak.Library {
	t.Helper()
	dir := nativesDir(t)
	library, err := espeak.Open(t.Context(), dir, dir)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, library.Close()) })
	return library
}

func TestSpeak(t *testing.T) {
	t.Parallel()
	said, err := open(t).Speak(t.Context(), espeak.Utterance{Text: "밥", Voice: "ko", Rate: 175, Pitch: 50, Range: 50})
	require.NoError(t, err)
	var names []string
	for _, p := range said.Phonemes {
		names = append(names, p.IPA)
	}
	assert.Equal(t, "p ɐ p ", strings.Join(names, " "))
	assert.InDelta(t, 0.4, float64(len(said.PCM))/espeak.SampleRate, 0.2)
}

func TestRateAndPitchChangeTheSound(t *testing.T) {
	t.Parallel()
	library := open(t)
	u := espeak.Utterance{Text: "Good morning to you", Voice: "en-us", Rate: 175, Pitch: 50, Range: 50}
	normal, err := library.Speak(t.Context(), u)
	require.NoError(t, err)
	fast, high := u, u
	fast.Rate, high.Pitch = 350, 99
	quick, err := library.Speak(t.Context(), fast)
	require.NoError(t, err)
	assert.InDelta(t, 0.5, float64(len(quick.PCM))/float64(len(normal.PCM)), 0.15)
	shrill, err := library.Speak(t.Context(), high)
	require.NoError(t, err)
	assert.Greater(t, crossings(shrill.PCM), crossings(normal.PCM))
	assert.InDelta(t, len(normal.PCM), len(shrill.PCM), float64(len(normal.PCM))/10)
}

func crossings(pcm []int16) (n int) {
	for i := 1; i < len(pcm); i++ {
		if (pcm[i-1] < 0) != (pcm[i] < 0) {
			n++
		}
	}
	return n
}

func TestUnknownVoice(t *testing.T) {
	t.Parallel()
	for _, voice := range []string{"xx", "", "../ko", "a/b"} {
		_, err := open(t).Speak(t.Context(), espeak.Utterance{Text: "a", Voice: voice})
		assert.ErrorIs(t, err, espeak.ErrVoice, voice)
	}
}

func TestSpeakObeysItsContext(t *testing.T) {
	t.Parallel()
	library := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := library.Speak(ctx, espeak.Utterance{Text: "a", Voice: "ko"})
	require.ErrorIs(t, err, context.Canceled)
	_, err = espeak.Open(ctx, nativesDir(t), nativesDir(t))
	require.ErrorIs(t, err, context.Canceled)
}

func TestOpenRefusesWhatIsNoLibrary(t *testing.T) {
	t.Parallel()
	empty, fake := t.TempDir(), t.TempDir()
	_, err := espeak.Open(t.Context(), empty, nativesDir(t))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = espeak.Open(t.Context(), nativesDir(t), empty)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(filepath.Join(fake, "libespeak-ng.so"), []byte("no library"), 0o600))
	_, err = espeak.Open(t.Context(), fake, nativesDir(t))
	require.ErrorContains(t, err, "load speech library")
	long := filepath.Join(empty, strings.Repeat("x", 100), strings.Repeat("y", 100), "espeak-ng-data")
	require.NoError(t, os.MkdirAll(long, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(long, "phondata"), nil, 0o600))
	_, err = espeak.Open(t.Context(), nativesDir(t), filepath.Dir(long))
	require.ErrorContains(t, err, "longer than")
}
