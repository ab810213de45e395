package avatars_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/avatars"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// shots are the films that were shot, by their size.
var shots sync.Map

// shot is a film of one grey frame, with arguments for ffmpeg that come last.
func shot(t *testing.T, width, height int, args ...string) string {
	t.Helper()
	size := fmt.Sprintf("%dx%d", width, height)
	plain := len(args) == 0
	if film, there := shots.Load(size); there && plain {
		return film.(string) //nolint:forcetypeassert // nothing else is stored
	}
	file := filepath.Join(t.TempDir(), "film.mp4")
	args = append([]string{
		"-v", "error", "-f", "lavfi", "-i", "color=gray:r=25:s=" + size, "-f", "lavfi", "-i", "sine=d=0.04", "-map", "0:v", "-frames:v", "1", "-c:v", "libx264",
		"-preset", "ultrafast", "-pix_fmt", "yuv420p",
	}, args...)
	out, err := exec.CommandContext(t.Context(), "../../../build/natives/bin/ffmpeg", append(args, file)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	if plain {
		shots.Store(size, string(raw))
	}
	return string(raw)
}

// named is a film of 1080p that differs from others by its last bytes, which are free.
func named(t *testing.T, name string) string {
	t.Helper()
	return mark(shot(t, 1920, 1080), name)
}

func mark(film, name string) string {
	return film + string([]byte{0, 0, 0, byte(8 + len(name))}) + "free" + name
}

// films writes a moving pack, whose films are tiny, and one derived from it. It gives their root and the former's folder.
func films(t *testing.T) (root, dir string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "packs")
	dir = pack(t, root, "anna", "1080p")
	require.NoError(t, moving.WriteDerived(filepath.Join(root, "480p", "anna_480p"), "anna_480p",
		moving.Derive{From: "../../1080p/anna_1080p", Width: 854, Height: 480}, false))
	return root, dir
}

// pack writes a moving pack of a resolution into its folder.
func pack(t *testing.T, root, base, resolution string) (dir string) {
	t.Helper()
	size := map[string][2]int{"1080p": {1920, 1080}, "720p": {1280, 720}, "480p": {854, 480}}[resolution]
	return sized(t, root, base+"_"+resolution, size[0], size[1])
}

// sized writes a moving pack of any size into the folder of the resolution that its id ends in.
func sized(t *testing.T, root, id string, width, height int) (dir string) {
	t.Helper()
	dir = filepath.Join(root, id[strings.LastIndex(id, "_")+1:], id)
	require.NoError(t, os.MkdirAll(dir, 0o750))
	m := moving.Manifest{
		Format: moving.Format, Version: moving.Version, ID: id, Width: width, Height: height, FPS: 25, Files: map[string]moving.File{},
		Mouth: &moving.Mouth{File: "mouth.onnx", Face: face.Version, Box: [2]float64{264, 216}},
	}
	for _, name := range []string{"talk", "listen"} {
		m.Loops = append(m.Loops, moving.Loop{Name: name, File: name + ".mp4", Frames: 1, Mouth: [][2]float64{{400, 300}}})
	}
	for _, name := range []string{"talk.mp4", "listen.mp4", "mouth.onnx"} {
		add(t, dir, &m, name, mark(shot(t, width, height), name))
	}
	return dir
}

// add writes a file of a pack, and the manifest that lists it.
func add(t *testing.T, dir string, m *moving.Manifest, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	m.Files[name] = moving.File{SHA256: hash(content), Bytes: int64(len(content))}
	_, err := sealed.WriteManifest(filepath.Join(dir, moving.Filename), m)
	require.NoError(t, err)
}

func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func read(t *testing.T, s *avatars.Shelf, avatar, loop string) (content, sum string) {
	t.Helper()
	film, sum, err := s.Loop(avatar, loop)
	require.NoError(t, err)
	defer func() { _ = film.Close() }()
	raw, err := io.ReadAll(film)
	require.NoError(t, err)
	return string(raw), sum
}

func TestLoops(t *testing.T) {
	t.Parallel()
	root, _ := films(t)
	s := avatars.New([]string{root, "../../../precomputed"}, "", nil, hclog.NewNullLogger())
	for _, name := range []string{"anna_1080p", "anna_480p", "anna"} {
		for range 2 {
			content, sum := read(t, s, name, "listen")
			assert.Equal(t, named(t, "listen.mp4"), content, "the whole film of %s, the second time too", name)
			assert.Equal(t, hash(named(t, "listen.mp4")), sum)
		}
	}
	for _, tc := range []struct{ avatar, loop, hint string }{
		{"nobody", "talk", "아바타를 찾을 수 없습니다"},
		{"../1080p/anna_1080p", "talk", "아바타를 찾을 수 없습니다"},
		{"anna", "think", "있는 영상: talk, listen"},
		{"anna", "talk.mp4", "있는 영상: talk, listen"},
		{"anna", "../anna_1080p/talk", "있는 영상: talk, listen"},
		{"talk_short_720p", "talk", "쉬는 모습의 영상이 없습니다"},
	} {
		_, _, err := s.Loop(tc.avatar, tc.loop)
		assert.Equal(t, fault.NotFound, fault.KindOf(err), tc)
		assert.Contains(t, fault.HintOf(err), tc.hint, tc)
	}
}

// A film is read once; when its file changes it is read again.
func TestASpoiltLoopIsNotServed(t *testing.T) {
	t.Parallel()
	root, dir := films(t)
	s := avatars.New([]string{root}, "", nil, hclog.NewNullLogger())
	path := filepath.Join(dir, "talk.mp4")
	read(t, s, "anna", "talk")

	changed := time.Now().Add(-time.Hour).Truncate(time.Second)
	require.NoError(t, os.Chtimes(path, changed, changed))
	read(t, s, "anna", "talk")
	spoil(t, path, named(t, "klat.mp4"))
	require.NoError(t, os.Chtimes(path, changed, changed))
	content, _ := read(t, s, "anna", "talk")
	assert.Equal(t, named(t, "klat.mp4"), content, "a file that looks as it did is not read again")

	spoil(t, path, named(t, "klat.mp4"))
	_, _, err := s.Loop("anna", "talk")
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "손상")
	spoil(t, path, named(t, "talk.mp4"))
	read(t, s, "anna", "talk")
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Symlink("listen.mp4", path))
	_, _, err = s.Loop("anna", "talk")
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "a link is followed nowhere")
}

// A pack is listed by its manifest alone, but docs/api.md says that films have no sound.
func TestALoopWithSoundIsNotServed(t *testing.T) {
	t.Parallel()
	root, dir := films(t)
	var m moving.Manifest
	require.NoError(t, sealed.Read(dir, moving.Filename, 1<<20, &m))
	add(t, dir, &m, "talk.mp4", shot(t, 1920, 1080, "-map", "1:a", "-c:a", "aac"))
	s := avatars.New([]string{root}, "", nil, hclog.NewNullLogger())
	_, _, err := s.Loop("anna", "talk")
	require.ErrorContains(t, err, "it has sound")
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
	read(t, s, "anna", "listen")
}

// spoil writes into the file that is there.
func spoil(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}
