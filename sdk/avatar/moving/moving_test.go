package moving_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/fault"
)

const ffmpeg = "../../../build/natives/bin/ffmpeg"

// pack writes a pack whose film is bytes of no meaning.
func pack(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "1080p", "p")
	require.NoError(t, os.MkdirAll(dir, 0o750))
	m := moving.Manifest{
		Format: moving.Format, Version: moving.Version, ID: "p_1080p", Width: 1920, Height: 1080, FPS: 25, Files: map[string]moving.File{},
		Loops: []moving.Loop{
			{Name: "listen", File: "a.mp4", Frames: 1, Mouth: [][2]float64{{132, 108}}},
			{Name: "talk", File: "a.mp4", Frames: 3, Mouth: [][2]float64{{960, 600}, {963.2, 601}, {130, 974}}},
		},
		Mouth: &moving.Mouth{File: "mouth.onnx", Face: 1, Box: [2]float64{264, 216}},
	}
	for _, name := range []string{"a.mp4", "mouth.onnx"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
		sum := sha256.Sum256([]byte(name))
		m.Files[name] = moving.File{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(name))}
	}
	raw, err := json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, moving.Filename), raw, 0o600))
	return dir
}

// shoot films a pack, with arguments for ffmpeg that come last, and seals it.
func shoot(t *testing.T, dir string, args ...string) {
	t.Helper()
	file := filepath.Join(dir, "a.mp4")
	args = append([]string{
		"-v", "error", "-y", "-f", "lavfi", "-i", "color=red:s=1920x1080:r=25", "-frames:v", "3", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
	}, args...)
	out, err := exec.CommandContext(t.Context(), ffmpeg, append(args, file)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	sum := sha256.Sum256(raw)
	require.NoError(t, edit(func(m map[string]any) {
		m["files"].(map[string]any)["a.mp4"] = map[string]any{"sha256": hex.EncodeToString(sum[:]), "bytes": len(raw)} //nolint:forcetypeassert // a test may fail so
	})(dir))
}

// filmed writes a pack whose film is one.
func filmed(t *testing.T) string {
	t.Helper()
	dir := pack(t)
	shoot(t, dir)
	return dir
}

func TestFilmsOfAnotherFormAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"the full range": {[]string{"-color_range", "pc"}, "loop listen: its colours are in the full range"},
		"60 a second":    {[]string{"-vf", "setpts=N/60/TB", "-r", "60"}, "loop listen: it has 60 frames a second"},
		"another size":   {[]string{"-vf", "scale=640:360"}, "loop listen: its pictures are 640×360, not 1920×1080"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := pack(t)
			shoot(t, dir, tc.args...)
			_, err := moving.Open(dir)
			require.ErrorContains(t, err, tc.want)
			assert.Equal(t, fault.Invalid, fault.KindOf(err))
			_, err = moving.Preview(t.Context(), dir, ffmpeg)
			require.ErrorContains(t, err, tc.want)
			film, err := moving.OpenFilm(dir, "listen")
			require.NoError(t, err)
			defer func() { _ = film.Close() }()
			require.ErrorContains(t, film.Verify(), strings.TrimPrefix(tc.want, "loop listen: "))
		})
	}
}

func TestBoxes(t *testing.T) {
	t.Parallel()
	p, err := moving.Open(filmed(t))
	require.NoError(t, err)
	talk := p.Loop("think")
	assert.Equal(t, "talk", talk.Name, "there is no loop of a thinking face")
	assert.Equal(t, "listen", p.Loop("listen").Name)
	assert.Equal(t, []image.Rectangle{
		image.Rect(828, 492, 1092, 708), image.Rect(832, 494, 1096, 710), image.Rect(0, 864, 264, 1080),
	}, p.Boxes(talk, 1920, 1080))
	for _, size := range [][2]int{{1280, 720}, {854, 480}, {640, 360}, {16, 16}} {
		for _, b := range p.Boxes(talk, size[0], size[1]) {
			assert.True(t, b.In(image.Rect(0, 0, size[0], size[1])), b)
			assert.Zero(t, (b.Min.X|b.Min.Y|b.Dx()|b.Dy())%2, b)
		}
	}
	assert.Equal(t, image.Pt(176, 144), p.Boxes(talk, 1280, 720)[0].Size())
}

