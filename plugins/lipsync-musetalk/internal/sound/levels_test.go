package sound_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/sound"
)

const frame = sound.Rate / 25

// voice is so many frames, of which some are loud.
func voice(frames, from, to int) []int16 {
	pcm := make([]int16, frames*frame)
	for i := from * frame; i < to*frame; i++ {
		pcm[i] = 3000
	}
	return pcm
}

// levels are those of a whole speech, as each of its frames has them as soon as it is known: it must not change any more.
func levels(t *testing.T, pcm []int16) []float32 {
	t.Helper()
	l := sound.NewLevels(25)
	frames := (len(pcm) + frame - 1) / frame
	early := []float32{}
	for piece := range slices.Chunk(pcm, 100) {
		l.Add(piece)
		for len(early) < frames && l.Known(len(early)) {
			early = append(early, l.At(len(early)))
		}
	}
	l.Finish(frames)
	all := make([]float32, frames)
	for n := range all {
		assert.True(t, l.Known(n))
		all[n] = l.At(n)
	}
	assert.Equal(t, early, all[:len(early)], "what was known did not change")
	assert.GreaterOrEqual(t, len(early), frames*3/4-3, "little waits for the end")
	return all
}

func TestLevels(t *testing.T) {
	t.Parallel()
	heard := levels(t, voice(60, 20, 40))
	assert.Zero(t, heard[0])
	assert.Zero(t, heard[16])
	assert.InDelta(t, 1.0/3, heard[18], 1e-6, "the mouth opens before it speaks")
	assert.InDelta(t, 1, heard[20], 0)
	assert.InDelta(t, 1, heard[39], 0)
	assert.InDelta(t, 2.0/3, heard[40], 1e-6, "and closes after it")
	assert.Zero(t, heard[59])
	assert.Equal(t, make([]float32, 60), levels(t, make([]int16, 60*frame)), "silence moves nothing")
	whole := levels(t, voice(60, 0, 60))
	assert.InDelta(t, 1.0/9, whole[0], 1e-6)
	assert.InDelta(t, 8.0/9, whole[7], 1e-6)
	assert.InDelta(t, 1, whole[8], 0)
	assert.InDelta(t, 1, whole[51], 0)
	assert.InDelta(t, 8.0/9, whole[52], 1e-6)
	assert.InDelta(t, 1.0/9, whole[59], 1e-6)
	assert.Equal(t, []float32{1}, levels(t, []int16{3000}), "one frame is too short to fade")
	assert.InDelta(t, 1.0/2, levels(t, voice(7, 0, 7))[6], 1e-6, "a short speech fades over a quarter of itself")
}

// However long a speech is, no frame that was shown early was wrong.
func TestLevelsOfEveryLength(t *testing.T) {
	t.Parallel()
	for frames := 1; frames < 50; frames++ {
		levels(t, voice(frames, frames/5, frames))
	}
}

// The first frame waits for 120 ms of speech and no more.
func TestTheFirstLevelIsKnownSoon(t *testing.T) {
	t.Parallel()
	l := sound.NewLevels(25)
	l.Add(make([]int16, 3*frame-1))
	assert.False(t, l.Known(0))
	l.Add(make([]int16, 1))
	assert.True(t, l.Known(0))
	assert.False(t, l.Known(1))
}
