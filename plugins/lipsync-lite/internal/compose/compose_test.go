package compose_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/atlas"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/compose"
	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/video"
)

const side = 16

// level is a yuv420p picture of one value.
func level(width, height int, value byte) []byte {
	picture := make([]byte, video.FrameSize(width, height))
	for i := range picture {
		picture[i] = value
	}
	return picture
}

// pack has a base of 100 and a mouth in its middle: vowels are 110 to 140 (open 0 and 1, round and spread), press is 200,
// bite 220. The mask lets through nothing in the first row, half in the second, all below.
func pack() *avatar.Pack {
	mouth := avatar.Pictures{Layer: avatar.Layer{
		Name: "mouth", Box: [4]int{4, 4, 8, 8}, Frames: 6,
		Families: []avatar.Family{
			{Name: "vowel", First: 0, Axes: []avatar.Axis{{Name: "open", Values: []float64{0, 1}}, {Name: "shape", Values: []float64{-1, 1}}}},
			{Name: "press", First: 4, Axes: []avatar.Axis{{Name: "shape", Values: []float64{0}}}},
			{Name: "bite", First: 5, Axes: []avatar.Axis{{Name: "shape", Values: []float64{0}}}},
		},
	}}
	for _, v := range []byte{110, 120, 130, 140, 200, 220} {
		mouth.Stack = append(mouth.Stack, level(8, 8, v))
	}
	mouth.Luma, mouth.Chroma = make([]byte, 64), make([]byte, 16)
	for i := range mouth.Luma {
		mouth.Luma[i] = [8]byte{0, 128, 255, 255, 255, 255, 255, 255}[i/8]
	}
	for i := range mouth.Chroma {
		mouth.Chroma[i] = 255
	}
	blink := avatar.Pictures{Layer: avatar.Layer{Name: "blink", Box: [4]int{0, 0, 4, 4}, Frames: 2}}
	blink.Stack = [][]byte{level(4, 4, 100), level(4, 4, 60)}
	return &avatar.Pack{
		Width: side, Height: side, Base: level(side, side, 100), Layers: []avatar.Pictures{blink, mouth},
		Idle: avatar.Idle{Frames: 3, Breath: make([]float64, 3), Blink: []float64{0, 0.5, 1}},
	}
}

func TestPoses(t *testing.T) {
	t.Parallel()
	c := compose.New(pack())
	frame := make([]byte, video.FrameSize(side, side))
	for name, tc := range map[string]struct {
		pose atlas.Pose
		want int
	}{
		"shut and round":   {atlas.Pose{Shape: -1}, 110},
		"open and spread":  {atlas.Pose{Open: 1, Shape: 1}, 140},
		"between four":     {atlas.Pose{Open: 0.5}, 125},
		"between two":      {atlas.Pose{Open: 0.25, Shape: -1}, 115},
		"beyond the grid":  {atlas.Pose{Open: 7, Shape: -9}, 130},
		"pressed":          {atlas.Pose{Open: 1, Press: 1}, 200},
		"bitten":           {atlas.Pose{Open: 1, Bite: 1}, 220},
		"pressed first":    {atlas.Pose{Press: 1, Bite: 1, Tongue: 1}, 200},
		"halfway to press": {atlas.Pose{Open: 0.4, Shape: 1, Press: 0.6}, 160},
		"no such family":   {atlas.Pose{Shape: -1, Tongue: 1}, 110},
	} {
		c.Frame(frame, 0, compose.Endless, tc.pose)
		at := func(x, y int) int { return int(frame[y*side+x]) }
		assert.InDelta(t, tc.want, at(8, 8), 1, name)
		assert.InDelta(t, tc.want, at(11, 11), 1, "%s: the last corner of the box", name)
		assert.InDelta(t, tc.want, int(frame[side*side+4*side/2+4]), 1, "%s: chroma", name)
		assert.InDelta(t, (100+tc.want)/2, at(8, 5), 1, "%s: half through the mask", name)
		assert.Equal(t, 100, at(8, 4), "%s: outside the mask", name)
		assert.Equal(t, 100, at(12, 8), "%s: outside the box", name)
		assert.Equal(t, 100, at(0, 0), "%s: open eyes", name)
	}
}

// Lips come together before closed ones appear, so that no teeth shine through.
func TestPressDoesNotShineThrough(t *testing.T) {
	t.Parallel()
	c := compose.New(pack())
	frame := make([]byte, video.FrameSize(side, side))
	c.Frame(frame, 0, compose.Endless, atlas.Pose{Open: 1, Shape: -1, Press: 0.3})
	assert.InDelta(t, 121, int(frame[8*side+8]), 1, "vowels alone, less open")
}

func TestIdleLoops(t *testing.T) {
	t.Parallel()
	c := compose.New(pack())
	frame := make([]byte, video.FrameSize(side, side))
	for n, want := range []byte{100, 80, 60, 100, 80, 60} {
		c.Frame(frame, n, compose.Endless, atlas.Pose{})
		assert.Equal(t, want, frame[0], "frame %d", n)
	}
}

func TestSameAgain(t *testing.T) {
	t.Parallel()
	p := pack()
	a, b := make([]byte, video.FrameSize(side, side)), level(side, side, 7)
	compose.New(p).Frame(a, 5, compose.Endless, atlas.Pose{Open: 0.3, Press: 0.5})
	c := compose.New(p)
	for n := range 5 {
		c.Frame(b, n, compose.Endless, atlas.Pose{Open: float64(n), Bite: 0.5})
	}
	c.Frame(b, 5, compose.Endless, atlas.Pose{Open: 0.3, Press: 0.5})
	require.Equal(t, a, b, "a frame does not depend on those before it, nor on what the buffer held")
}

func BenchmarkFrame(b *testing.B) {
	p, err := avatar.Open(b.Context(), "../../../../precomputed/720p/talk_short_720p", "../../../../build/natives/bin/ffmpeg")
	if err != nil {
		b.Fatal(err)
	}
	c := compose.New(p)
	frame := make([]byte, len(p.Base))
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		c.Frame(frame, n, compose.Endless, atlas.Pose{Open: 0.33, Shape: 0.2, Press: 0.5, Tongue: 0.3})
		n++
	}
}
