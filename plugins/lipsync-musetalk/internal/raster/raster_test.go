package raster_test

import (
	"bytes"
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/raster"
)

// read gives a picture of testdata, which make.py made with OpenCV and Pillow.
func read(t *testing.T, name string, width, height int) raster.Picture {
	t.Helper()
	pix, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.Len(t, pix, 3*width*height)
	return raster.Picture{Width: width, Height: height, Channels: 3, Pix: pix}
}

// Scaling and warping are OpenCV's and Pillow's to the bit; blurring differs by one at most.
func TestItIsTheirs(t *testing.T) {
	t.Parallel()
	p := read(t, "in.bgr", 43, 31)
	assert.True(t, bytes.Equal(read(t, "lanczos.bgr", 64, 80).Pix, p.Lanczos4(64, 80).Pix), "Lanczos")
	assert.True(t, bytes.Equal(read(t, "large.bgr", 70, 60).Pix, p.Resample(70, 60, raster.Bilinear()).Pix), "bilinear, larger")
	assert.True(t, bytes.Equal(read(t, "small.bgr", 20, 12).Pix, p.Resample(20, 12, raster.Bilinear()).Pix), "bilinear, smaller")
	assert.True(t, bytes.Equal(read(t, "cubic.bgr", 20, 50).Pix, p.Resample(20, 50, raster.Bicubic()).Pix), "bicubic")
	assert.True(t, bytes.Equal(read(t, "warp.bgr", 60, 50).Pix, p.Warp(60, 50, 1.25, -10.5, -7.25).Pix), "warp")
	blurred := p.Blur(11).Pix
	for i, want := range read(t, "blur.bgr", 43, 31).Pix {
		require.InDelta(t, want, blurred[i], 1)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	p := read(t, "in.bgr", 43, 31)
	part := p.Cut(image.Rect(-2, -1, 3, 4))
	assert.Equal(t, make([]byte, 3*5), part.Pix[:3*5], "black above")
	assert.Equal(t, make([]byte, 3*2), part.Pix[3*5:3*7], "and to the left")
	assert.Equal(t, p.Pix[:3*3], part.Pix[3*7:3*10])
}

func TestRanks(t *testing.T) {
	t.Parallel()
	p := raster.New(5, 4, 1)
	p.Pix[2*5+2] = 9
	cross := []image.Point{{X: 0, Y: 0}, {X: 1, Y: 0}}
	wide := p.Dilate(cross)
	assert.Equal(t, []byte{0, 9, 9, 0, 0}, wide.Pix[10:15], "a pixel takes from its right")
	assert.Equal(t, p.Pix, wide.Erode([]image.Point{{X: 0, Y: 0}, {X: -1, Y: 0}}).Pix)
	assert.Equal(t, []byte{0}, raster.New(1, 1, 1).Blur(5).Pix, "one pixel is all there is")
}
