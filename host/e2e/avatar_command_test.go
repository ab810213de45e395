package e2e

import (
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

	broken := t.TempDir()
	assert.Contains(t, check(false, broken), "moving.json")
	require.NoError(t, os.CopyFS(broken, os.DirFS(pack)))
	require.NoError(t, os.Truncate(filepath.Join(broken, "mouth.mp4"), 100))
	assert.Contains(t, check(false, broken), `"mouth.mp4"`)
	assert.Contains(t, check(false, pack, "--sheet", sheet, "--plugin-dirs", broken), "--plugin-dirs")
}
