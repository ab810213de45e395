package main

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// filmed makes a film of golden's frames, or a photograph of the first, without any loss.
func filmed(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	args := []string{"-v", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-video_size", "224x160", "-framerate", "25", "-i", golden(t, "prepare", "film.bgr")}
	if filepath.Ext(name) == ".png" {
		args = append(args, "-frames:v", "1")
	} else {
		args = append(args, "-c:v", "libx264rgb", "-qp", "0")
	}
	said, err := exec.CommandContext(t.Context(), ffmpeg(t), append(args, file)...).CombinedOutput()
	require.NoError(t, err, string(said))
	return file
}

// made runs the command and gives the pack.
func made(t testing.TB, args ...string) (*prepared.Pack, string, error) {
	t.Helper()
	out := t.TempDir()
	var said, told bytes.Buffer
	all := append([]string{
		"-graphs", golden(t, "graphs"), "-library", runtimeLibrary(t), "-provider", "cpu", "-ffmpeg", ffmpeg(t), "-out", out, "-id", "somebody",
	}, args...)
	if err := prepareCommand(t.Context(), all, &said, &told); err != nil {
		left, _ := filepath.Glob(filepath.Join(out, "*"))
		assert.Empty(t, left, "nothing half is left")
		return nil, told.String(), err
	}
	p, err := prepared.Open(filepath.Join(out, "somebody"))
	require.NoError(t, err)
	sheet, err := os.ReadFile(filepath.Join(out, "somebody", "preview.png"))
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(sheet))
	require.NoError(t, err)
	return p, said.String(), nil
}

func TestPrepareAFilm(t *testing.T) {
	t.Parallel()
	p, said, err := made(t, filmed(t, "film.mp4"))
	require.NoError(t, err)
	assert.Contains(t, said, "3 frames of 224×160, 3 with a face")
	require.Len(t, p.Frames, 3)
	assert.Equal(t, "f4", p.LatentType)
	a, err := loadActor(t.Context(), ffmpeg(t), filepath.Dir(p.Film.File))
	require.NoError(t, err, "the engine takes it")
	assert.NotNil(t, a.scenes[2].face)
}

func TestPrepareAPhotograph(t *testing.T) {
	t.Parallel()
	p, _, err := made(t, "-box", "80,30,140,120", filmed(t, "photo.png"))
	require.NoError(t, err)
	require.Len(t, p.Frames, 1)
	assert.Equal(t, [4]int{80, 30, 140, 120}, p.Frames[0].Box)
	other, _, err := made(t, "-v1", "-bbox-shift", "3", filmed(t, "photo.png"))
	require.NoError(t, err)
	found, _, err := made(t, filmed(t, "photo.png"))
	require.NoError(t, err)
	assert.Equal(t, found.Frames[0].Box[1]+6, other.Frames[0].Box[1], "three pixels of shift are six of the box")
	assert.Equal(t, found.Frames[0].Box[3]-10, other.Frames[0].Box[3], "and nothing is added below")
}

// Our own packs become films of their idle loop.
func TestPrepareAPack(t *testing.T) {
	t.Parallel()
	pack, err := filepath.Abs("../../precomputed/720p/talk_short_720p")
	require.NoError(t, err)
	p, said, err := made(t, pack)
	require.NoError(t, err)
	assert.Contains(t, said, "112 frames of 1280×720, 112 with a face")
	assert.Equal(t, [4]int{532, 153, 748, 457}, p.Frames[0].Box)
	assert.Len(t, p.Masks, 1)
	different := map[string]bool{}
	for _, latent := range p.Latent {
		different[string(latent[:64])] = true
	}
	assert.Greater(t, len(different), 3, "she blinks")
}

// Of packs that move, the talking loop.
func TestPrepareAMovingPack(t *testing.T) {
	t.Parallel()
	pack, err := filepath.Abs("../../precomputed/480p/talk_long_480p")
	require.NoError(t, err)
	p, said, err := made(t, "-seconds", "1", pack)
	require.NoError(t, err)
	assert.Contains(t, said, "25 frames of 1280×720, 25 with a face", "of the pack that it is derived from")
	for i, side := range [4]int{532, 153, 748, 457} {
		assert.InDelta(t, side, p.Frames[0].Box[i], 6, "it is the face of her pictures")
	}
}

