package prepared_test

import (
	"bytes"
	"encoding/json"
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
)

const (
	width, height, frames = 64, 48, 5
	noFace                = 3
)

func ffmpeg(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs("../../../build/natives/bin/ffmpeg")
	require.NoError(t, err)
	return path
}

// picture is a frame with edges in all colours.
func picture(n int) ([]byte, error) {
	raw := make([]byte, 3*width*height)
	for i := range width * height {
		x, y := i%width, i/width
		raw[3*i], raw[3*i+1], raw[3*i+2] = byte(x*4), byte(y*5), byte((x+n)/8%2*200)
	}
	return raw, nil
}

func latent(n int) []byte { return bytes.Repeat([]byte{byte(n), 60}, prepared.LatentValues) }

func draft() prepared.Draft {
	d := prepared.Draft{
		ID: "someone", Model: "musetalk", Width: width, Height: height, FPS: 25, LatentType: "f2", Latent: latent, Picture: picture,
	}
	mask := image.NewGray(image.Rect(0, 0, 30, 30))
	for i := range mask.Pix {
		mask.Pix[i] = byte(i)
	}
	d.Masks = []*image.Gray{mask}
	for n := range frames {
		d.Frames = append(d.Frames, &prepared.Frame{Box: [4]int{10 + n, 10, 30 + n, 40}, Crop: [4]int{5, -5, 35, 25}})
	}
	d.Frames[noFace] = nil
	return d
}

// made writes a pack.
func made(t testing.TB, d prepared.Draft) (string, prepared.Result) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "packs", "someone")
	r, err := prepared.Write(t.Context(), ffmpeg(t), dir, d)
	require.NoError(t, err)
	return dir, r
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	dir, r := made(t, draft())
	assert.GreaterOrEqual(t, r.WorstPSNR, 45.0)
	p, err := prepared.Open(dir)
	require.NoError(t, err)
	assert.Equal(t, draft().Frames, p.Frames)
	require.Len(t, p.Latent, frames)
	for n, l := range p.Latent {
		if n == noFace {
			assert.Nil(t, l)
			continue
		}
		assert.Equal(t, latent(n), l, "latents are exact")
	}
	require.Len(t, p.Masks, 1)
	assert.Equal(t, draft().Masks[0].Pix, p.Masks[0].Pix, "masks are exact")
	seen := 0
	require.NoError(t, p.Film.Read(t.Context(), ffmpeg(t), func(n int, got []byte) error {
		want, err := picture(n)
		sum := 0.0
		for i := range want {
			d := float64(want[i]) - float64(got[i])
			sum += d * d
		}
		assert.GreaterOrEqual(t, 10*math.Log10(255*255*float64(len(want))/sum), 45.0, n)
		seen++
		return err
	}))
	assert.Equal(t, frames, seen)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*"))
	require.NoError(t, err)
	assert.Empty(t, left, "nothing half is left")
	_, err = prepared.Write(t.Context(), ffmpeg(t), dir, draft())
	require.ErrorContains(t, err, "there already")
}

func TestDraftsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil  func(*prepared.Draft)
		reason string
	}{
		"no name":           {func(d *prepared.Draft) { d.ID = "" }, "without /"},
		"no face":           {func(d *prepared.Draft) { d.Frames = make([]*prepared.Frame, frames) }, "no frame has a face"},
		"a short latent":    {func(d *prepared.Draft) { d.Latent = func(int) []byte { return make([]byte, 7) } }, "frame 0 has 7 bytes"},
		"a strange type":    {func(d *prepared.Draft) { d.LatentType = "f8" }, "f8"},
		"a picture too few": {func(d *prepared.Draft) { d.Picture = func(int) ([]byte, error) { return nil, os.ErrNotExist } }, "not exist"},
		"another mask":      {func(d *prepared.Draft) { d.Frames[0].Mask = 1 }, "there is no mask 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := draft()
			tc.spoil(&d)
			parent := t.TempDir()
			_, err := prepared.Write(t.Context(), ffmpeg(t), filepath.Join(parent, "x"), d)
			require.ErrorContains(t, err, tc.reason)
			entries, err := os.ReadDir(parent)
			require.NoError(t, err)
			assert.Empty(t, entries)
		})
	}
}

func TestBrokenPacks(t *testing.T) {
	t.Parallel()
	dir, _ := made(t, draft())
	manifest := func(change func(map[string]any)) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			raw, err := os.ReadFile(filepath.Join(dir, prepared.Filename))
			require.NoError(t, err)
			var m map[string]any
			require.NoError(t, json.Unmarshal(raw, &m))
			change(m)
			raw, err = json.Marshal(m)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, prepared.Filename), raw, 0o600))
		}
	}
	frame := func(m map[string]any, n int) map[string]any { return m["frames"].([]any)[n].(map[string]any) }
	for name, tc := range map[string]struct {
		spoil  func(*testing.T, string)
		reason string
	}{
		"another version":   {manifest(func(m map[string]any) { m["version"] = 2 }), "version 2"},
		"an unknown field":  {manifest(func(m map[string]any) { m["colour"] = 1 }), "colour"},
		"a path outside":    {manifest(func(m map[string]any) { m["files"].(map[string]any)["../x"] = map[string]any{"bytes": 1} }), "outside the pack"},
		"a film not listed": {manifest(func(m map[string]any) { m["film"] = "other.mp4" }), "is not listed"},
		"a face outside":    {manifest(func(m map[string]any) { frame(m, 0)["box"] = []int{60, 10, 70, 40} }), "frame 0: box"},
		"a crop elsewhere":  {manifest(func(m map[string]any) { frame(m, 1)["crop"] = []int{50, 40, 80, 70} }), "frame 1"},
		"a crop too large":  {manifest(func(m map[string]any) { frame(m, 1)["crop"] = []int{5, -5, 36, 25} }), "the mask is"},
		"a mask too few":    {manifest(func(m map[string]any) { frame(m, 2)["mask"] = 1 }), "no mask 1"},
		"a face too few":    {manifest(func(m map[string]any) { m["frames"].([]any)[0] = nil }), "are not those of 3 faces"},
		"an absurd size":    {manifest(func(m map[string]any) { m["width"] = 1 << 20 }), "size"},
		"a changed file":    {touch("latents.bin", 0), "checksum"},
		"a shorter file":    {touch("latents.bin", -1), "plain file"},
		"a missing file": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(dir, "mask-000000.png")))
		}, "mask-000000.png"},
		"another text": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(dir, prepared.Filename), []byte("\xff"), 0o600))
		}, "UTF-8"},
		"two objects in one": {func(t *testing.T, dir string) { t.Helper(); twice(t, filepath.Join(dir, prepared.Filename)) }, "follows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			copied := filepath.Join(t.TempDir(), "x")
			require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
			tc.spoil(t, copied)
			_, err := prepared.Open(copied)
			require.ErrorContains(t, err, tc.reason)
			assert.Equal(t, fault.Invalid, fault.KindOf(err))
			assert.NotContains(t, fault.HintOf(err), copied)
		})
	}
	_, err := prepared.Open(filepath.Join(dir, "none"))
	require.Error(t, err)
}

// touch changes a file's last byte, or takes it away.
func touch(name string, longer int) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		raw[len(raw)-1]++
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), raw[:len(raw)+longer], 0o600))
	}
}

func twice(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat(string(raw), 2)), 0o600))
}
