package studio

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/video"
)

const width, height, frames = 96, 64, 12

func ffmpeg(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../../build/natives/bin/ffmpeg")
	require.NoError(t, err)
	return path
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

// loop writes frames in which a bright bar goes from left to right and, in a round, comes back.
func loop(t *testing.T, kind string, round bool) string {
	t.Helper()
	dir := t.TempDir()
	for n := range frames {
		at := float64(4 * n)
		if round {
			at = 24 - 24*math.Cos(2*math.Pi*float64(n)/frames)
		}
		picture := image.NewRGBA(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				bright := uint8(200 / (1 + math.Abs(float64(x)-20-at)/8))
				picture.SetRGBA(x, y, color.RGBA{R: bright, G: bright / 2, B: 40, A: 255})
			}
		}
		file, err := os.Create(filepath.Join(dir, fmt.Sprintf("frame%05d.png", n)))
		require.NoError(t, err)
		require.NoError(t, png.Encode(file, picture))
		require.NoError(t, file.Close())
	}
	write(t, filepath.Join(dir, "loop.json"), fmt.Sprintf(`{"kind":%q,"fps":25,"frames":%d,"scale":100,"box":[20,16,68,48],"placement":[]}`, kind, frames))
	return dir
}

// mouthFolder is as learning leaves it.
func mouthFolder(t *testing.T, about string) string {
	t.Helper()
	dir := t.TempDir()
	graph, err := os.ReadFile("../../../plugins/lipsync-lite/testdata/mouth/mouth.onnx")
	require.NoError(t, err)
	write(t, filepath.Join(dir, "mouth.onnx"), string(graph))
	write(t, filepath.Join(dir, "mouth.json"), about)
	return dir
}

func packing(t *testing.T) Packing {
	t.Helper()
	root := t.TempDir()
	character := filepath.Join(root, "anna.json")
	write(t, character, `{"name":"anna","title":{"ko":"안나"},"seed":1}`)
	return Packing{
		FFmpeg: ffmpeg(t), Loops: []string{loop(t, "listening", true), loop(t, "talking", true)}, Character: character,
		Mouth: mouthFolder(t, `{"character":"anna","face":1,"width":48,"height":32,"figures":{}}`),
		Out:   filepath.Join(root, "720p", "anna_720p"), Also: []Size{{filepath.Join(root, "480p", "anna_480p"), 320, 214}},
		Progress: func(string, int, int) {},
	}
}

func TestPack(t *testing.T) {
	t.Parallel()
	p := packing(t)
	made, err := Pack(t.Context(), p)
	require.NoError(t, err)
	assert.Empty(t, made.Warnings)
	pack, err := moving.Open(p.Out)
	require.NoError(t, err)
	assert.Equal(t, "anna_720p", pack.ID)
	assert.Equal(t, "CC0-1.0 anna 안나", pack.Licence+" "+pack.Character+" "+pack.Title["ko"])
	talk := pack.Loop("talk")
	assert.Equal(t, []image.Rectangle{image.Rect(20, 16, 68, 48)}, pack.Boxes(talk, width, height), "what was learned from")
	assert.Equal(t, "listen.mp4", pack.Loop("listen").File)

	var bytes int64
	files, err := os.ReadDir(p.Out)
	require.NoError(t, err)
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		bytes += info.Size()
	}
	assert.Equal(t, bytes, made.Bytes)

	film, err := video.DecodeStack(t.Context(), p.FFmpeg, video.Stack{File: filepath.Join(pack.Dir, talk.File), Width: width, Height: height, MaxFrames: frames})
	require.NoError(t, err)
	require.Len(t, film, frames)
	source, err := ReadLoop(p.Loops[1])
	require.NoError(t, err)
	for n, have := range film {
		want, err := source.Frame(n)
		require.NoError(t, err)
		assert.Less(t, apart(want, have), 1.5, "frame %d", n)
	}
	small, err := moving.Look(p.Also[0].Dir)
	require.NoError(t, err)
	assert.Equal(t, "anna_480p", small.ID)

	_, err = Pack(t.Context(), p)
	require.ErrorContains(t, err, "there already")
	p.Replace = true
	p.Loops = []string{loop(t, "talking", false)}
	made, err = Pack(t.Context(), p)
	require.NoError(t, err)
	require.Len(t, made.Warnings, 1)
	assert.Contains(t, made.Warnings[0], "talk jumps")
	left, err := os.ReadDir(filepath.Dir(p.Out))
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing else is left beside it")
}