func TestDerived(t *testing.T) {
	t.Parallel()
	dir := filmed(t)
	root := filepath.Dir(filepath.Dir(dir))
	small := filepath.Join(root, "480p", "q")
	require.NoError(t, os.MkdirAll(small, 0o750))
	text := `{"format":"visavis-moving","version":1,"id":"p_480p","derive":{"from":"../../1080p/p","width":854,"height":480}}`
	require.NoError(t, os.WriteFile(filepath.Join(small, moving.Filename), []byte(text), 0o600))
	found, errs := moving.List(root)
	require.Empty(t, errs)
	require.Len(t, found, 2)
	assert.Equal(t, "visavis-moving/1", found[0].Format)
	assert.Equal(t, [2]int{1920, 1080}, [2]int{found[0].Width, found[0].Height})
	assert.Equal(t, [2]int{854, 480}, [2]int{found[1].Width, found[1].Height})
	assert.Equal(t, []string{"listen", "talk"}, found[0].Loops)
	assert.Equal(t, []string{"listen", "talk"}, found[1].Loops, "those of the pack that it is derived from")
	p, err := moving.Open(small)
	require.NoError(t, err)
	assert.Equal(t, dir, p.Dir)
	require.NoError(t, os.Remove(filepath.Join(dir, moving.Filename)))
	found, errs = moving.List(root)
	assert.Empty(t, found, "nothing is left to derive it from")
	assert.Len(t, errs, 1)
}

func TestFilms(t *testing.T) {
	t.Parallel()
	dir := pack(t)
	film, err := moving.OpenFilm(dir, "listen")
	require.NoError(t, err)
	defer func() { _ = film.Close() }()
	content, err := io.ReadAll(film)
	require.NoError(t, err)
	assert.Equal(t, "a.mp4", string(content))
	require.ErrorContains(t, film.Verify(), "checksum", "it was read already")
	_, err = film.Seek(0, io.SeekStart)
	require.NoError(t, err)
	require.ErrorContains(t, film.Verify(), "no MP4 with pictures")
	for _, name := range []string{"think", "", "a.mp4", "../p/a.mp4", "mouth.onnx"} {
		_, err := moving.OpenFilm(dir, name)
		assert.Equal(t, fault.NotFound, fault.KindOf(err), "names are those of loops: %q", name)
	}
	require.NoError(t, os.Truncate(filepath.Join(dir, "a.mp4"), 1))
	_, err = moving.OpenFilm(dir, "listen")
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
}

// edit changes fields of moving.json.
func edit(change func(m map[string]any)) func(dir string) error {
	return func(dir string) error {
		path := filepath.Join(dir, moving.Filename)
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			return err
		}
		change(m)
		if raw, err = json.Marshal(m); err != nil {
			return err
		}
		return os.WriteFile(path, raw, 0o600)
	}
}

func write(text string) func(dir string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, moving.Filename), []byte(text), 0o600) }
}

