package raster

import "math"

// bits of Pillow's weights.
const bits = 22

// Filter is how pixels are weighed by their distance.
type Filter struct {
	reach  float64
	weight func(distance float64) float64
}

// Bilinear is Pillow's, which smooths what it makes smaller.
func Bilinear() Filter {
	return Filter{1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }}
}

// Bicubic is Pillow's.
func Bicubic() Filter {
	const a = -0.5
	return Filter{2, func(x float64) float64 {
		switch x = math.Abs(x); {
		case x < 1:
			return ((a+2)*x-(a+3))*x*x + 1
		case x < 2:
			return (((x-5)*x+8)*x - 4) * a
		}
		return 0
	}}
}

// Resample scales a picture as Pillow does: across, then down, each rounded to bytes.
func (p Picture) Resample(width, height int, f Filter) Picture {
	return p.across(width, f).turned().across(height, f).turned()
}

// tap is the pixels that one is made of.
type tap struct {
	first   int
	weights []int
}

func taps(from, to int, f Filter) []tap {
	scale := float64(from) / float64(to)
	wide := max(scale, 1)
	all := make([]tap, to)
	for i := range all {
		centre := (float64(i) + 0.5) * scale
		first := max(0, int(centre-f.reach*wide+0.5))
		last := min(from, int(centre+f.reach*wide+0.5))
		weights := make([]float64, last-first)
		sum := 0.0
		for n := range weights {
			weights[n] = f.weight((float64(n+first) - centre + 0.5) / wide)
			sum += weights[n]
		}
		all[i] = tap{first: first, weights: make([]int, len(weights))}
		for n, w := range weights {
			all[i].weights[n] = int(math.Round(w / sum * (1 << bits)))
		}
	}
	return all
}

func (p Picture) across(width int, f Filter) Picture {
	if width == p.Width {
		return p
	}
	out := New(width, p.Height, p.Channels)
	all := taps(p.Width, width, f)
	for y := range p.Height {
		row := p.Pix[y*p.Width*p.Channels:]
		for x, t := range all {
			for c := range p.Channels {
				sum := 1 << (bits - 1)
				for n, w := range t.weights {
					sum += int(row[(t.first+n)*p.Channels+c]) * w
				}
				out.Pix[(y*width+x)*p.Channels+c] = byte(min(max(sum>>bits, 0), 255))
			}
		}
	}
	return out
}

// turned swaps rows and columns.
func (p Picture) turned() Picture {
	out := New(p.Height, p.Width, p.Channels)
	for y := range p.Height {
		for x := range p.Width {
			copy(out.Pix[(x*p.Height+y)*p.Channels:], p.Pix[(y*p.Width+x)*p.Channels:][:p.Channels])
		}
	}
	return out
}

// Lanczos4 scales a picture as OpenCV does: eight neighbours, and no smoothing of what becomes smaller.
func (p Picture) Lanczos4(width, height int) Picture {
	across, down := eight(p.Width, width), eight(p.Height, height)
	rows := make([]int, p.Height*width*p.Channels)
	for y := range p.Height {
		row := p.Pix[y*p.Width*p.Channels:]
		for x, t := range across {
			for c := range p.Channels {
				sum := 0
				for n, w := range t.weights {
					sum += int(row[clamp(t.first+n, p.Width)*p.Channels+c]) * w
				}
				rows[(y*width+x)*p.Channels+c] = sum
			}
		}
	}
	out := New(width, height, p.Channels)
	for y, t := range down {
		for at := range width * p.Channels {
			sum := 1 << (2*eightBits - 1)
			for n, w := range t.weights {
				sum += rows[clamp(t.first+n, p.Height)*width*p.Channels+at] * w
			}
			out.Pix[y*width*p.Channels+at] = byte(min(max(sum>>(2*eightBits), 0), 255))
		}
	}
	return out
}

// eightBits of OpenCV's weights.
const eightBits = 11

// eight computes in 32 bits where OpenCV does, so that no weight is rounded otherwise.
func eight(from, to int) []tap {
	all := make([]tap, to)
	scale := 1 / (float64(to) / float64(from))
	for i := range all {
		at := float32((float64(i)+0.5)*scale - 0.5)
		whole := float32(math.Floor(float64(at)))
		all[i] = tap{first: int(whole) - 3, weights: lanczos(at - whole)}
	}
	return all
}

// lanczos gives the weights of eight pixels of which the fourth is so far to the left: those of a window of four, but for a
// factor that all have.
func lanczos(share float32) []int {
	var weights [8]float32
	sum := float32(0)
	for n := range weights {
		distance := share + 3 - float32(n)
		if math.Abs(float64(distance)) < 1e-6 {
			weights[n] = 1e30 // all others vanish beside it
		} else {
			y := -float64(distance) * math.Pi / 4
			weights[n] = float32(math.Sin(y) / (y * y))
			if n%2 == 1 {
				weights[n] = -weights[n]
			}
		}
		sum += weights[n]
	}
	whole := make([]int, len(weights))
	for n, w := range weights {
		whole[n] = int(math.RoundToEven(float64(w * (1 / sum) * (1 << eightBits))))
	}
	return whole
}

func clamp(n, length int) int { return min(max(n, 0), length-1) }
