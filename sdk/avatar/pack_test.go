package avatar_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/fault"
)

const (
	packs  = "../../precomputed"
	ffmpeg = "../../build/natives/bin/ffmpeg"
)

func TestListAndOpen(t *testing.T) {
	t.Parallel()
	found, errs := avatar.List(packs)
	require.Empty(t, errs)
	sizes := map[string][2]int{}
	for _, p := range found {
		assert.True(t, filepath.IsAbs(p.Path), p.Path)
		sizes[p.ID] = [2]int{p.Width, p.Height}
	}
	assert.Equal(t, map[string][2]int{
		"talk_short_720p": {1280, 720}, "talk_short_480p": {854, 480},
	}, sizes)
	p, err := avatar.Open(t.Context(), filepath.Join(packs, "480p", "talk_short_480p"), ffmpeg)
	require.NoError(t, err)
	assert.Equal(t, "talk_short_720p", p.ID, "a derived pack has the pictures of the larger one")
	assert.Len(t, p.Base, 1280*720*3/2)
	for _, l := range p.Layers {
		assert.Len(t, l.Stack, l.Frames, l.Name)
		assert.Len(t, l.Stack[0], l.Box[2]*l.Box[3]*3/2, l.Name)
	}
}

func TestDerivedOfNothingIsLeftOut(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	small := filepath.Join(root, "480p", "talk_short_480p")
	require.NoError(t, os.CopyFS(small, os.DirFS(filepath.Join(packs, "480p", "talk_short_480p"))))
	found, errs := avatar.List(root)
	assert.Empty(t, found)
	require.Len(t, errs, 1)
	assert.ErrorIs(t, errs[0], os.ErrNotExist)
}

// Requests are UTF-8, and so are the answers that would name such a folder.
func TestFolderThatNobodyCanNameIsLeftOut(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{"\xff\xfe", "한글"} {
		require.NoError(t, os.CopyFS(filepath.Join(root, name), os.DirFS(filepath.Join(packs, "720p", "talk_short_720p"))))
	}
	found, errs := avatar.List(root)
	require.Len(t, found, 1)
	assert.Equal(t, "한글", filepath.Base(found[0].Path))
	require.Len(t, errs, 1)
	assert.ErrorContains(t, errs[0], "UTF-8")
}

// What is listed is there, also of a pack that another is made of; its content is read when it is opened.
func TestPacksWithoutTheirFiles(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{"720p/talk_short_720p", "480p/talk_short_480p"} {
		require.NoError(t, os.CopyFS(filepath.Join(root, dir), os.DirFS(filepath.Join(packs, dir))))
	}
	found, errs := avatar.List(root)
	assert.Empty(t, errs)
	assert.Len(t, found, 2)
	require.NoError(t, os.Remove(filepath.Join(root, "720p", "talk_short_720p", "blink.mp4")))
	found, errs = avatar.List(root)
	assert.Empty(t, found)
	require.Len(t, errs, 2)
	assert.ErrorContains(t, errors.Join(errs...), `"blink.mp4" is not a plain file of`)
}

// spoil copies a pack and breaks it.
func spoil(t *testing.T, harm func(dir string) error) string {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "720p", "p")
	require.NoError(t, os.MkdirAll(dir, 0o750))
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(packs, "720p", "talk_short_720p"))))
	require.NoError(t, harm(dir))
	return dir
}

