package mouth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/mouth"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/onnx"
)

// golden is what Python draws with the same graph: models/mouth/golden.py writes it.
type golden struct {
	Width   int       `json:"width"`
	Height  int       `json:"height"`
	Face    []float64 `json:"face"`
	Resting []int     `json:"resting"`
	Drawn   []int     `json:"drawn"`
}

const testdata = "../../testdata/mouth/"

// network opens a graph of testdata for as long as the test lasts.
func network(t *testing.T, file string) *mouth.Network {
	t.Helper()
	require.NoError(t, onnx.Load("../../../../build/natives/onnxruntime/libonnxruntime.so"))
	graph, err := os.ReadFile(testdata + file)
	require.NoError(t, err)
	n, err := mouth.Open(graph)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, n.Close()) })
	return n
}

func open(t *testing.T) (*mouth.Network, golden) {
	t.Helper()
	n := network(t, "mouth.onnx")
	raw, err := os.ReadFile(testdata + "crop.json")
	require.NoError(t, err)
	var g golden
	require.NoError(t, json.Unmarshal(raw, &g))
	return n, g
}

// around lays a crop into the middle of a frame of 7s.
func around(g golden, crop []int) (frame []byte, width, height int, box image.Rectangle) {
	width, height = g.Width+16, g.Height+8
	box = image.Rect(10, 4, 10+g.Width, 4+g.Height)
	frame = make([]byte, width*height*3/2)
	for i := range frame {
		frame[i] = 7
	}
	for _, p := range [][5]int{
		{0, width, g.Width, g.Height, 0},
		{width * height, width / 2, g.Width / 2, g.Height / 2, g.Width * g.Height},
		{width * height * 5 / 4, width / 2, g.Width / 2, g.Height / 2, g.Width * g.Height * 5 / 4},
	} {
		at, stride, w, h, from := p[0], p[1], p[2], p[3], p[4]
		left, top := box.Min.X*stride/width, box.Min.Y*stride/width
		for y := range h {
			for x := range w {
				frame[at+(top+y)*stride+left+x] = byte(crop[from+y*w+x])
			}
		}
	}
	return frame, width, height, box
}

func TestSameAsPython(t *testing.T) {
	t.Parallel()
	n, g := open(t)
	p, err := n.Painter(g.Width, g.Height)
	require.NoError(t, err)
	defer func() { assert.NoError(t, p.Close()) }()
	frame, width, height, box := around(g, g.Resting)
	want, _, _, _ := around(g, g.Drawn)
	require.NoError(t, p.Paint(t.Context(), mouth.Frame{Pixels: frame, Width: width, Height: height}, box, face.Coefficients(g.Face)))
	changed := 0
	before, _, _, _ := around(g, g.Resting)
	for i := range frame {
		require.InDelta(t, int(want[i]), int(frame[i]), 1, "byte %d", i)
		if frame[i] != before[i] {
			changed++
		}
	}
	assert.Greater(t, changed, g.Width*g.Height/4, "a mouth is drawn")
	for _, at := range []int{4*width + 10, 4*width + 10 + g.Width - 1, (3+g.Height)*width + 20} {
		assert.Equal(t, before[at], frame[at], "the box's border is never touched")
	}
}

// A network may say itself what is to be seen.
func TestPlainNetwork(t *testing.T) {
	t.Parallel()
	p, err := network(t, "plain.onnx").Painter(32, 16)
	require.NoError(t, err)
	defer func() { assert.NoError(t, p.Close()) }()
	frame := make([]byte, 64*48*3/2)
	require.NoError(t, p.Paint(t.Context(), mouth.Frame{Pixels: frame, Width: 64, Height: 48}, image.Rect(8, 4, 40, 20), face.Coefficients{1}))
	for y := range 48 {
		for x := range 64 {
			want := byte(0)
			if (image.Point{X: x, Y: y}).In(image.Rect(8, 4, 40, 20)) {
				want = 200
			}
			require.Equal(t, want, frame[y*64+x], "%d, %d", x, y)
		}
	}
	assert.Equal(t, make([]byte, 64*48/2), frame[64*48:], "its colour is what it got")
}

