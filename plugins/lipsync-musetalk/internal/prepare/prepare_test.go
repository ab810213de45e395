package prepare_test

import (
	"encoding/binary"
	"encoding/json"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/prepare"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/raster"
)

func golden(t testing.TB, elements ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"../../../../models/musetalk/golden"}, elements...)...))
	require.NoError(t, err)
	return path
}

// reference is what models/musetalk/reference_preparation.py made of the film.
type reference struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	Frames []*struct {
		Box  [4]int `json:"box"`
		Crop [4]int `json:"crop"`
	} `json:"frames"`
}

func corners(r image.Rectangle) [4]int { return [4]int{r.Min.X, r.Min.Y, r.Max.X, r.Max.Y} }

func models(t testing.TB) *networks.Preparation {
	t.Helper()
	library, err := filepath.Abs("../../../../build/natives/onnxruntime/libonnxruntime.so")
	require.NoError(t, err)
	m, err := networks.OpenPreparation(networks.Options{Dir: golden(t, "graphs"), Library: library, Provider: networks.CPU})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

// Boxes are those of the plain implementation in Python, latents and masks are nearly.
func TestItIsTheReference(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(golden(t, "prepare", "prepared.json"))
	require.NoError(t, err)
	var want reference
	require.NoError(t, json.Unmarshal(raw, &want))
	film, err := os.ReadFile(golden(t, "prepare", "film.bgr"))
	require.NoError(t, err)
	latents, err := os.ReadFile(golden(t, "prepare", "latents.f4"))
	require.NoError(t, err)
	m := models(t)
	require.True(t, m.Finds() && m.Parses())
	p := prepare.Preparer{Models: m, Parses: true}
	size := 3 * want.Width * want.Height
	for n, frame := range want.Frames {
		got, err := p.Prepare(raster.Picture{Width: want.Width, Height: want.Height, Channels: 3, Pix: film[n*size : (n+1)*size]})
		require.NoError(t, err)
		require.NotNil(t, got)
		assert.Equal(t, frame.Box, corners(got.Box), n)
		assert.Equal(t, frame.Crop, corners(got.Crop), n)
		worst, largest := 0.0, 0.0
		for i, v := range got.Latent {
			w := float64(math.Float32frombits(binary.LittleEndian.Uint32(latents[4*(n*len(got.Latent)+i):])))
			worst, largest = max(worst, math.Abs(w-float64(v))), max(largest, math.Abs(w))
		}
		assert.LessOrEqual(t, worst, 1e-3*largest, "latents")
		mask := grey(t, golden(t, "prepare", "mask-"+strconv.Itoa(n)+".png"))
		require.Equal(t, mask.Rect.Size(), got.Mask.Rect.Size())
		apart, most, sum := 0, 0, 0
		for i, v := range mask.Pix {
			d := int(v) - int(got.Mask.Pix[i])
			apart, most, sum = apart+max(d, -d), max(most, d, -d), sum+int(v)
		}
		assert.Positive(t, sum, "the mask shows something")
		// A pixel whose two likeliest classes are as likely as each other may be of either.
		assert.LessOrEqual(t, most, 3, "masks")
		assert.LessOrEqual(t, float64(apart), 0.2*float64(len(mask.Pix)), "masks on average")
		t.Logf("frame %d: latents differ by %.2g of %.2g, masks by %d", n, worst, largest, most)
	}
}

func grey(t testing.TB, path string) *image.Gray {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	picture, err := png.Decode(file)
	require.NoError(t, err)
	return picture.(*image.Gray)
}

// A box that is known is taken as it is, without any search.
func TestAKnownBox(t *testing.T) {
	t.Parallel()
	p := prepare.Preparer{Models: blind{}, Box: image.Rect(40, 30, 100, 300)}
	got, err := p.Prepare(raster.New(160, 120, 3))
	require.NoError(t, err)
	assert.Equal(t, image.Rect(40, 30, 100, 120), got.Box, "what leaves the frame is cut off")
	assert.Equal(t, image.Rect(3, 8, 137, 142), got.Crop)
	seen := 0
	for y := range got.Mask.Rect.Dy() {
		for x := range got.Mask.Rect.Dx() {
			if got.Mask.GrayAt(x, y).Y == 255 {
				seen++
				assert.True(t, image.Pt(x+3, y+8).In(got.Box))
			}
		}
	}
	assert.Greater(t, seen, 500, "the lower half of an oval")
}

// A frame without a face is told by nil.
func TestNoFace(t *testing.T) {
	t.Parallel()
	p := prepare.Preparer{Models: blind{}}
	got, err := p.Prepare(raster.New(160, 120, 3))
	require.NoError(t, err)
	assert.Nil(t, got)
}

// blind are models that see nothing, and encode everything as zeros.
type blind struct{}

func (blind) Detect([]byte, int, int) ([]networks.Place, error) {
	return []networks.Place{{Score: 0.5}}, nil
}

func (blind) Find([]byte) ([][2]float32, error) { return make([][2]float32, networks.Points), nil }

func (blind) Parse([]byte) ([]byte, error) {
	return make([]byte, networks.ParsedSide*networks.ParsedSide), nil
}

func (blind) Encode(_ []float32, n int) ([]float32, error) {
	return make([]float32, n*networks.HalfLatent), nil
}