// edit changes fields of pack.json.
func edit(change func(m map[string]any)) func(dir string) error {
	return func(dir string) error {
		path := filepath.Join(dir, avatar.Filename)
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

// encoded makes another film of the mouths' stack, and seals it.
func encoded(args ...string) func(dir string) error {
	return func(dir string) error {
		file, made := filepath.Join(dir, "mouth.mp4"), filepath.Join(dir, "..", "made.mp4")
		args := append([]string{"-v", "error", "-i", file, "-c:v", "libx264", "-preset", "ultrafast"}, args...)
		if err := exec.Command(ffmpeg, append(args, made)...).Run(); err != nil { //nolint:noctx // it is short
			return err
		}
		raw, err := os.ReadFile(made)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(raw)
		return errors.Join(os.Rename(made, file), edit(func(m map[string]any) {
			m["files"].(map[string]any)["mouth.mp4"] = map[string]any{"sha256": hex.EncodeToString(sum[:]), "bytes": len(raw)} //nolint:forcetypeassert // a test may fail so
		})(dir))
	}
}

func layer(m map[string]any, at int) map[string]any {
	return m["layers"].([]any)[at].(map[string]any) //nolint:forcetypeassert // a test may fail so
}

func TestBrokenPacksAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		harm func(dir string) error
		want string
	}{
		"no manifest": {func(dir string) error { return os.Remove(filepath.Join(dir, avatar.Filename)) }, "no such file"},
		"not JSON": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, avatar.Filename), []byte("{"), 0o600)
		}, "decode"},
		"not UTF-8": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, avatar.Filename), []byte("{\"id\":\"\xff\"}"), 0o600)
		}, "UTF-8"},
		"another version":  {edit(func(m map[string]any) { m["version"] = 2 }), "version 2"},
		"another format":   {edit(func(m map[string]any) { m["format"] = "zip" }), "format"},
		"an unknown field": {edit(func(m map[string]any) { m["lyers"] = 1 }), "lyers"},
		"an id of ways":    {edit(func(m map[string]any) { m["id"] = ".." }), "id"},
		"an odd size":      {edit(func(m map[string]any) { m["width"] = 1279 }), "size"},
		"a giant":          {edit(func(m map[string]any) { m["width"] = 1 << 30 }), "size"},
		"too many pixels":  {edit(func(m map[string]any) { m["width"], m["height"] = 4096, 4096 }), "more than 3840×2160"},
		"a pipe": {func(dir string) error {
			path := filepath.Join(dir, avatar.Filename)
			return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600))
		}, "plain file"},
		"too much memory": {edit(func(m map[string]any) {
			layer(m, 0)["frames"] = 2000
			m["layers"] = append(m["layers"].([]any), layer(m, 0)) //nolint:forcetypeassert // a test may fail so
		}), "bytes"},
		"a file that is not named": {edit(func(m map[string]any) { layer(m, 2)["file"] = "" }), "not listed"},
		"an unknown axis": {edit(func(m map[string]any) {
			family := layer(m, 2)["families"].([]any)[0].(map[string]any)  //nolint:forcetypeassert // a test may fail so
			family["axes"].([]any)[0].(map[string]any)["name"] = "opening" //nolint:forcetypeassert // a test may fail so
		}), "axis"},
		"a stack in the full range": {encoded("-color_range", "pc"), "layer mouth: its colours are in the full range"},
		"a stack of 4:4:4":          {encoded("-pix_fmt", "yuv444p"), "layer mouth: its pictures are 4:4:4"},
		"a missing file":            {func(dir string) error { return os.Remove(filepath.Join(dir, "mouth.mp4")) }, "mouth.mp4"},
		"another content":           {func(dir string) error { return os.Truncate(filepath.Join(dir, "mouth.mp4"), 100) }, "mouth.mp4"},
		"a link outside": {func(dir string) error {
			path := filepath.Join(dir, "mouth.mp4")
			return errors.Join(os.Rename(path, filepath.Join(dir, "..", "m")), os.Symlink("../m", path))
		}, "mouth.mp4"},
		"a path outside":        {edit(func(m map[string]any) { m["files"].(map[string]any)["../x"] = map[string]any{"sha256": "", "bytes": 1} }), "outside"}, //nolint:forcetypeassert // a test may fail so
		"a box outside":         {edit(func(m map[string]any) { layer(m, 2)["box"] = []int{1200, 0, 256, 208} }), "box"},
		"an odd box":            {edit(func(m map[string]any) { layer(m, 2)["box"] = []int{1, 0, 256, 208} }), "box"},
		"a box of another size": {edit(func(m map[string]any) { layer(m, 2)["box"] = []int{0, 0, 128, 208} }), "not 128×208"},
		"more frames":           {edit(func(m map[string]any) { layer(m, 2)["frames"] = 1000 }), "frames"},
		"fewer frames": {edit(func(m map[string]any) {
			layer(m, 0)["frames"] = 3
			m["idle"].(map[string]any)["breath"] = make([]float64, 112)
		}), "frames"}, //nolint:forcetypeassert // a test may fail so
		"a family outside": {edit(func(m map[string]any) {
			layer(m, 2)["families"].([]any)[0].(map[string]any)["first"] = 1 << 20 //nolint:forcetypeassert // a test may fail so
		}), "family"},
		"a layer of another name": {edit(func(m map[string]any) { layer(m, 0)["name"] = "breth" }), "none of breath"},
		"a family of another name": {edit(func(m map[string]any) {
			layer(m, 2)["families"].([]any)[2].(map[string]any)["name"] = "smile" //nolint:forcetypeassert // a test may fail so
		}), "none of vowel"},
		"a name of megabytes": {edit(func(m map[string]any) { layer(m, 0)["name"] = strings.Repeat("x", 1<<19) }), "layer"},
		"no mouth":            {edit(func(m map[string]any) { m["layers"] = m["layers"].([]any)[:2] }), "mouth"},             //nolint:forcetypeassert // a test may fail so
		"short phases":        {edit(func(m map[string]any) { m["idle"].(map[string]any)["blink"] = []float64{0} }), "idle"}, //nolint:forcetypeassert // a test may fail so
		"a phase outside": {edit(func(m map[string]any) {
			m["idle"].(map[string]any)["blink"].([]any)[0] = 99.0 //nolint:forcetypeassert // a test may fail so
		}), "phase"},
		"derived of far away": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, avatar.Filename),
				[]byte(`{"format":"visavis-pack","version":1,"id":"x","derive":{"from":"../../../../etc","width":640,"height":360}}`), 0o600)
		}, "far away"},
		"derived too small": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, avatar.Filename),
				[]byte(`{"format":"visavis-pack","version":1,"id":"x","derive":{"from":"../p","width":16,"height":16}}`), 0o600)
		}, "size 16×16 is smaller than 180"},
		"derived of itself": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, avatar.Filename),
				[]byte(`{"format":"visavis-pack","version":1,"id":"x","derive":{"from":".","width":640,"height":360}}`), 0o600)
		}, "itself derived"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := avatar.Open(t.Context(), spoil(t, tc.harm), ffmpeg)
			require.ErrorContains(t, err, tc.want)
			kind := fault.KindOf(err)
			assert.True(t, kind == fault.Invalid || (kind == fault.NotFound && name == "no manifest"), kind)
			assert.NotContains(t, fault.HintOf(err), "/")
			assert.NotEmpty(t, fault.HintOf(err))
			assert.Less(t, len(err.Error()), 1000)
		})
	}
}

func TestWithoutFFmpeg(t *testing.T) {
	t.Parallel()
	_, err := avatar.Open(t.Context(), filepath.Join(packs, "720p", "talk_short_720p"), "/nowhere/ffmpeg")
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "ffmpeg")
}
