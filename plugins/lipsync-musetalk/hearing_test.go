package main

import (
	"context"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/sound"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// counting is a network whose every feature tells how many samples it was given that are no silence.
type counting struct{ heard []int }

// Hear implements hearer.
func (c *counting) Hear(samples []float32, _ int, _ float32) ([]float32, float32, error) {
	n := 0
	for _, s := range samples {
		if s != 0 {
			n++
		}
	}
	c.heard = append(c.heard, n)
	features := make([]float32, networks.Features*networks.Feature)
	for i := range features {
		features[i] = float32(n)
	}
	return features, networks.Silent, nil
}

func loud(samples int) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = 1000
	}
	return pcm
}

// all hears a speech that comes in pieces, and gives the first value of each feature.
func all(t *testing.T, h *hearing, pcm []int16, piece int) []float32 {
	t.Helper()
	for have := 0; ; have = min(have+piece, len(pcm)) {
		for {
			more, err := h.advance(pcm[:have], have == len(pcm), 0)
			require.NoError(t, err)
			if !more {
				break
			}
		}
		if have == len(pcm) {
			break
		}
	}
	values := make([]float32, 0, h.known)
	for n := range h.known {
		values = append(values, h.features[n*networks.Feature])
	}
	return values
}

func TestPassesLieAtFixedPlaces(t *testing.T) {
	t.Parallel()
	c := &counting{}
	values := all(t, newHearing(c, false, false), loud(16000), 1000)
	assert.Equal(t, []int{2560, 6400, 12800, 16000}, c.heard)
	require.Len(t, values, 50)
	assert.Equal(t, 6, sound.End(0, video.FrameRate), "the first frame hears what the first pass gives")
	assert.InDelta(t, 2560, values[5], 0)
	assert.InDelta(t, 6400, values[6], 0, "the last two of a pass wait for the next one")
	assert.InDelta(t, 12800, values[37], 0)
	assert.InDelta(t, 16000, values[38], 0)
	for _, piece := range []int{1, 2560, 7777, 16000} {
		assert.Equal(t, values, all(t, newHearing(&counting{}, false, false), loud(16000), piece), "however it comes")
	}
	for _, samples := range []int{1, 319, 320, 2559, 2560, 2561, 6400, 12800} {
		values := all(t, newHearing(&counting{}, false, false), loud(samples), 500)
		assert.Len(t, values, samples/320)
		assert.Equal(t, values, all(t, newHearing(&counting{}, false, false), loud(samples), samples), samples)
	}
}

func TestHalfMinutes(t *testing.T) {
	t.Parallel()
	c := &counting{}
	values := all(t, newHearing(c, false, false), loud(sound.Segment+16000), 4000)
	require.Len(t, values, 1550)
	assert.InDelta(t, sound.Segment, values[1499], 0)
	assert.InDelta(t, 2560, values[1500], 0, "the next one begins anew")
	c = &counting{}
	values = all(t, newHearing(c, true, false), loud(sound.Segment+16000), 4000)
	assert.Equal(t, []int{sound.Segment, 16000}, c.heard, "when it waits for the whole, each is heard once")
	require.Len(t, values, 1550)
	assert.InDelta(t, 16000, values[1500], 0)
}

func TestSilenceIsNotHeard(t *testing.T) {
	t.Parallel()
	c := &counting{}
	h := newHearing(c, false, false)
	for {
		more, err := h.advance(loud(32000), true, 35)
		require.NoError(t, err)
		if !more {
			break
		}
	}
	assert.Equal(t, []int{12800, 19200, 25600, 32000}, c.heard, "the first two passes give nothing that anybody needs")
	assert.Zero(t, h.features[17*networks.Feature])
	assert.InDelta(t, 12800, h.features[18*networks.Feature], 0)
	assert.Equal(t, 100, h.known)
}

func TestFeaturesAreForgotten(t *testing.T) {
	t.Parallel()
	h := newHearing(&counting{}, false, false)
	all(t, h, loud(32000), 4000)
	h.forget(-4)
	assert.Len(t, h.features, 100*networks.Feature)
	h.forget(60)
	assert.Len(t, h.features, 40*networks.Feature)
	assert.Equal(t, 60, h.first)
	h.forget(500)
	assert.Empty(t, h.features)
	assert.Equal(t, 100, h.first)
}

// gated is speech whose second part waits until it is let go.
type gated struct {
	script

	first int
	let   <-chan struct{}
}

// Next implements lipsync.Speech.
func (g *gated) Next(ctx context.Context) (speech.Chunk, error) {
	if g.first > 0 {
		c := speech.Chunk{PCM: g.pcm[:g.first]}
		g.pcm, g.first = g.pcm[g.first:], 0
		return c, nil
	}
	select {
	case <-g.let:
		return g.script.Next(ctx)
	case <-ctx.Done():
		return speech.Chunk{}, ctx.Err()
	}
}

// A fifth of a second of speech is enough for the first face.
func TestDrawsWhileTheSpeechGoesOn(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	f := &fakes{told: sync.OnceFunc(func() { close(let) })}
	said := make([]int16, rate)
	for i := range said {
		said[i] = 20000
	}
	out, err := rendered(t, f, &gated{script: script{pcm: said}, first: rate / 5, let: let}, 1, 4)
	require.NoError(t, err)
	assert.Len(t, out.frames(t), 25)
	assert.Zero(t, out.progress[0].Total, "it draws before it knows how long the speech is")
}

// The film does not depend on how the speech arrives.
func TestPiecesChangeNothing(t *testing.T) {
	t.Parallel()
	var want [][]byte
	for _, pieces := range []int{300, 4000, 3 * rate} {
		out, err := rendered(t, &fakes{}, &script{pcm: words(), pieces: pieces}, 2, 4)
		require.NoError(t, err)
		frames := out.frames(t)
		if want == nil {
			want = frames
		}
		require.Equal(t, want, frames, pieces)
	}
}

func TestSpeechThatFails(t *testing.T) {
	t.Parallel()
	_, err := rendered(t, &fakes{}, broken{}, 1, 4)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = rendered(t, &fakes{}, &script{}, 1, 4)
	require.ErrorContains(t, err, "no samples")
}

// broken is speech that fails at once.
type broken struct{}

// Next implements lipsync.Speech.
func (broken) Next(context.Context) (speech.Chunk, error) { return speech.Chunk{}, io.ErrUnexpectedEOF }
