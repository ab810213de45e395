package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

const rateHz = 22050

// listener keeps what it hears and checks the order of the stream.
type listener struct {
	t      testing.TB
	format speech.Format
	starts int
	pcm    []int16
	marks  []speech.Mark
	chunks int
	hook   func() error
}

func (l *listener) Start(format speech.Format) error {
	l.starts++
	l.format = format
	return nil
}

func (l *listener) Chunk(chunk speech.Chunk) error {
	assert.Equal(l.t, 1, l.starts, "started once, before the first chunk")
	l.pcm = append(l.pcm, chunk.PCM...)
	l.marks = append(l.marks, chunk.Marks...)
	l.chunks++
	for _, m := range chunk.Marks {
		assert.Less(l.t, m.Start, int64(len(l.pcm)), "a mark comes with its sound or earlier")
	}
	if l.hook != nil {
		return l.hook()
	}
	return nil
}

func nativesDir() string {
	build := os.Getenv("VISAVIS_BUILD")
	if build == "" {
		build = filepath.Join("..", "..", "build")
	}
	dir, err := filepath.Abs(filepath.Join(build, "natives"))
	if err != nil {
		return build
	}
	return dir
}

func open(t *testing.T, settings Settings) tts.Synthesizer {
	t.Helper()
	engine, err := Open(t.Context(), settings, plugin.Env{NativesDir: nativesDir(), TempDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() {
		closer, ok := engine.(io.Closer)
		if assert.True(t, ok) {
			assert.NoError(t, closer.Close())
		}
	})
	return engine
}

func speak(t *testing.T, engine tts.Synthesizer, req tts.Request) *listener {
	t.Helper()
	l := &listener{t: t}
	require.NoError(t, engine.Synthesize(t.Context(), req, l), "%.60q", req.Text)
	return l
}

func text(marks []speech.Mark) string {
	var all []string
	for _, m := range marks {
		if m.Text == "" {
			all = append(all, "|")
			continue
		}
		all = append(all, m.Text)
	}
	return strings.Join(all, " ")
}

// level is the RMS of samples in dB below full scale.
func level(pcm []int16) float64 {
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return 10*math.Log10(sum/float64(max(1, len(pcm)))+1e-9) - 20*math.Log10(32768)
}

// loudness is the level of the pieces of 50 ms that sound.
func loudness(pcm []int16) float64 {
	var sounding []int16
	for start := 0; start+1102 <= len(pcm); start += 1102 {
		if piece := pcm[start : start+1102]; level(piece) > -45 {
			sounding = append(sounding, piece...)
		}
	}
	return level(sounding)
}
