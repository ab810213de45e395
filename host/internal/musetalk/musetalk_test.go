package musetalk_test

import (
	"encoding/binary"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/musetalk"
	"github.com/visavis-dev/visavis/host/internal/pickle/arrays"
)

// What the known tools wrote is read as they meant it: testdata/make.py says what that is.
func TestOpen(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		bottom int
		moving bool
	}{
		"root.pkl": {30, false}, "script.pkl": {40, false}, "older.pkl": {40, false}, "musetalk": {30, true}, "livetalking": {30, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := musetalk.Open(filepath.Join("testdata", name))
			require.NoError(t, err)
			defer func() { require.NoError(t, s.Close()) }()
			assert.Equal(t, []any{64, 48, 25.0}, []any{s.Width, s.Height, s.FPS})
			require.Len(t, s.Faces, 6)
			require.Len(t, s.Masks, 1, "the same mask is kept once")
			assert.Equal(t, byte(0), s.Masks[0].Pix[0])
			assert.Equal(t, byte(231), s.Masks[0].Pix[21*44+21])
			for n, f := range s.Faces {
				picture, err := s.Frame(n)
				require.NoError(t, err)
				require.Len(t, picture, 3*64*48)
				at := 3 * (7*64 + 5)
				assert.Equal(t, []byte{20, 35, byte(40 * n)}, picture[at:at+3], "blue, green, red")
				if n == 2 {
					assert.Nil(t, f)
					continue
				}
				assert.Equal(t, image.Rect(10+n, 8, 40+n, tc.bottom), f.Box)
				crop := image.Rect(3, -3, 47, 41)
				if tc.moving {
					crop = crop.Add(image.Pt(n, 0))
				}
				assert.Equal(t, crop, f.Crop)
				assert.Equal(t, arrays.Float16, f.Latent.Type)
				assert.Equal(t, half(n), binary.LittleEndian.Uint16(f.Latent.Data[2*8191:]), "the latent of its frame")
			}
		})
	}
}

// half is a small whole number in half precision.
func half(n int) uint16 {
	return map[int]uint16{0: 0, 1: 0x3c00, 3: 0x4200, 4: 0x4400, 5: 0x4500}[n]
}

const size = 16

// parts are those of an avatar of two frames that is right.
func parts() map[string]any {
	frame := array("u1", make([]byte, 3*size*size), size, size, 3)
	latent := tensor(make([]byte, 2*8*32*32), 1, 8, 32, 32)
	return map[string]any{
		"frames": []any{frame, frame}, "coords_list": []any{tuple{2, 2, 12, 12}, tuple{3, 2, 13, 12}}, "input_latent_list": []any{latent, latent},
		"fps": 25.0, "cached_mask": array("u1", make([]byte, 14*14), 14, 14), "cached_crop_box": []any{0, 0, 14, 14},
	}
}

func open(t *testing.T, v any) (*musetalk.Source, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.pkl")
	require.NoError(t, os.WriteFile(file, dump(v), 0o600))
	return musetalk.Open(file)
}

