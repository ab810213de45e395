// Package raster scales, cuts and filters pictures as OpenCV and Pillow do: networks were trained on what those make of
// pictures. It knows no faces.
package raster

import (
	"image"
	"math"
)

// Picture has so many channels of 8 bits, row by row.
type Picture struct {
	Width, Height, Channels int
	Pix                     []byte
}

// New is black.
func New(width, height, channels int) Picture {
	return Picture{Width: width, Height: height, Channels: channels, Pix: make([]byte, width*height*channels)}
}

// Cut copies a part, black where it leaves the picture.
func (p Picture) Cut(part image.Rectangle) Picture {
	out := New(part.Dx(), part.Dy(), p.Channels)
	inside := part.Intersect(image.Rect(0, 0, p.Width, p.Height))
	for y := inside.Min.Y; y < inside.Max.Y; y++ {
		from := p.Channels * (y*p.Width + inside.Min.X)
		to := out.Channels * ((y-part.Min.Y)*out.Width + inside.Min.X - part.Min.X)
		copy(out.Pix[to:], p.Pix[from:from+p.Channels*inside.Dx()])
	}
	return out
}

// steps is how finely OpenCV's warpAffine places pixels, in parts of one.
const steps = 32

// Warp fills a picture of a size by looking at ratio·(x, y) + (left, top), mixed bilinearly, black outside.
func (p Picture) Warp(width, height int, ratio, left, top float64) Picture {
	out := New(width, height, p.Channels)
	for y := range height {
		down := int(math.Round((ratio*float64(y) + top) * steps))
		for x := range width {
			across := int(math.Round((ratio*float64(x) + left) * steps))
			p.mix(out.Pix[p.Channels*(y*width+x):], across, down)
		}
	}
	return out
}

// mix gives the pixel at a place in thirty-seconds.
func (p Picture) mix(to []byte, across, down int) {
	x, y := across>>5, down>>5
	fx, fy := across&(steps-1), down&(steps-1)
	for c := range p.Channels {
		sum := p.at(x, y, c)*(steps-fx)*(steps-fy) + p.at(x+1, y, c)*fx*(steps-fy) + p.at(x, y+1, c)*(steps-fx)*fy + p.at(x+1, y+1, c)*fx*fy
		to[c] = byte((sum + steps*steps/2) / (steps * steps)) //nolint:gosec // it lies between bytes
	}
}

func (p Picture) at(x, y, channel int) int {
	if x < 0 || y < 0 || x >= p.Width || y >= p.Height {
		return 0
	}
	return int(p.Pix[p.Channels*(y*p.Width+x)+channel])
}