func TestWhatCannotBePrepared(t *testing.T) {
	t.Parallel()
	black := filepath.Join(t.TempDir(), "none.mp4")
	require.NoError(t, os.WriteFile(black, []byte("no film"), 0o600))
	blind := t.TempDir()
	require.NoError(t, os.CopyFS(blind, os.DirFS(golden(t, "graphs"))))
	change(t, blind, func(m map[string]any) {
		delete(m["graphs"].(map[string]any), "landmarks")
		delete(m["graphs"].(map[string]any), "parser")
	})
	for name, tc := range map[string]struct {
		args []string
		kind fault.Kind
		said string
	}{
		"no such file":          {[]string{"/nowhere/x.mp4"}, fault.NotFound, "영상 파일을 찾을 수 없습니다"},
		"no film":               {[]string{black}, fault.Invalid, "영상이나 사진을 읽을 수 없습니다"},
		"no landmarks":          {[]string{"-graphs", blind, filmed(t, "photo.png")}, fault.Unavailable, "DWPose"},
		"no graphs":             {[]string{"-graphs", t.TempDir(), filmed(t, "photo.png")}, fault.Unavailable, "make musetalk-export"},
		"no card":               {[]string{"-provider", "cuda", filmed(t, "photo.png")}, fault.Unavailable, "그래픽 카드를 지원하지 않습니다"},
		"a box elsewhere":       {[]string{"-box", "500,500,600,600", filmed(t, "photo.png")}, fault.Invalid, "얼굴을 찾지 못했습니다"},
		"a box that is none":    {[]string{"-box", "1,2,3", filmed(t, "photo.png")}, fault.Internal, "is no box"},
		"a box inside out":      {[]string{"-box", "9,9,3,3", filmed(t, "photo.png")}, fault.Internal, "is no box"},
		"nothing to prepare":    {nil, fault.Internal, "are needed"},
		"two things to prepare": {[]string{"a", "b"}, fault.Internal, "are needed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := made(t, tc.args...)
			require.Error(t, err)
			assert.Equal(t, tc.kind, fault.KindOf(err))
			assert.Contains(t, sentence(err), tc.said)
		})
	}
	p, told, err := made(t, "-graphs", blind, "-box", "80,30,140,120", filmed(t, "photo.png"))
	require.NoError(t, err, "a box is enough")
	assert.Len(t, p.Frames, 1)
	assert.NotEmpty(t, told)
}

// The command that people type: visavis hands it to the plugin's program.
func TestVisavisAvatarPrepare(t *testing.T) {
	t.Parallel()
	build, err := filepath.Abs("../../build")
	require.NoError(t, err)
	out := t.TempDir()
	run := func(args ...string) (string, error) {
		all := append([]string{
			"avatar", "prepare", "--graphs", golden(t, "graphs"), "--library", runtimeLibrary(t), "--provider", "cpu",
			"--plugins", filepath.Join(build, "plugins"), "--ffmpeg", ffmpeg(t), "--out", out,
		}, args...)
		said, err := exec.CommandContext(t.Context(), filepath.Join(build, "bin", "visavis"), all...).CombinedOutput()
		return string(said), err
	}
	said, err := run(filmed(t, "anna.png"))
	require.NoError(t, err, "run `make build`: %s", said)
	assert.Contains(t, said, "1 frames of 224×160, 1 with a face")
	_, err = prepared.Open(filepath.Join(out, "anna"))
	require.NoError(t, err, "it is named after its file")
	said, err = run(filmed(t, "anna.png"))
	require.Error(t, err)
	assert.Contains(t, said, "there already")
	for id, why := range map[string]string{"../x": "without /", ".x": "begins with a dot", "\xff": "can be seen"} {
		said, err = run("--id", id, filmed(t, "anna.png"))
		require.Error(t, err)
		assert.Contains(t, said, why)
	}
	said, err = run("/nowhere.mp4")
	require.Error(t, err)
	assert.Contains(t, said, "영상 파일을 찾을 수 없습니다")
	said, err = run("--plugins", "/nowhere", filmed(t, "anna.png"))
	require.Error(t, err)
	assert.Contains(t, said, "make build")
}