func TestWrongAvatars(t *testing.T) {
	t.Parallel()
	frame := func(w, h, colours int) raw { return array("u1", make([]byte, w*h*colours), h, w, colours) }
	latent := func(shape ...any) raw {
		n := 2
		for _, side := range shape {
			n *= side.(int)
		}
		return tensor(make([]byte, n), shape...)
	}
	right := parts()["input_latent_list"].([]any)[0]
	for name, tc := range map[string]struct {
		field  string
		value  any
		reason string
	}{
		"no frames":              {"frames", []any{}, "0 frames and 2 boxes"},
		"frames of text":         {"frames", "x", "frames are no list"},
		"a frame of text":        {"frames", []any{"x", "x"}, "frame 0: a value is no numpy array"},
		"a grey frame":           {"frames", []any{array("u1", make([]byte, 256), 16, 16), array("u1", make([]byte, 256), 16, 16)}, "frame 0 is an array of shape [16 16]"},
		"four colours":           {"frames", []any{frame(16, 16, 4), frame(16, 16, 4)}, "shape [16 16 4]"},
		"frames of two sizes":    {"frames", []any{frame(16, 16, 3), frame(18, 16, 3)}, "frame 1 is 18×16, the first is 16×16"},
		"tiny frames":            {"frames", []any{frame(2, 2, 3), frame(2, 2, 3)}, "its frames are 2×2"},
		"floating frames":        {"frames", []any{array("f4", make([]byte, 4*768), 16, 16, 3)}, "of f4"},
		"a frame cut short":      {"frames", []any{array("u1", make([]byte, 100), 16, 16, 3)}, "holds 100 bytes"},
		"a negative side":        {"frames", []any{array("u1", nil, -1, 16, 3)}, "a side of -1"},
		"an absurd side":         {"frames", []any{array("u1", nil, 1<<30, 1<<30, 3)}, "absurdly large"},
		"objects":                {"frames", []any{array("O", make([]byte, 768), 16, 16, 3)}, `type "O"`},
		"fewer boxes":            {"coords_list", []any{tuple{2, 2, 12, 12}}, "2 frames and 1 boxes"},
		"no boxes":               {"coords_list", nil, "no coords_list"},
		"a box of three":         {"coords_list", []any{tuple{2, 2, 12}, tuple{2, 2, 12, 12}}, "frame 0: a box has 3 coordinates"},
		"a box of fractions":     {"coords_list", []any{tuple{2.5, 2, 12, 12}, tuple{2, 2, 12, 12}}, "no whole number"},
		"a box outside":          {"coords_list", []any{tuple{2, 2, 12, 12}, tuple{2, 2, 17, 12}}, "frame 1: its face, (2,2)-(17,12), is not inside"},
		"a box to the left":      {"coords_list", []any{tuple{-2, 2, 12, 12}, tuple{2, 2, 12, 12}}, "is not inside"},
		"a box inside out":       {"coords_list", []any{tuple{12, 2, 2, 12}, tuple{2, 2, 12, 12}}, "is not inside"},
		"no face at all":         {"coords_list", []any{tuple{0, 0, 0, 0}, tuple{0, 0, 0, 10}}, "no frame has a face"},
		"fewer latents":          {"input_latent_list", []any{right}, "2 frames, 2 of them with a face, and 1 latents"},
		"more latents":           {"input_latent_list", []any{right, right, right}, "3 latents"},
		"a latent of four":       {"input_latent_list", []any{right, latent(1, 4, 32, 32)}, "frame 1: its latent has the shape [1 4 32 32]"},
		"a latent of another":    {"input_latent_list", []any{right, latent(1, 8, 16, 64)}, "shape [1 8 16 64]"},
		"an array as latent":     {"input_latent_list", []any{right, array("f2", make([]byte, 16384), 1, 8, 32, 32)}, "frame 1: a value is no tensor"},
		"no frame rate":          {"fps", 0.0, "frame rate is 0"},
		"an absurd frame rate":   {"fps", 1e9, "frame rate is 1e+09"},
		"a rate of text":         {"fps", "25", "frame rate is NaN"},
		"no mask":                {"cached_mask", nil, "it holds no mask"},
		"a mask of another size": {"cached_mask", array("u1", make([]byte, 12*14), 12, 14), "its mask is 14×12, its crop 14×14"},
		"a mask in colour":       {"cached_mask", array("u1", make([]byte, 14*14*3), 14, 14, 3), "its mask is an array of shape [14 14 3]"},
		"a crop elsewhere":       {"cached_crop_box", []any{100, 100, 114, 114}, "is elsewhere than its face"},
		"a crop of five":         {"cached_crop_box", []any{0, 0, 14, 14, 14}, "a box has 5 coordinates"},
		"a strange margin":       {"extra_margin", -5, "extra_margin is no number of pixels"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := parts()
			all[tc.field] = tc.value
			var entries []entry
			for key, value := range all {
				if value != nil {
					entries = append(entries, entry{key, value})
				}
			}
			_, err := open(t, entries)
			require.ErrorContains(t, err, tc.reason)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		value  any
		reason string
	}{
		"a number":    {5, "it is no file of 16 bytes"},
		"a list":      {[]any{"a long list", "of text"}, "it is no dictionary"},
		"os.system":   {raw("cos\nsystem\n" + string(text(tuple{"id > /tmp/x"})) + "R"), "it wants os.system"},
		"empty":       {[]entry{{"nothing of", "an avatar"}}, "it has no frames"},
		"deep in one": {[]entry{{"frames", []any{raw("cbuiltins\neval\n")}}}, "it wants builtins.eval"},
	} {
		_, err := open(t, tc.value)
		require.ErrorContains(t, err, tc.reason, name)
	}
	_, err := musetalk.Open(filepath.Join(t.TempDir(), "none.pkl"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = musetalk.Open("/dev/zero")
	require.ErrorContains(t, err, "it is no file")
	whole, err := os.ReadFile("testdata/root.pkl")
	require.NoError(t, err)
	for cut := 0; cut < len(whole); cut += 4099 {
		file := filepath.Join(t.TempDir(), "cut.pkl")
		require.NoError(t, os.WriteFile(file, whole[:cut], 0o600))
		_, err := musetalk.Open(file)
		require.Error(t, err)
	}
}

func TestWrongFolders(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil  func(dir string) error
		reason string
	}{
		"no boxes":       {func(dir string) error { return os.Remove(filepath.Join(dir, "coords.pkl")) }, "read coords.pkl"},
		"no latents":     {func(dir string) error { return os.Remove(filepath.Join(dir, "latents.pt")) }, "read latents"},
		"a picture less": {func(dir string) error { return os.Remove(filepath.Join(dir, "full_imgs", "00000005.png")) }, "it has 5 pictures, 6 boxes"},
		"no masks":       {func(dir string) error { return os.RemoveAll(filepath.Join(dir, "mask")) }, "read mask"},
		"a picture of text": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "full_imgs", "00000000.png"), []byte("x"), 0o600)
		}, "00000000.png"},
		"a link outside": {func(dir string) error { return relink(filepath.Join(dir, "latents.pt"), "/etc/passwd") }, "latents"},
		"a pickle of orders": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "coords.pkl"), dump(raw("cos\nsystem\n")), 0o600)
		}, "it wants os.system"},
		"latents of a pickle": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "latents.pt"), dump(1), 0o600) }, "zip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "x")
			require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/livetalking")))
			require.NoError(t, tc.spoil(dir))
			_, err := musetalk.Open(dir)
			require.ErrorContains(t, err, tc.reason)
			assert.Less(t, strings.Count(err.Error(), "\n"), 1)
		})
	}
}

func relink(name, to string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return os.Symlink(to, name)
}

func FuzzOpen(f *testing.F) {
	var entries []entry
	for key, value := range parts() {
		entries = append(entries, entry{key, value})
	}
	f.Add(dump(entries))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file := filepath.Join(t.TempDir(), "x.pkl")
		require.NoError(t, os.WriteFile(file, raw, 0o600))
		if s, err := musetalk.Open(file); err == nil {
			for n := range s.Faces {
				_, err := s.Frame(n)
				require.NoError(t, err)
			}
			require.NoError(t, s.Close())
		}
	})
}
