package video_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// film makes three frames: dark, grey and bright.
func film(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "film.mp4")
	out, err := exec.CommandContext(t.Context(), tool(t, "ffmpeg"), "-v", "error", "-f", "lavfi", "-i",
		"color=black:s=64x32:r=25,geq=lum='40+80*N':cb=128:cr=128", "-frames:v", "3", "-pix_fmt", "yuv420p", "-qp", "1", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return file
}

func TestLoopStartsAgain(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{64, 32}, {32, 16}} {
		p, err := video.Play(t.Context(), tool(t, "ffmpeg"), video.Loop{File: film(t), Width: size[0], Height: size[1]})
		require.NoError(t, err)
		frame := make([]byte, video.FrameSize(size[0], size[1]))
		for n := range 20 {
			frame, err = p.Next(t.Context(), frame)
			require.NoError(t, err)
			require.Len(t, frame, video.FrameSize(size[0], size[1]))
			assert.InDelta(t, 40+80*(n%3), int(frame[size[0]+5]), 3, "frame %d", n)
			assert.InDelta(t, 128, int(frame[len(frame)-1]), 3)
		}
		p.Close()
	}
}

func TestLoopOfNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "film.mp4")
	require.NoError(t, os.WriteFile(file, []byte("no film"), 0o600))
	p, err := video.Play(t.Context(), tool(t, "ffmpeg"), video.Loop{File: file, Width: 64, Height: 32})
	require.NoError(t, err)
	defer p.Close()
	_, err = p.Next(t.Context(), make([]byte, video.FrameSize(64, 32)))
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
	_, err = video.Play(t.Context(), "/nowhere/ffmpeg", video.Loop{File: file, Width: 64, Height: 32})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func TestLoopEndsWithItsOwner(t *testing.T) {
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	p, err := video.Play(ctx, tool(t, "ffmpeg"), video.Loop{File: film(t), Width: 64, Height: 32})
	require.NoError(t, err)
	frame := make([]byte, video.FrameSize(64, 32))
	frame, err = p.Next(ctx, frame)
	require.NoError(t, err)
	cancel()
	_, err = p.Next(ctx, frame)
	require.ErrorIs(t, err, context.Canceled)
	p.Close()
	goleak.VerifyNone(t, before)
}