// What loads may still be made for another engine: that is the pack's fault, not the engine's.
func TestNetworksOfSomethingElse(t *testing.T) {
	t.Parallel()
	require.NoError(t, onnx.Load("../../../../build/natives/onnxruntime/libonnxruntime.so"))
	plain, err := os.ReadFile(testdata + "plain.onnx")
	require.NoError(t, err)
	for name, tc := range map[string]struct{ old, other string }{
		"more coefficients": {"\x0a\x02\x08\x0c", "\x0a\x02\x08\x0d"}, // 12 of them
		"another height":    {"\x12\x01h", "\x08\xc0\x00"},            // 64 in place of any h
		"swapped planes":    {"\x0a\x01u\x12\x05u_out", "\x0a\x01y\x12\x05u_out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, string(plain), tc.old)
			n, err := mouth.Open(bytes.ReplaceAll(plain, []byte(tc.old), []byte(tc.other)))
			require.NoError(t, err)
			defer func() { assert.NoError(t, n.Close()) }()
			p, err := n.Painter(32, 16)
			require.NoError(t, err)
			defer func() { assert.NoError(t, p.Close()) }()
			err = p.Paint(t.Context(), mouth.Frame{Pixels: make([]byte, 32*16*3/2), Width: 32, Height: 16}, image.Rect(0, 0, 32, 16), face.Coefficients{1})
			assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
			assert.NotEmpty(t, fault.HintOf(err))
		})
	}
}

// A network that goes round for ever ends with who asked, and nothing of it stays.
func TestNetworkWithoutEnd(t *testing.T) {
	t.Parallel()
	p, err := network(t, "endless.onnx").Painter(32, 16)
	require.NoError(t, err)
	defer func() { assert.NoError(t, p.Close()) }()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	err = p.Paint(ctx, mouth.Frame{Pixels: make([]byte, 32*16*3/2), Width: 32, Height: 16}, image.Rect(0, 0, 32, 16), face.Coefficients{1})
	require.ErrorIs(t, err, context.Canceled)
}

func TestRestIsLeftAsFilmed(t *testing.T) {
	t.Parallel()
	n, g := open(t)
	p, err := n.Painter(g.Width, g.Height)
	require.NoError(t, err)
	defer func() { assert.NoError(t, p.Close()) }()
	frame, width, height, box := around(g, g.Resting)
	before, _, _, _ := around(g, g.Resting)
	require.NoError(t, p.Paint(t.Context(), mouth.Frame{Pixels: frame, Width: width, Height: height}, box, face.Coefficients{}))
	assert.Equal(t, before, frame)
}

// The network sees every size in its own: a larger crop is painted, and its border is not.
func TestOtherSizes(t *testing.T) {
	t.Parallel()
	n, g := open(t)
	for _, size := range []image.Point{{2 * g.Width, 2 * g.Height}, {g.Width * 3 / 2, g.Height * 3 / 2}, {32, 20}} {
		p, err := n.Painter(size.X, size.Y)
		require.NoError(t, err)
		frame := make([]byte, size.X*size.Y*3/2)
		for i := range frame {
			frame[i] = 100
		}
		require.NoError(t, p.Paint(t.Context(), mouth.Frame{Pixels: frame, Width: size.X, Height: size.Y}, image.Rectangle{Max: size}, face.Coefficients(g.Face)))
		assert.Equal(t, byte(100), frame[0], size)
		assert.NotEqual(t, byte(100), frame[size.X*size.Y/2+size.X/2], size)
		require.NoError(t, p.Close())
	}
}

func TestBrokenGraphs(t *testing.T) {
	t.Parallel()
	require.NoError(t, onnx.Load("../../../../build/natives/onnxruntime/libonnxruntime.so"))
	good, err := os.ReadFile(testdata + "mouth.onnx")
	require.NoError(t, err)
	for name, graph := range map[string][]byte{
		"empty": nil, "text": []byte("no graph"), "cut off": good[:len(good)/2],
	} {
		_, err := mouth.Open(graph)
		assert.Equal(t, fault.Invalid, fault.KindOf(err), name)
		assert.NotEmpty(t, fault.HintOf(err), name)
	}
}
