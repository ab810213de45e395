package compose_test

import (
	"image"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/compose"
)

// The blend is the rounded mean, exactly, for all that there is.
func TestBlend(t *testing.T) {
	t.Parallel()
	for m := range 256 {
		for a := 0; a < 256; a += 5 {
			for b := range 256 {
				exact := (a*(255-m) + b*m + 127) / 255 // no sum lies in the middle: 255 is odd
				if got := compose.Blend(byte(a), byte(b), byte(m)); int(got) != exact {
					t.Fatalf("%d and %d by %d are %d, not %d", a, b, m, got, exact)
				}
			}
		}
	}
}

// face is bright to the right, and lower in green.
func face() []byte {
	all := make([]byte, 3*compose.Side*compose.Side)
	for i := range compose.Side * compose.Side {
		all[3*i], all[3*i+1], all[3*i+2] = byte(i%compose.Side), byte(i/compose.Side), 77
	}
	return all
}

func TestResize(t *testing.T) {
	t.Parallel()
	assert.Equal(t, face(), compose.Resize(face(), compose.Side, compose.Side), "the same size changes nothing")
	half := compose.Resize(face(), 128, 64)
	assert.Len(t, half, 3*128*64)
	for y := 1; y < 63; y++ {
		for x := 1; x < 127; x++ {
			p := half[3*(y*128+x):]
			assert.InDelta(t, 2*float64(x)+0.5, float64(p[0]), 0.51)
			assert.InDelta(t, 4*float64(y)+1.5, float64(p[1]), 0.51)
			assert.Equal(t, byte(77), p[2])
		}
	}
	large := compose.Resize(face(), 600, 300)
	assert.Equal(t, []byte{0, 0, 77}, large[:3], "edges are not left")
	assert.Equal(t, []byte{255, 255, 77}, large[len(large)-3:])
}

func TestDraw(t *testing.T) {
	t.Parallel()
	frame := image.Rect(0, 0, 64, 48)
	mask := image.NewGray(image.Rect(0, 0, 30, 30))
	for y := 5; y < 25; y++ {
		for x := 5; x < 25; x++ {
			mask.Pix[y*30+x] = 255
		}
	}
	// The crop leaves the frame above, the box does not reach the mask's right end.
	f := compose.Face{Box: image.Rect(10, 0, 26, 20), Crop: image.Rect(5, -10, 35, 20), Mask: mask}
	touched := f.Touched(frame)
	assert.Equal(t, image.Rect(10, 0, 26, 15), touched)
	even := compose.Even(touched, frame)
	assert.Equal(t, image.Rect(10, 0, 26, 16), even)
	white := make([]byte, 3*compose.Side*compose.Side)
	for i := range white {
		white[i] = 255
	}
	at := func(p compose.Patch, x, y int) byte { return p.Pix[3*((y-even.Min.Y)*even.Dx()+x-even.Min.X)] }
	p := compose.NewPatch(even)
	f.Draw(p, white, 1)
	assert.Equal(t, byte(255), at(p, 10, 0))
	assert.Equal(t, byte(255), at(p, 25, 14))
	assert.Zero(t, at(p, 12, 15), "the mask ends above")
	p = compose.NewPatch(even)
	f.Draw(p, white, 0.5)
	assert.Equal(t, byte(127), at(p, 12, 5))
	p = compose.NewPatch(even)
	f.Draw(p, white, 0)
	assert.Equal(t, compose.NewPatch(even), p)
	assert.Equal(t, image.Rectangle{}, compose.Even(image.Rectangle{}, frame))
	f.Mask = image.NewGray(mask.Rect)
	assert.Equal(t, image.Rectangle{}, f.Touched(frame), "an empty mask touches nothing")
}

func TestMix(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []byte{0, 200, 255}, compose.Mix([]byte{0, 200, 255}, []byte{255, 0, 255}, 0))
	assert.Equal(t, []byte{255, 0, 255}, compose.Mix([]byte{0, 200, 255}, []byte{255, 0, 255}, 1))
	assert.Equal(t, []byte{128, 100, 255}, compose.Mix([]byte{0, 200, 255}, []byte{255, 0, 255}, 0.5))
}

func TestColours(t *testing.T) {
	t.Parallel()
	// BT.709, limited range, by the standard's own numbers.
	for name, c := range map[string]struct{ bgr, yuv [3]byte }{
		"black": {[3]byte{0, 0, 0}, [3]byte{16, 128, 128}},
		"white": {[3]byte{255, 255, 255}, [3]byte{235, 128, 128}},
		"red":   {[3]byte{0, 0, 255}, [3]byte{63, 102, 240}},
		"green": {[3]byte{0, 255, 0}, [3]byte{173, 42, 26}},
		"blue":  {[3]byte{255, 0, 0}, [3]byte{32, 240, 118}},
	} {
		p := compose.NewPatch(image.Rect(2, 4, 4, 6))
		for i := range 4 {
			copy(p.Pix[3*i:], c.bgr[:])
		}
		frame := make([]byte, 8*8*3/2)
		p.Into(frame, 8, 8)
		for _, at := range []int{4*8 + 2, 4*8 + 3, 5*8 + 2, 5*8 + 3} {
			assert.InDelta(t, c.yuv[0], frame[at], 1, name)
		}
		assert.InDelta(t, c.yuv[1], frame[64+2*4+1], 1, name)
		assert.InDelta(t, c.yuv[2], frame[64+16+2*4+1], 1, name)
		written := 0
		for _, b := range frame {
			if b != 0 {
				written++
			}
		}
		assert.Equal(t, 6, written, "nothing else is touched")
	}
}
