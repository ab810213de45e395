package film_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/film"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// chunks are a speech.
type chunks [][]int16

// Next implements lipsync.Speech.
func (c *chunks) Next(context.Context) (speech.Chunk, error) {
	if len(*c) == 0 {
		return speech.Chunk{}, io.EOF
	}
	first := (*c)[0]
	*c = (*c)[1:]
	return speech.Chunk{PCM: first}, nil
}

// counter counts what it is given.
type counter struct {
	bytes int
	last  lipsync.Progress
}

// Fragment implements lipsync.Sink.
func (c *counter) Fragment(data []byte) error { c.bytes += len(data); return nil }

// Progress implements lipsync.Sink.
func (c *counter) Progress(p lipsync.Progress) error { c.last = p; return nil }

func make25(t *testing.T, speech chunks, draw film.Draw) (counter, error) {
	t.Helper()
	ffmpeg, err := filepath.Abs("../../build/natives/bin/ffmpeg")
	require.NoError(t, err)
	var out counter
	err = film.Make(t.Context(), film.Settings{FFmpeg: ffmpeg, Width: 64, Height: 32, Draw: draw}, request(), &speech, &out)
	return out, err
}

func request() lipsync.Request {
	return lipsync.Request{Width: 32, Height: 16, FrameSkip: 1, Format: speech.Format{SampleRate: 22050}}
}

func TestEachPictureIsSeenWithItsSound(t *testing.T) {
	t.Parallel()
	var sounds []int
	// 22,050 does not divide by 25: a second is 25 pictures all the same. 100 samples more are one more.
	out, err := make25(t, chunks{make([]int16, 22000), nil, make([]int16, 150)}, func(n int, picture []byte, sound []int16) error {
		assert.Equal(t, len(sounds), n)
		assert.Len(t, picture, 64*32*3/2)
		sounds = append(sounds, len(sound))
		return nil
	})
	require.NoError(t, err)
	require.Len(t, sounds, 26)
	assert.Equal(t, 100, sounds[25])
	for _, n := range sounds[:25] {
		assert.InDelta(t, 882, n, 0)
	}
	assert.Equal(t, lipsync.Progress{Frames: 26, Total: 26}, out.last)
	assert.Positive(t, out.bytes)
}

func TestWhatCannotBeMade(t *testing.T) {
	t.Parallel()
	still := func(int, []byte, []int16) error { return nil }
	_, err := make25(t, nil, still)
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "no speech")
	no := errors.New("no face")
	_, err = make25(t, chunks{make([]int16, 22050)}, func(int, []byte, []int16) error { return no })
	require.ErrorIs(t, err, no)
}
