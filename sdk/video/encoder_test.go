package video_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

const (
	width, height = 320, 180
	rate          = 16000
)

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../build/natives/bin", name))
	require.NoError(t, err)
	return path
}

// picture is a frame of one grey with a bar that moves.
func picture(buffer []byte, n int) []byte {
	for i := range buffer {
		buffer[i] = 128
	}
	for y := range height {
		buffer[y*width+(n*7)%width] = 235
	}
	return buffer
}

func settings(t *testing.T, out func([]byte) error) video.Settings {
	t.Helper()
	return video.Settings{
		FFmpeg: tool(t, "ffmpeg"), Width: width, Height: height, OutWidth: 160, OutHeight: 90, SampleRate: rate, Fragment: out,
	}
}

func encode(t *testing.T, frames int) []byte {
	t.Helper()
	var file bytes.Buffer
	e, err := video.NewEncoder(t.Context(), settings(t, func(data []byte) error {
		_, err := file.Write(data)
		return err
	}))
	require.NoError(t, err)
	defer e.Close()
	for n := range frames {
		require.NoError(t, e.Sound(make([]int16, rate/video.FrameRate)))
		require.NoError(t, e.Frame(picture(e.Buffer(video.FrameSize(width, height)), n)))
	}
	require.NoError(t, e.Finish())
	return file.Bytes()
}

type probe struct {
	Streams []struct {
		Codec     string `json:"codec_name"`
		Width     int    `json:"width"`
		Height    int    `json:"height"`
		Pixels    string `json:"pix_fmt"`
		Frames    string `json:"nb_read_packets"`
		Colours   string `json:"color_space"`
		FrameRate string `json:"avg_frame_rate"`
	} `json:"streams"`
}

func examine(t *testing.T, file string) probe {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), tool(t, "ffprobe"),
		"-v", "error", "-count_packets", "-show_streams", "-of", "json", file).Output()
	require.NoError(t, err)
	var p probe
	require.NoError(t, json.Unmarshal(out, &p))
	return p
}

func TestEncodedFileHoldsAllFramesAndSound(t *testing.T) {
	t.Parallel()
	const frames = 60
	raw := encode(t, frames)
	assert.Less(t, bytes.Index(raw, []byte("moov")), bytes.Index(raw, []byte("moof")), "fragmented")
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a.mp4"), filepath.Join(dir, "b.mp4")
	require.NoError(t, os.WriteFile(from, raw, 0o600))
	require.NoError(t, os.WriteFile(to, []byte("old"), 0o600))
	require.NoError(t, video.Remux(t.Context(), tool(t, "ffmpeg"), from, to))
	for _, file := range []string{from, to} {
		p := examine(t, file)
		require.Len(t, p.Streams, 2)
		v := p.Streams[0]
		assert.Equal(t, "h264 yuv420p bt709 60 25/1", v.Codec+" "+v.Pixels+" "+v.Colours+" "+v.Frames+" "+v.FrameRate)
		assert.Equal(t, [2]int{160, 90}, [2]int{v.Width, v.Height})
		assert.Equal(t, "aac", p.Streams[1].Codec)
	}
	plain, err := os.ReadFile(to)
	require.NoError(t, err)
	assert.Less(t, bytes.Index(plain, []byte("moov")), bytes.Index(plain, []byte("mdat")), "index first")

	decoded, err := video.DecodeStack(t.Context(), tool(t, "ffmpeg"), video.Stack{File: to, Width: 160, Height: 90, MaxFrames: frames})
	require.NoError(t, err)
	assert.Len(t, decoded, frames)
	_, err = video.DecodeStack(t.Context(), tool(t, "ffmpeg"), video.Stack{File: to, Width: 160, Height: 90, MaxFrames: frames - 1})
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "too many frames")
	_, err = video.DecodeStack(t.Context(), tool(t, "ffmpeg"), video.Stack{File: to, Width: 162, Height: 90, MaxFrames: frames})
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "another size")
}

// While somebody speaks frames come as they are spoken: the first piece, of five, must not wait for many more, however many cores
// there are.
func TestTheFirstPieceComesSoon(t *testing.T) {
	t.Parallel()
	came := make(chan struct{})
	var file bytes.Buffer
	s := settings(t, func(data []byte) error {
		file.Write(data)
		if bytes.Contains(file.Bytes(), []byte("moof")) && bytes.Contains(file.Bytes(), []byte("mdat")) {
			select {
			case <-came:
			default:
				close(came)
			}
		}
		return nil
	})
	s.OutWidth, s.OutHeight = 1280, 720
	e, err := video.NewEncoder(t.Context(), s)
	require.NoError(t, err)
	defer e.Close()
	for n := range 10 {
		require.NoError(t, e.Sound(make([]int16, rate/video.FrameRate)))
		require.NoError(t, e.Frame(picture(e.Buffer(video.FrameSize(width, height)), n)))
	}
	select {
	case <-came:
	case <-time.After(20 * time.Second):
		t.Error("no piece came of ten frames")
	}
	require.NoError(t, e.Finish())
}

