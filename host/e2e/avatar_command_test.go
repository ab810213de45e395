package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
)

// Somebody who made a pack asks what is wrong with it, and looks at what it does.
func TestAvatarCheck(t *testing.T) {
	t.Parallel()
	check := func(ok bool, args ...string) string {
		args = append([]string{"avatar", "check", "--natives-dir", built(t, "natives")}, args...)
		args = append(args, "--ffmpeg", built(t, "natives", "bin", "ffmpeg"))
		said, err := exec.CommandContext(t.Context(), built(t, "bin", "visavis"), args...).CombinedOutput()
		assert.Equal(t, ok, err == nil, "%v: %s", args, said)
		return string(said)
	}
	pack := filepath.Join(root(t), "precomputed", "720p", "talk_short_720p")
	sheet := filepath.Join(t.TempDir(), "sheet.png")
	said := check(true, pack, "--sheet", sheet, "--plugin-dirs", built(t, "plugins"))
	assert.Contains(t, said, "is good: talk_short_720p, visavis-pack/1, 1280×720")
	assert.Contains(t, said, "mouth: ")
	file, err := os.Open(sheet)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	config, err := png.DecodeConfig(file)
	require.NoError(t, err)
	assert.Equal(t, [2]int{4*480 + 5*4, 3*270 + 4*4}, [2]int{config.Width, config.Height})

	said = check(true, filepath.Join(root(t), "precomputed", "480p", "talk_short_480p"))
	assert.Contains(t, said, "talk_short_480p, visavis-pack/1, 854×480")
	assert.Contains(t, said, "made of a pack of 1280×720")

	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(filepath.Join(root(t), "precomputed", "720p", "talk_short_720p"), link))
	assert.Contains(t, check(true, link), "it is a link")

	broken := t.TempDir()
	assert.Contains(t, check(false, broken), "moving.json")
	require.NoError(t, os.CopyFS(broken, os.DirFS(pack)))
	require.NoError(t, os.Truncate(filepath.Join(broken, "mouth.mp4"), 100))
	assert.Contains(t, check(false, broken), `"mouth.mp4"`)
	assert.Contains(t, check(false, pack, "--sheet", sheet, "--plugin-dirs", broken), "--plugin-dirs")

	said = check(true, filepath.Join(root(t), "precomputed", "480p", "director_480p"))
	assert.Contains(t, said, "nothing was drawn of it", "without plugins")
	text := func([]byte) []byte { return []byte("neither film nor network") }
	for name, tc := range map[string]struct {
		file string
		harm func(content []byte) []byte
		want string
	}{
		"a network that is none": {"mouth.onnx", text, "have it speak: "},
		"a film that is none":    {"listen.mp4", text, "loop listen: "},
		"half a film":            {"think.mp4", func(content []byte) []byte { return content[:len(content)/2] }, "loop think: "},
		"nothing":                {"talk.mp4", func(content []byte) []byte { return content }, "is good"},
	} {
		said := check(name == "nothing", spoiled(t, tc.file, tc.harm), "--plugin-dirs", built(t, "plugins"))
		assert.Contains(t, said, tc.want, name)
	}
}

// What the host would not list, or cannot be drawn, is told in one line before anything is spoken.
func TestAvatarCheckRefuses(t *testing.T) {
	t.Parallel()
	root, shelf := filepath.Join(root(t), "precomputed"), t.TempDir()
	copied := func(name string, packs ...string) string {
		dir := filepath.Join(shelf, name)
		for _, pack := range packs {
			require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(root, pack))))
		}
		return dir
	}
	good := copied("720p/panel_720p", "720p/panel_720p")
	require.NoError(t, os.Symlink("panel_720p", filepath.Join(shelf, "720p", "link")))
	derived := func(name, from string) string {
		dir := filepath.Join(shelf, "480p", name)
		require.NoError(t, moving.WriteDerived(dir, name, moving.Derive{From: from, Width: 854, Height: 480}, false))
		return dir
	}
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"two manifests":     {[]string{copied("two", "720p/panel_720p", "480p/talk_short_480p")}, "it holds pack.json and moving.json"},
		"no folder":         {[]string{filepath.Join(shelf, "nothing")}, "there is no such folder"},
		"no UTF-8":          {[]string{copied("na\xffme", "720p/panel_720p")}, "is not UTF-8"},
		"made behind links": {[]string{derived("linked", "../../720p/link")}, "is behind a link"},
		"a sheet nowhere":   {[]string{good, "--sheet", filepath.Join(shelf, "nowhere", "sheet.png")}, "there is no folder"},
		"another sheet":     {[]string{good, "--sheet", filepath.Join(shelf, "sheet.jpg")}, "ends in .png"},
		"a folder's sheet":  {[]string{derived("good", "../../720p/panel_720p"), "--sheet", copied("sheet.png", "480p/panel_480p")}, "draw sheet: "},
	} {
		args := append([]string{"avatar", "check", "--natives-dir", built(t, "natives"), "--plugin-dirs", built(t, "plugins")}, tc.args...)
		said, err := exec.CommandContext(t.Context(), built(t, "bin", "visavis"), args...).CombinedOutput()
		require.Error(t, err, name)
		assert.Contains(t, string(said), tc.want, name)
		assert.Equal(t, 1, bytes.Count(said, []byte("\n")), "%s: %s", name, said)
		assert.LessOrEqual(t, bytes.Count(said, []byte("draw sheet")), 1, "%s: %s", name, said)
	}
}

// spoiled is a copy of a moving pack with another file in it, whose checksum is right.
func spoiled(t *testing.T, file string, harm func(content []byte) []byte) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(root(t), "precomputed", "720p", "director_720p"))))
	content, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	content = harm(content)
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), content, 0o600))
	var m moving.Manifest
	require.NoError(t, sealed.Read(dir, moving.Filename, 1<<20, &m))
	sum := sha256.Sum256(content)
	m.Files[file] = moving.File{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(content))}
	_, err = sealed.WriteManifest(filepath.Join(dir, moving.Filename), m)
	require.NoError(t, err)
	return dir
}