// What was learned from smaller renders draws larger loops: the engine scales what is added.
func TestLearnedFromSmallerRenders(t *testing.T) {
	t.Parallel()
	p := packing(t)
	p.Mouth = mouthFolder(t, `{"character":"anna","face":1,"width":24,"height":16,"scale":50}`)
	_, err := Pack(t.Context(), p)
	require.NoError(t, err)
	pack, err := moving.Open(p.Out)
	require.NoError(t, err)
	assert.Equal(t, []image.Rectangle{image.Rect(20, 16, 68, 48)}, pack.Boxes(pack.Loop("talk"), width, height))
}

func TestPacksThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		harm func(t *testing.T, p *Packing)
		want string
	}{
		"a loop that is not finished": {func(t *testing.T, p *Packing) { t.Helper(); p.Loops = []string{t.TempDir()} }, "render it to its end"},
		"another kind of loop":        {func(t *testing.T, p *Packing) { t.Helper(); p.Loops = []string{loop(t, "singing", true)} }, "singing"},
		"nobody talks":                {func(_ *testing.T, p *Packing) { p.Loops = p.Loops[:1] }, "talking"},
		"a frame is missing": {func(t *testing.T, p *Packing) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(p.Loops[1], "frame00007.png")))
		}, "frame00007"},
		"nothing was learned": {func(t *testing.T, p *Packing) { t.Helper(); p.Mouth = t.TempDir() }, "make mouth-train"},
		"learned of another size": {func(t *testing.T, p *Packing) {
			t.Helper()
			p.Mouth = mouthFolder(t, `{"character":"anna","face":1,"width":96,"height":32}`)
		}, "96×32"},
		"learned of a size that no middle has": {func(t *testing.T, p *Packing) {
			t.Helper()
			p.Mouth = mouthFolder(t, `{"character":"anna","face":1,"width":47,"height":32}`)
		}, "47×32"},
		"learned of a size a pixel larger": {func(t *testing.T, p *Packing) {
			t.Helper()
			p.Mouth = mouthFolder(t, `{"character":"anna","face":1,"width":49,"height":32}`)
		}, "49×32"},
		"learned from smaller renders of another size": {func(t *testing.T, p *Packing) {
			t.Helper()
			p.Mouth = mouthFolder(t, `{"character":"anna","face":1,"width":48,"height":32,"scale":50}`)
		}, "48×32, the loops' mouths are 48×32 and 2 times"},
		"another face":              {func(t *testing.T, p *Packing) { t.Helper(); p.Mouth = mouthFolder(t, `{"face":9}`) }, "version 9"},
		"the mouth of someone else": {func(t *testing.T, p *Packing) { t.Helper(); p.Mouth = mouthFolder(t, `{"character":"otto","face":1}`) }, "otto"},
		"no such character":         {func(_ *testing.T, p *Packing) { p.Character = "/nowhere.json" }, "avatar new"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := packing(t)
			tc.harm(t, &p)
			_, err := Pack(t.Context(), p)
			require.ErrorContains(t, err, tc.want)
			assert.NoDirExists(t, p.Out)
		})
	}
	p := packing(t)
	ctx, cancel := context.WithCancel(t.Context())
	p.Progress = func(string, int, int) { cancel() }
	_, err := Pack(ctx, p)
	require.ErrorIs(t, err, context.Canceled)
	assert.NoDirExists(t, p.Out)
}

// The same numbers as models/mouth: white, black and pure red.
func TestPlanesAreThoseOfTheNetwork(t *testing.T) {
	t.Parallel()
	for c, want := range map[color.RGBA][3]byte{
		{255, 255, 255, 255}: {235, 128, 128}, {0, 0, 0, 255}: {16, 128, 128}, {255, 0, 0, 255}: {63, 102, 240},
	} {
		picture := image.NewRGBA(image.Rect(0, 0, 2, 2))
		for n := range 4 {
			picture.SetRGBA(n%2, n/2, c)
		}
		have := planes(picture)
		assert.Equal(t, []byte{want[0], want[0], want[0], want[0], want[1], want[2]}, have)
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	s, err := ParseSize("a/b=1920x1080")
	require.NoError(t, err)
	assert.Equal(t, Size{"a/b", 1920, 1080}, s)
	for _, text := range []string{"", "a", "a=", "=1x1", "a=1x"} {
		_, err := ParseSize(text)
		require.Error(t, err, text)
	}
}
