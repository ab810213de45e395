package mouth

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// moved moves a plane of 8 x 6 pixels, all of which is kept.
func moved(t *testing.T, from []byte, shift []float32, across, down int) []byte {
	t.Helper()
	m, err := newMover(8, 6, across, down)
	require.NoError(t, err)
	out, add := make([]byte, 8*6), make([]float32, 8)
	for range across * down {
		shift = append(shift, 1)
	}
	for y := range 6 {
		m.row(out[y*8:][:8], from, y, shift, add)
	}
	return out
}

func plane8x6() []byte {
	from := make([]byte, 8*6)
	for i := range from {
		from[i] = byte(i * i)
	}
	return from
}

func TestNothingMoves(t *testing.T) {
	t.Parallel()
	assert.Equal(t, plane8x6(), moved(t, plane8x6(), make([]float32, 2*4*3), 4, 3))
}

func TestWholeAndHalfPixels(t *testing.T) {
	t.Parallel()
	from := plane8x6()
	shift := make([]float32, 2)
	shift[0], shift[1] = 2.0/8, -1.0/6 // two pixels from the right, one from above
	out := moved(t, from, shift, 1, 1)
	for y := range 6 {
		for x := range 8 {
			assert.Equal(t, from[max(y-1, 0)*8+min(x+2, 7)], out[y*8+x], "%d, %d", x, y)
		}
	}
	shift[0], shift[1] = 0.5/8, 0
	out = moved(t, from, shift, 1, 1)
	for x := range 7 {
		assert.InDelta(t, (float64(from[x])+float64(from[x+1]))/2, float64(out[x]), 0.51)
	}
}

// What is not kept leaves what is added alone.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	m, err := newMover(8, 6, 4, 1)
	require.NoError(t, err)
	shift := make([]float32, planes*4)
	copy(shift[2*4:], []float32{1, 1, 0, 0})
	out := make([]byte, 8)
	from := make([]byte, 48)
	for i := range from {
		from[i] = 100
	}
	m.row(out, from, 2, shift, []float32{0, 0, 0, 0, 0, 0, 0, 7})
	assert.Equal(t, []byte{100, 100, 100, 75, 25, 0, 0, 7}, out)
}

// A shift of fewer places than pixels is spread evenly: at a quarter of the way between two places, a quarter of each's difference.
func TestPlacesBetween(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []tap{{0, 1, 0}, {0, 1, one / 4}, {0, 1, one * 3 / 4}, {1, 1, one / 4}}, taps(4, 2))
}

// A network draws for the film's size: in a much smaller video its shift has more places than there are pixels.
func TestMorePlacesThanPixels(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []tap{{1, 2, one / 2}, {5, 6, one / 2}}, taps(2, 8))
	const across, down = 24, 30
	shift := make([]float32, 2*across*down)
	for i := range across * down {
		shift[i] = 1.0 / 8 // a pixel to the right, everywhere
	}
	assert.Equal(t, moved(t, plane8x6(), []float32{1.0 / 8, 0}, 1, 1), moved(t, plane8x6(), shift, across, down))
}

func TestSizesThatDoNotFit(t *testing.T) {
	t.Parallel()
	for _, places := range [][2]int{{0, 3}, {4, 0}} {
		_, err := newMover(8, 6, places[0], places[1])
		assert.Error(t, err, places)
	}
}

// A broken network must not take the engine with it.
func TestNumbersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e30, -1e30} {
		shift := []float32{float32(v), float32(v)}
		assert.Len(t, moved(t, plane8x6(), shift, 1, 1), 48)
	}
}

func BenchmarkMove(b *testing.B) {
	const width, height = 224, 176
	m, err := newMover(width, height, width/4, height/4)
	require.NoError(b, err)
	from, out, add := make([]byte, width*height), make([]byte, width), make([]float32, width)
	shift := make([]float32, planes*(width/4)*(height/4))
	for i := range shift {
		shift[i] = 0.01 * float32(math.Sin(float64(i)))
	}
	for b.Loop() {
		for y := range height {
			m.row(out, from, y, shift, add)
		}
	}
}