func TestBrokenInput(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.mp4")
	require.NoError(t, os.WriteFile(file, []byte("no video at all"), 0o600))
	_, err := video.DecodeStack(t.Context(), tool(t, "ffmpeg"), video.Stack{File: file, Width: 160, Height: 90, MaxFrames: 3})
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
	require.ErrorContains(t, err, "Invalid data", "ffmpeg's own words")
	assert.Error(t, video.Remux(t.Context(), tool(t, "ffmpeg"), file, file+".mp4"))
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.mp4")
	require.NoError(t, os.WriteFile(file, encode(t, 5), 0o600))
	err := video.Remux(t.Context(), tool(t, "ffmpeg"), file, "/dev/full")
	assert.Equal(t, fault.Unavailable, fault.KindOf(err), err)
	assert.Contains(t, fault.HintOf(err), "저장 공간")
}

func TestMissingProgram(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/nowhere/ffmpeg", tool(t, "")} {
		s := settings(t, func([]byte) error { return nil })
		s.FFmpeg = path
		_, err := video.NewEncoder(t.Context(), s)
		assert.Equal(t, fault.Unavailable, fault.KindOf(err), path)
		assert.Contains(t, fault.HintOf(err), "ffmpeg를 찾을 수 없습니다")
		_, err = video.DecodeStack(t.Context(), path, video.Stack{File: "a", Width: 2, Height: 2, MaxFrames: 1})
		assert.Equal(t, fault.Unavailable, fault.KindOf(err))
		assert.Equal(t, fault.Unavailable, fault.KindOf(video.Remux(t.Context(), path, "a", "b")))
	}
}

// fill feeds pictures until the encoder refuses them.
func fill(e *video.Encoder) error {
	for n := 0; ; n++ {
		if err := e.Sound(make([]int16, rate/video.FrameRate)); err != nil {
			return err
		}
		if err := e.Frame(picture(e.Buffer(video.FrameSize(width, height)), n)); err != nil {
			return err
		}
	}
}

func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	e, err := video.NewEncoder(ctx, settings(t, func([]byte) error {
		cancel()
		return nil
	}))
	require.NoError(t, err)
	defer e.Close()
	require.ErrorIs(t, fill(e), context.Canceled)
	require.ErrorIs(t, e.Finish(), context.Canceled)
}

func TestEndsWhenNobodyListens(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	e, err := video.NewEncoder(t.Context(), settings(t, func([]byte) error { return gone }))
	require.NoError(t, err)
	defer e.Close()
	require.ErrorIs(t, fill(e), gone)
	require.ErrorIs(t, e.Finish(), gone)
}

func TestBadSettingsSayWhy(t *testing.T) {
	t.Parallel()
	s := settings(t, func([]byte) error { return nil })
	s.Preset = "no-such-preset"
	e, err := video.NewEncoder(t.Context(), s)
	require.NoError(t, err)
	defer e.Close()
	err = fill(e)
	assert.Equal(t, fault.Internal, fault.KindOf(err))
	assert.ErrorContains(t, err, "no-such-preset")
}

// script makes a program. No other may start while it is written: a child would hold it open, and what is open for writing cannot run.
func script(t *testing.T, text string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "ffmpeg")
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"+text), 0o700))
	return program
}

// A card that takes no film is told from other errors, but not once something of the file was given out.
func TestACardThatTakesNoFilm(t *testing.T) {
	t.Parallel()
	for before, card := range map[string]bool{"": true, "printf somewhat;": false} {
		program := script(t, before+" echo OpenEncodeSessionEx failed >&2; exit 1\n")
		for _, hardware := range []bool{true, false} {
			s := settings(t, func([]byte) error { return nil })
			s.FFmpeg, s.Hardware = program, hardware
			e, err := video.NewEncoder(t.Context(), s)
			require.NoError(t, err)
			err = e.Finish()
			e.Close()
			assert.Equal(t, card && hardware, errors.Is(err, video.ErrCard))
			assert.Equal(t, fault.Internal, fault.KindOf(err))
			assert.ErrorContains(t, err, "OpenEncodeSessionEx")
		}
	}
}
