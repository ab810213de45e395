package raster

import (
	"image"
	"math"
)

// Blur smooths a picture with OpenCV's GaussianBlur of an odd size and of its own sigma; it is rounded once, at the end.
func (p Picture) Blur(size int) Picture {
	weights := gaussian(size)
	half := size / 2
	rows := make([]float64, len(p.Pix))
	for y := range p.Height {
		for x := range p.Width {
			for c := range p.Channels {
				for n, w := range weights {
					rows[(y*p.Width+x)*p.Channels+c] += w * float64(p.Pix[(y*p.Width+mirrored(x+n-half, p.Width))*p.Channels+c])
				}
			}
		}
	}
	out := New(p.Width, p.Height, p.Channels)
	line := p.Width * p.Channels
	for y := range p.Height {
		for at := range line {
			sum := 0.0
			for n, w := range weights {
				sum += w * rows[mirrored(y+n-half, p.Height)*line+at]
			}
			out.Pix[y*line+at] = byte(min(math.Round(sum), 255))
		}
	}
	return out
}

func gaussian(size int) []float64 {
	if size == 1 {
		return []float64{1}
	}
	sigma := 0.3*(float64(size-1)*0.5-1) + 0.8
	weights := make([]float64, size)
	sum := 0.0
	for i := range weights {
		x := float64(i) - float64(size-1)/2
		weights[i] = math.Exp(-x * x / (2 * sigma * sigma))
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}

// mirrored is the place that stands for one beyond an edge: it goes back the way it came.
func mirrored(n, length int) int {
	for n < 0 || n >= length {
		if length == 1 {
			return 0
		}
		if n < 0 {
			n = -n
		} else {
			n = 2*length - 2 - n
		}
	}
	return n
}

// Dilate gives each pixel of a picture of one channel the largest of those around it; kernel are their places. What lies outside does not count.
func (p Picture) Dilate(kernel []image.Point) Picture {
	return p.rank(kernel, 0, func(a, b byte) byte { return max(a, b) })
}

// Erode gives each pixel the smallest.
func (p Picture) Erode(kernel []image.Point) Picture {
	return p.rank(kernel, 255, func(a, b byte) byte { return min(a, b) })
}

func (p Picture) rank(kernel []image.Point, from byte, better func(a, b byte) byte) Picture {
	out := New(p.Width, p.Height, 1)
	for i := range out.Pix {
		out.Pix[i] = from
	}
	whole := image.Rect(0, 0, p.Width, p.Height)
	for _, k := range kernel {
		// The part whose neighbour by k lies inside.
		part := whole.Intersect(whole.Sub(k))
		for y := part.Min.Y; y < part.Max.Y; y++ {
			to := out.Pix[y*p.Width:]
			row := p.Pix[(y+k.Y)*p.Width:]
			for x := part.Min.X; x < part.Max.X; x++ {
				to[x] = better(to[x], row[x+k.X])
			}
		}
	}
	return out
}
