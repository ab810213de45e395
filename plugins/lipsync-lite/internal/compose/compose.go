// Package compose draws a pack's layers over its base: one frame for a pose and a moment of idle life. It knows nothing of
// sound.
package compose

import (
	"math"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/curve"
	"github.com/visavis-dev/visavis/sdk/avatar"
)

// Composer draws frames of one pack. Not safe for concurrent use; the pack is shared.
type Composer struct {
	pack *avatar.Pack
	// sum and mixed are room for the mix of a layer's pictures.
	sum   []uint32
	mixed []byte
}

// New draws from a pack.
func New(pack *avatar.Pack) *Composer {
	largest := 0
	for _, l := range pack.Layers {
		largest = max(largest, len(l.Stack[0]))
	}
	return &Composer{pack: pack, sum: make([]uint32, largest), mixed: make([]byte, largest)}
}

// pick is a picture of a stack with its share.
type pick struct {
	frame int
	share float64
}

// Frame draws the n-th frame of the idle loop with a mouth into out, a yuv420p frame of the pack's size.
func (c *Composer) Frame(out []byte, n int, pose curve.Pose) {
	copy(out, c.pack.Base)
	i := n % c.pack.Idle.Frames
	for at := range c.pack.Layers {
		l := &c.pack.Layers[at]
		var picks []pick
		switch l.Name {
		case "breath":
			picks = between(c.pack.Idle.Breath[i], l.Frames)
		case "blink":
			if c.pack.Idle.Blink[i] == 0 {
				continue // the base has open eyes
			}
			picks = between(c.pack.Idle.Blink[i], l.Frames)
		case "mouth":
			picks = mouth(l.Families, pose)
		default:
			continue
		}
		c.draw(out, l, c.mix(l.Stack, picks))
	}
}

// between fades the two pictures around a phase.
func between(phase float64, frames int) []pick {
	low := min(int(phase), frames-1)
	high := min(low+1, frames-1)
	share := phase - float64(low)
	return []pick{{low, 1 - share}, {high, share}}
}

// mouth chooses the pictures for a pose: lips pressed first, then bitten, then the tongue, and vowels for the rest.
func mouth(families []avatar.Family, pose curve.Pose) []pick {
	var picks []pick
	left := 1.0
	for _, want := range []struct {
		name  string
		share float64
	}{{"press", pose.Press}, {"bite", pose.Bite}, {"tongue", pose.Tongue}, {"vowel", 1}} {
		share := left * math.Max(0, math.Min(1, want.share))
		for _, f := range families {
			if f.Name == want.name && share > 0 {
				picks = append(picks, cells(f, pose, share)...)
				left -= share
			}
		}
	}
	return picks
}

// cells are the corners of the grid's cell around a pose, with their shares.
func cells(f avatar.Family, pose curve.Pose, share float64) []pick {
	picks := []pick{{f.First, share}}
	for _, axis := range f.Axes {
		value := pose.Shape
		if axis.Name == "open" {
			value = pose.Open
		}
		low, fraction := locate(axis.Values, value)
		var next []pick
		for _, p := range picks {
			at := f.First + (p.frame-f.First)*len(axis.Values) + low
			next = append(next, pick{at, p.share * (1 - fraction)})
			if fraction > 0 {
				next = append(next, pick{at + 1, p.share * fraction})
			}
		}
		picks = next
	}
	return picks
}

// locate finds the value below v and how far v is on the way to the next.
func locate(values []float64, v float64) (low int, fraction float64) {
	if v <= values[0] {
		return 0, 0
	}
	for i := 1; i < len(values); i++ {
		if v < values[i] {
			return i - 1, (v - values[i-1]) / (values[i] - values[i-1])
		}
	}
	return len(values) - 1, 0
}

// fixed is 1 in the fixed point of shares.
const fixed = 1 << 12

// mix adds pictures up by their shares.
func (c *Composer) mix(stack [][]byte, picks []pick) []byte {
	kept := picks[:0]
	total := 0
	shares := make([]uint32, 0, len(picks))
	for _, p := range picks {
		if s := int(math.Round(p.share * fixed)); s > 0 {
			kept = append(kept, p)
			shares = append(shares, uint32(s)) //nolint:gosec // 1 to fixed
			total += s
		}
	}
	if len(kept) == 0 {
		return stack[0]
	}
	if len(kept) == 1 {
		return stack[kept[0].frame]
	}
	shares[0] += uint32(fixed - total) //nolint:gosec // rounding leaves a few units, and shares[0] is larger
	size := len(stack[0])
	sum := c.sum[:size]
	for n, p := range kept {
		s := shares[n]
		picture := stack[p.frame][:size]
		if n == 0 {
			for i, v := range picture {
				sum[i] = uint32(v)*s + fixed/2
			}
			continue
		}
		for i, v := range picture {
			sum[i] += uint32(v) * s
		}
	}
	mixed := c.mixed[:size]
	for i, v := range sum {
		mixed[i] = byte(v >> 12)
	}
	return mixed
}

// draw lays a picture of a layer's box over a frame, through the layer's mask.
func (c *Composer) draw(out []byte, l *avatar.Pictures, picture []byte) {
	width, height := c.pack.Width, c.pack.Height
	x, y, w, h := l.Box[0], l.Box[1], l.Box[2], l.Box[3]
	plane(out, width, x, y, picture, l.Luma, w, h)
	for n := range 2 {
		from := w*h + n*w/2*h/2
		to := width*height + n*width/2*height/2
		plane(out[to:], width/2, x/2, y/2, picture[from:], l.Chroma, w/2, h/2)
	}
}

func plane(out []byte, stride, x, y int, picture, mask []byte, w, h int) {
	for row := range h {
		to := out[(y+row)*stride+x:][:w]
		from := picture[row*w:][:w]
		if mask == nil {
			copy(to, from)
			continue
		}
		for i, m := range mask[row*w:][:w] {
			switch m {
			case 0:
			case 255:
				to[i] = from[i]
			default:
				// (a·m + b·(255-m)) / 255, rounded
				v := uint32(from[i])*uint32(m) + uint32(to[i])*uint32(255-m) + 127
				to[i] = byte(v / 255) //nolint:gosec // a mean of bytes
			}
		}
	}
}
