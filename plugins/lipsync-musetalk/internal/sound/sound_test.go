package sound_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/sound"
)

// numbered are features whose values tell their number, from 1 on.
func numbered(n int) []float32 {
	all := make([]float32, n*sound.Feature)
	for i := range all {
		all[i] = float32(i/sound.Feature + 1)
	}
	return all
}

func TestWindows(t *testing.T) {
	t.Parallel()
	window := make([]float32, sound.Window)
	heard := func(frame int) []int {
		sound.At(window, numbered(20), 0, frame, 25)
		var all []int
		for n := range sound.Span {
			all = append(all, int(window[n*sound.Feature]))
			assert.InDelta(t, window[n*sound.Feature], window[(n+1)*sound.Feature-1], 0, "a feature is whole")
		}
		return all
	}
	assert.Equal(t, []int{0, 0, 0, 0, 1, 2, 3, 4, 5, 6}, heard(0))
	assert.Equal(t, []int{0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, heard(1))
	assert.Equal(t, []int{7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, heard(5))
	assert.Equal(t, []int{15, 16, 17, 18, 19, 20, 0, 0, 0, 0}, heard(9))
	assert.Equal(t, make([]int, sound.Span), heard(100))
	sound.At(window, numbered(20)[6*sound.Feature:], 6, 5, 25)
	assert.InDelta(t, 7, window[0], 0, "the first six are forgotten")
	assert.Equal(t, []int{-4, 6}, []int{sound.Start(0, 25), sound.End(0, 25)})
}

func TestCounts(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 1500, sound.Length(sound.Segment+5))
	assert.Equal(t, 50, sound.Length(16000))
	padded := sound.Pad([]int16{-32768, 16384})
	assert.Len(t, padded, sound.Segment)
	assert.Equal(t, []float32{-1, 0.5, 0}, padded[:3])
}

func TestMirrored(t *testing.T) {
	t.Parallel()
	var all []int
	for n := range 9 {
		all = append(all, sound.Mirrored(n, 4))
	}
	assert.Equal(t, []int{0, 1, 2, 3, 2, 1, 0, 1, 2}, all, "no frame twice at a turn")
	assert.Equal(t, 0, sound.Mirrored(7, 1))
	assert.Equal(t, []int{0, 1, 0}, []int{sound.Mirrored(0, 2), sound.Mirrored(1, 2), sound.Mirrored(2, 2)})
}