//nolint:forcetypeassert // a test may fail so
func TestBrokenPacksAreRefused(t *testing.T) {
	t.Parallel()
	loop := func(m map[string]any) map[string]any { return m["loops"].([]any)[1].(map[string]any) }
	mouth := func(m map[string]any) map[string]any { return m["mouth"].(map[string]any) }
	for name, tc := range map[string]struct {
		harm func(dir string) error
		want string
	}{
		"no manifest": {func(dir string) error { return os.Remove(filepath.Join(dir, moving.Filename)) }, "no such file"},
		"a pipe": {func(dir string) error {
			path := filepath.Join(dir, moving.Filename)
			return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600))
		}, "plain file"},
		"not JSON":          {write("{"), "decode"},
		"not UTF-8":         {write("{\"id\":\"\xff\"}"), "UTF-8"},
		"an id of ways":     {edit(func(m map[string]any) { m["id"] = "a/b" }), "without /"},
		"no id":             {edit(func(m map[string]any) { m["id"] = "" }), "id"},
		"another version":   {edit(func(m map[string]any) { m["version"] = 2 }), "version 2"},
		"another format":    {edit(func(m map[string]any) { m["format"] = "zip" }), "format"},
		"an unknown field":  {edit(func(m map[string]any) { m["lops"] = 1 }), "lops"},
		"an odd size":       {edit(func(m map[string]any) { m["width"] = 1279 }), "size"},
		"a giant":           {edit(func(m map[string]any) { m["width"] = 1 << 30 }), "size"},
		"30 frames":         {edit(func(m map[string]any) { m["fps"] = 30 }), "fps"},
		"no talk":           {edit(func(m map[string]any) { loop(m)["name"] = "sing" }), "talk"},
		"a name with /":     {edit(func(m map[string]any) { loop(m)["name"] = "a/b" }), "its name"},
		"two of a name":     {edit(func(m map[string]any) { loop(m)["name"] = "listen" }), "twice"},
		"fewer mouths":      {edit(func(m map[string]any) { loop(m)["frames"] = 4 }), "one for each"},
		"a mouth outside":   {edit(func(m map[string]any) { loop(m)["mouth"].([]any)[0] = []float64{-1, 5} }), "not inside"},
		"a box that leaves": {edit(func(m map[string]any) { loop(m)["mouth"].([]any)[0] = []float64{5, 5} }), "frame 0: the mouth's box of 264×216 around [5 5] is not inside"},
		"a box below":       {edit(func(m map[string]any) { loop(m)["mouth"].([]any)[1] = []float64{960, 975} }), "frame 1: the mouth's box"},
		"too many pixels":   {edit(func(m map[string]any) { m["width"], m["height"] = 4000, 4000 }), "more than 3840×2160"},
		"an unlisted film":  {edit(func(m map[string]any) { loop(m)["file"] = "b.mp4" }), "not listed"},
		"no network":        {edit(func(m map[string]any) { delete(m, "mouth") }), "mouth"},
		"an unlisted graph": {edit(func(m map[string]any) { mouth(m)["file"] = "b" }), "not listed"},
		"other coefficients": {
			edit(func(m map[string]any) { mouth(m)["face"] = 9 }), "version 9",
		},
		"a box too large": {edit(func(m map[string]any) { mouth(m)["box"] = []float64{3000, 20} }), "box"},
		"a path outside": {edit(func(m map[string]any) {
			m["files"].(map[string]any)["../x"] = map[string]any{"sha256": "", "bytes": 1}
		}), "outside"},
		"a huge file": {edit(func(m map[string]any) {
			m["files"].(map[string]any)["mouth.onnx"] = map[string]any{"sha256": "", "bytes": 1 << 40}
		}), "too large"},
		"a missing file":  {func(dir string) error { return os.Remove(filepath.Join(dir, "mouth.onnx")) }, "mouth.onnx"},
		"another content": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "a.mp4"), []byte("b.mp4"), 0o600) }, "checksum"},
		"a link outside": {func(dir string) error {
			path := filepath.Join(dir, "a.mp4")
			return errors.Join(os.Rename(path, filepath.Join(dir, "..", "a.mp4")), os.Symlink("../a.mp4", path))
		}, "plain file"},
		"derived of far away": {write(`{"format":"visavis-moving","version":1,"id":"x","derive":{"from":"../../../../etc","width":640,"height":360}}`), "far away"},
		"derived of itself":   {write(`{"format":"visavis-moving","version":1,"id":"x","derive":{"from":".","width":640,"height":360}}`), "itself derived"},
		"derived too small":   {write(`{"format":"visavis-moving","version":1,"id":"x","derive":{"from":"../p","width":320,"height":178}}`), "size 320×178 is smaller than 180"},
		"derived with films":  {edit(func(m map[string]any) { m["derive"] = map[string]any{"from": "x", "width": 640, "height": 360} }), "of its own"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := pack(t)
			require.NoError(t, tc.harm(dir))
			_, err := moving.Open(dir)
			require.ErrorContains(t, err, tc.want)
			kind := fault.KindOf(err)
			assert.True(t, kind == fault.Invalid || (kind == fault.NotFound && name == "no manifest"), kind)
			assert.NotContains(t, fault.HintOf(err), "/")
		})
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	dir := pack(t)
	_, err := moving.Preview(t.Context(), dir, ffmpeg)
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "the film is none")
	shoot(t, dir)
	picture, err := moving.Preview(t.Context(), dir, ffmpeg)
	require.NoError(t, err)
	assert.Equal(t, "\xff\xd8", string(picture[:2]))
}
