package video_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

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

func TestLoopIsPlayedToItsEnd(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{64, 32}, {32, 16}} {
		p, err := video.Play(t.Context(), tool(t, "ffmpeg"), video.Loop{File: film(t), Width: size[0], Height: size[1]})
		require.NoError(t, err)
		frame := make([]byte, video.FrameSize(size[0], size[1]))
		for n := range 3 {
			frame, err = p.Next(t.Context(), frame)
			require.NoError(t, err)
			require.Len(t, frame, video.FrameSize(size[0], size[1]))
			assert.InDelta(t, 40+80*n, int(frame[size[0]+5]), 3, "frame %d", n)
			assert.InDelta(t, 128, int(frame[len(frame)-1]), 3)
		}
		_, err = p.Next(t.Context(), frame)
		assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
		require.ErrorContains(t, err, "no more frames")
		p.Close()
	}
}

// What gives nothing, here a pipe into which nobody writes, is not waited for.
func TestLoopThatDoesNotCome(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "film.mp4")
	require.NoError(t, unix.Mkfifo(file, 0o600))
	l := video.Loop{File: file, Width: 64, Height: 32, Patience: 200 * time.Millisecond}
	p, err := video.Play(t.Context(), tool(t, "ffmpeg"), l)
	require.NoError(t, err)
	defer p.Close()
	_, err = p.Next(t.Context(), make([]byte, video.FrameSize(64, 32)))
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "no frame comes of it")
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

// spoilt is a film whose index is whole, and what it points to is not.
func spoilt(t *testing.T, harm func(film []byte) []byte) string {
	t.Helper()
	file := film(t)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, harm(raw), 0o600))
	return file
}

func spoilers() map[string]func(film []byte) []byte {
	return map[string]func(film []byte) []byte{
		"pictures of zeros": func(film []byte) []byte {
			from := bytes.Index(film, []byte("mdat")) + 4
			clear(film[from:max(from, bytes.Index(film, []byte("moov"))-4)])
			return film
		},
		"pictures of no bytes": func(film []byte) []byte {
			sizes := bytes.Index(film, []byte("stsz")) + 16
			clear(film[sizes : sizes+3*4])
			return film
		},
	}
}

// Of most such films ffmpeg does not complain.
func TestLoopWithoutPictures(t *testing.T) {
	t.Parallel()
	for name, harm := range spoilers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := video.Loop{File: spoilt(t, harm), Width: 64, Height: 32}
			p, err := video.Play(t.Context(), tool(t, "ffmpeg"), l)
			require.NoError(t, err)
			defer p.Close()
			_, err = p.Next(t.Context(), make([]byte, video.FrameSize(64, 32)))
			assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, "no more frames")
			assert.NotEmpty(t, fault.HintOf(err))
		})
	}
}

// A film of a few bytes may hold pictures that would take gigabytes.
func TestGiantFilms(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "film.mp4")
	out, err := exec.CommandContext(t.Context(), tool(t, "ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "color=black:s=8192x2080:r=25",
		"-frames:v", "1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	const told = "exceeds specified max pixel count"
	p, err := video.Play(t.Context(), tool(t, "ffmpeg"), video.Loop{File: file, Width: 64, Height: 32})
	require.NoError(t, err)
	defer p.Close()
	_, err = p.Next(t.Context(), make([]byte, video.FrameSize(64, 32)))
	require.ErrorContains(t, err, told)
	_, err = video.Still(t.Context(), tool(t, "ffmpeg"), file, 64, 32)
	require.ErrorContains(t, err, told)
	_, err = video.DecodeStack(t.Context(), tool(t, "ffmpeg"), video.Stack{File: file, Width: 8192, Height: 2080, MaxFrames: 1})
	require.ErrorContains(t, err, told)
	err = video.Film{File: file, Width: 8192, Height: 2080}.Read(t.Context(), tool(t, "ffmpeg"), func(int, []byte) error { return nil })
	require.ErrorContains(t, err, told)
}

func TestCount(t *testing.T) {
	t.Parallel()
	n, err := video.Loop{File: film(t), Width: 64, Height: 32}.Count(t.Context(), tool(t, "ffmpeg"), 3)
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	for _, l := range []video.Loop{
		{File: spoilt(t, spoilers()["pictures of zeros"]), Width: 64, Height: 32},
		{File: spoilt(t, spoilers()["pictures of no bytes"]), Width: 64, Height: 32},
		{File: film(t), Width: 64, Height: 34},
	} {
		_, err := l.Count(t.Context(), tool(t, "ffmpeg"), 3)
		assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
		assert.NotContains(t, err.Error(), "\n")
		assert.NotContains(t, err.Error(), "@ 0x")
	}
	_, err = video.Loop{File: film(t), Width: 64, Height: 32}.Count(t.Context(), tool(t, "ffmpeg"), 2)
	require.ErrorContains(t, err, "more than 2 frames")
	_, err = video.Loop{File: film(t), Width: 64, Height: 32}.Count(t.Context(), "/nowhere/ffmpeg", 2)
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
}

// An MP4 may hold what no browser plays.
func TestFilmOfAnotherCodec(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "film.mp4")
	out, err := exec.CommandContext(t.Context(), tool(t, "ffmpeg"), "-v", "error", "-f", "lavfi", "-i",
		"testsrc2=s=64x32:r=25", "-frames:v", "3", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	_, err = video.Loop{File: file, Width: 64, Height: 32}.Count(t.Context(), tool(t, "ffmpeg"), 3)
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
	_, err = video.Still(t.Context(), tool(t, "ffmpeg"), file, 64, 32)
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
	p, err := video.Play(t.Context(), tool(t, "ffmpeg"), video.Loop{File: file, Width: 64, Height: 32})
	require.NoError(t, err)
	defer p.Close()
	_, err = p.Next(t.Context(), make([]byte, video.FrameSize(64, 32)))
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
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
