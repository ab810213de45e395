package video_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// made makes a file with ffmpeg.
func made(t *testing.T, name string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	said, err := exec.CommandContext(t.Context(), tool(t, "ffmpeg"), append(append([]string{"-v", "error"}, args...), file)...).CombinedOutput()
	require.NoError(t, err, string(said))
	return file
}

func TestPicturesOfOthers(t *testing.T) {
	t.Parallel()
	red := func(size, rate string) []string {
		return []string{"-f", "lavfi", "-i", "color=red:size=" + size + ":rate=" + rate, "-t", "1"}
	}
	for name, tc := range map[string]struct {
		file                    string
		width, height, pictures int
	}{
		"an MP4 of 30 a second": {made(t, "a.mp4", red("64x48", "30")...), 64, 48, 25},
		"a WebM":                {made(t, "a.webm", red("64x48", "10")...), 64, 48, 25},
		"a photograph":          {made(t, "a.jpg", append(red("63x47", "25"), "-frames:v", "1")...), 62, 46, 1},
		"a PNG":                 {made(t, "a.png", append(red("64x48", "25"), "-frames:v", "1")...), 64, 48, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := 0
			s := video.Source{File: tc.file, MaxSide: 100, MaxPictures: 1000}
			require.NoError(t, s.Read(t.Context(), tool(t, "ffmpeg"), func(n, width, height int, picture []byte) error {
				assert.Equal(t, []int{seen, tc.width, tc.height}, []int{n, width, height})
				assert.Len(t, picture, 3*width*height)
				assert.Less(t, picture[0], byte(20), "blue")
				assert.Greater(t, picture[2], byte(235), "red")
				seen++
				return nil
			}))
			assert.Equal(t, tc.pictures, seen)
			s.MaxPictures = 1
			gone := errors.New("gone")
			require.ErrorIs(t, s.Read(t.Context(), tool(t, "ffmpeg"), func(int, int, int, []byte) error { return gone }), gone)
			s.MaxSide = 32
			assert.Equal(t, fault.Invalid, fault.KindOf(s.Read(t.Context(), tool(t, "ffmpeg"), nil)))
		})
	}
	none := filepath.Join(t.TempDir(), "list.txt")
	require.NoError(t, os.WriteFile(none, []byte("ffconcat version 1.0\nfile /etc/hostname\n"), 0o600))
	err := video.Source{File: none, MaxSide: 100, MaxPictures: 9}.Read(t.Context(), tool(t, "ffmpeg"), nil)
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "a list of files is no film")
}

// A card for encoding is found by trying; without one the answer is no, and quick.
func TestHardware(t *testing.T) {
	t.Parallel()
	assert.False(t, video.Hardware(t.Context(), "/nowhere/ffmpeg"))
}
