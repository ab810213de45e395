// Package compose draws a pack's layers over its base: one frame for a pose and a moment of idle life. It knows nothing of
// sound.
package compose

import (
	"math"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/atlas"
	"github.com/visavis-dev/visavis/sdk/avatar"
)

// Composer draws frames of one pack. Not safe for concurrent use; the pack is shared.
type Composer struct {
	pack *avatar.Pack
	// mixed is room for the mix of a layer's pictures.
	mixed []byte
	// luma and chroma are the layers' masks.
	luma, chroma []mask
}

// New draws from a pack.
func New(pack *avatar.Pack) *Composer {
	c := &Composer{pack: pack}
	largest := 0
	for _, l := range pack.Layers {
		largest = max(largest, len(l.Stack[0]))
		w, h := l.Box[2], l.Box[3]
		c.luma = append(c.luma, newMask(l.Luma, w, h))
		c.chroma = append(c.chroma, newMask(l.Chroma, w/2, h/2))
	}
	c.mixed = make([]byte, largest)
	return c
}

// pick is a picture of a stack with its share.
type pick struct {
	frame int
	share float64
}

// Endless stands for the frames that follow when their number is not known.
const Endless = 1 << 30

// opening is how many phases of a blink pass in a frame when the eyes must open before the end.
const opening = 1.5

// Frame draws the n-th frame of the idle loop with a mouth into out, a yuv420p frame of the pack's size. left is how
// many frames follow: a player holds the last one, so that its eyes must be open.
func (c *Composer) Frame(out []byte, n, left int, pose atlas.Pose) {
	copy(out, c.pack.Base)
	i := n % c.pack.Idle.Frames
	lids := min(c.pack.Idle.Blink[i], opening*float64(left))
	for at := range c.pack.Layers {
		l := &c.pack.Layers[at]
		var picks []pick
		switch l.Name {
		case "breath":
			picks = between(c.pack.Idle.Breath[i], l.Frames)
		case "blink":
			if lids == 0 {
				continue // the base has open eyes
			}
			picks = between(lids, l.Frames)
		case "mouth":
			picks = mouth(l.Families, pose)
		default:
			continue
		}
		c.draw(out, at, mix(c.mixed, l.Stack, picks))
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
// Lips first come together in the open pictures and fade to closed ones late: faded early, teeth would shine through.
func mouth(families []avatar.Family, pose atlas.Pose) []pick {
	pose.Open *= 1 - math.Min(1, pose.Press/nearlyShut)
	pose.Open -= math.Max(0, pose.Open-bitten) * math.Min(1, pose.Bite/nearlyShut)
	pose.Press, pose.Bite = late(pose.Press), late(pose.Bite)
	pose.Tongue = math.Min(pose.Tongue, 1-pose.Press)
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

const (
	// nearlyShut is the press at which open pictures have come together.
	nearlyShut = 0.7
	// bitten is how far a mouth is open whose lower lip lies on the teeth.
	bitten = 0.12
)

// late is 0 up to 0.3 and 1 from 0.9 on.
func late(v float64) float64 { return math.Max(0, math.Min(1, (v-0.3)/0.6)) }

// cells are the corners of the grid's cell around a pose, with their shares.
func cells(f avatar.Family, pose atlas.Pose, share float64) []pick {
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

// draw lays a picture of a layer's box over a frame, through the layer's mask.
func (c *Composer) draw(out []byte, layer int, picture []byte) {
	width, height := c.pack.Width, c.pack.Height
	box := c.pack.Layers[layer].Box
	x, y, w, h := box[0], box[1], box[2], box[3]
	c.luma[layer].draw(out[y*width+x:], width, picture)
	for n := range 2 {
		plane := out[width*height+n*(width/2)*(height/2):]
		c.chroma[layer].draw(plane[y/2*(width/2)+x/2:], width/2, picture[w*h+n*(w/2)*(h/2):])
	}
}
