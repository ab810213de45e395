package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

const filmWidth, filmHeight, filmFrames = 320, 180, 5

// movingPack makes a pack with a film in which everything moves and the small network of testdata.
func movingPack(t *testing.T) string {
	t.Helper()
	return movingPackOf(t, filmWidth, filmHeight)
}

// movingPackOf makes it in a size, its mouth as large as ever.
func movingPackOf(t *testing.T, width, height int) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), ffmpeg(t), "-v", "error", "-f", "lavfi",
		"-i", fmt.Sprintf("testsrc2=s=%dx%d:r=25,noise=alls=20:allf=t", width, height),
		"-frames:v", "5", "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-qp", "10", filepath.Join(dir, "talk.mp4")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/mouth")))
	m := moving.Manifest{
		Format: moving.Format, Version: moving.Version, ID: "p", Width: width, Height: height, FPS: 25, Files: map[string]moving.File{},
		Loops: []moving.Loop{{Name: moving.Talk, File: "talk.mp4", Frames: filmFrames}},
		Mouth: &moving.Mouth{File: "mouth.onnx", Face: face.Version, Box: [2]float64{48, 32}},
	}
	for n := range filmFrames {
		m.Loops[0].Mouth = append(m.Loops[0].Mouth, [2]float64{100 + 10*float64(n), 90})
	}
	for _, name := range []string{"talk.mp4", "mouth.onnx"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		sum := sha256.Sum256(raw)
		m.Files[name] = moving.File{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(raw))}
	}
	raw, err := json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, moving.Filename), raw, 0o600))
	return dir
}

func natives(t *testing.T) plugin.Env {
	t.Helper()
	return plugin.Env{FFmpeg: ffmpeg(t), NativesDir: absolute(t, "../../build/natives")}
}

func filming(t *testing.T) (*engine, lipsync.Request) {
	t.Helper()
	r, err := open(t.Context(), settings{Preset: "ultrafast"}, natives(t))
	require.NoError(t, err)
	e, ok := r.(*engine)
	require.True(t, ok)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e, lipsync.Request{
		Avatar: movingPack(t), Width: filmWidth, Height: filmHeight, FrameSkip: 1, Format: speech.Format{SampleRate: rate, Marks: speech.Phonemes},
	}
}

// shots draws frames for a face that stays as it is.
func shots(t *testing.T, e *engine, req lipsync.Request, n int, c face.Coefficients) [][]byte {
	t.Helper()
	set, err := e.stage(t.Context(), req)
	require.NoError(t, err)
	defer set.close()
	var all [][]byte
	for range n {
		frame, err := set.frame(t.Context(), make([]byte, video.FrameSize(req.Width, req.Height)), endless, c)
		require.NoError(t, err)
		all = append(all, frame)
	}
	return all
}

// Outside the mouth a speaking face is the film to the last bit, and the film goes round.
func TestOnlyTheMouthIsRedrawn(t *testing.T) {
	t.Parallel()
	e, req := filming(t)
	rests := shots(t, e, req, 2*filmFrames, face.Coefficients{})
	speaks := shots(t, e, req, 2*filmFrames, face.Coefficients{face.JawOpen: 1, face.MouthStretch: 0.5})
	for n := range rests {
		require.Equal(t, rests[n%filmFrames], rests[n], "frame %d of a loop", n)
		box := image.Rect(76, 74, 124, 106).Add(image.Pt(10*(n%filmFrames), 0))
		inside := 0
		for y := range filmHeight {
			for x := range filmWidth {
				at := y*filmWidth + x
				if image.Pt(x, y).In(box) {
					if rests[n][at] != speaks[n][at] {
						inside++
					}
				} else if rests[n][at] != speaks[n][at] {
					t.Fatalf("frame %d: %d,%d is outside the mouth and changes", n, x, y)
				}
			}
		}
		assert.Greater(t, inside, 48*32/4, "frame %d", n)
	}
}

func TestFilmedVideo(t *testing.T) {
	t.Parallel()
	e, req := filming(t)
	for _, size := range [][2]int{{filmWidth, filmHeight}, {160, 90}, {640, 360}} {
		var film tape
		req.Width, req.Height = size[0], size[1]
		require.NoError(t, e.Render(t.Context(), req, mama(t, 777), &film))
		assert.Len(t, frames(t, &film, size[0], size[1]), 75)
	}
}

// A film of 1920 × 1080 is played as it is, and made smaller.
func TestFullHD(t *testing.T) {
	t.Parallel()
	e, req := filming(t)
	req.Avatar = movingPackOf(t, 1920, 1080)
	for _, size := range [][2]int{{1920, 1080}, {1280, 720}} {
		req.Width, req.Height = size[0], size[1]
		var film tape
		require.NoError(t, e.Render(t.Context(), req, &script{pcm: make([]int16, rate/5), piece: rate}, &film))
		assert.Equal(t, 5, len(frames(t, &film, size[0], size[1]))) //nolint:testifylint // Len would print the pictures
		rests := shots(t, e, req, 1, face.Coefficients{})
		speaks := shots(t, e, req, 1, face.Coefficients{face.JawOpen: 1})
		box := image.Rect(76, 74, 124, 106) // of the film
		changed := 0
		for at := range size[0] * size[1] {
			if rests[0][at] != speaks[0][at] {
				changed++
				x, y := at%size[0]*1920/size[0], at/size[0]*1080/size[1]
				require.True(t, image.Pt(x, y).In(box.Inset(-4)), "%d,%d is outside the mouth", x, y)
			}
		}
		assert.Positive(t, changed)
	}
}

func TestFilmsAreKeptAndReplaced(t *testing.T) {
	t.Parallel()
	e, req := filming(t)
	first, err := e.films.open(t.Context(), req.Avatar)
	require.NoError(t, err)
	again, err := e.films.open(t.Context(), req.Avatar)
	require.NoError(t, err)
	assert.Same(t, first, again)
	later := time.Now().Add(time.Minute)
	require.NoError(t, os.Chtimes(filepath.Join(req.Avatar, moving.Filename), later, later))
	anew, err := e.films.open(t.Context(), req.Avatar)
	require.NoError(t, err)
	assert.NotSame(t, first, anew, "a pack that was replaced is read again")
	assert.True(t, first.dropped)
	painter, err := first.network.Painter(48, 32)
	require.NoError(t, err, "whoever uses the old one still can")
	require.NoError(t, painter.Close())
	for range 2 {
		e.films.release(first)
	}
	for range maxFilms + 1 {
		_, err := e.films.open(t.Context(), movingPack(t))
		require.NoError(t, err)
		assert.LessOrEqual(t, len(e.films.kept), maxFilms)
	}
	assert.True(t, anew.dropped)
}

// Who wants a pack waits while another call opens it, and nobody else does: a network may take for ever to load.
func TestOnlyThoseWhoWantItWait(t *testing.T) {
	t.Parallel()
	e, req := filming(t)
	end, err := e.films.opening.take(t.Context(), req.Avatar)
	require.NoError(t, err, "this call opens it")
	other, err := e.films.open(t.Context(), movingPack(t))
	require.NoError(t, err)
	e.films.release(other)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = e.films.open(ctx, req.Avatar)
	require.ErrorIs(t, err, context.Canceled)

	opened := make(chan error)
	go func() {
		used, err := e.films.open(t.Context(), req.Avatar)
		if err == nil {
			e.films.release(used)
		}
		opened <- err
	}()
	end()
	require.NoError(t, <-opened, "it is opened by who waited")

	require.NoError(t, os.WriteFile(filepath.Join(req.Avatar, moving.Filename), []byte("{}"), 0o600))
	for range 2 {
		_, err = e.films.open(t.Context(), req.Avatar)
		assert.Equal(t, fault.Invalid, fault.KindOf(err), "nobody waits for one that failed")
	}
}

func TestBrokenFilms(t *testing.T) {
	t.Parallel()
	e, req := filming(t)
	require.NoError(t, os.WriteFile(filepath.Join(req.Avatar, "talk.mp4"), []byte("no film"), 0o600))
	err := e.Render(t.Context(), req, mama(t, 777), &tape{})
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
}

// A film of fewer frames than its manifest says would show each mouth in the wrong place once it has gone round.
func TestFilmThatBreaksOff(t *testing.T) {
	t.Parallel()
	e, req := filming(t)
	file := filepath.Join(req.Avatar, moving.Filename)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var m moving.Manifest
	require.NoError(t, json.Unmarshal(raw, &m))
	m.Loops[0].Frames++
	m.Loops[0].Mouth = append(m.Loops[0].Mouth, m.Loops[0].Mouth[0])
	raw, err = json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, raw, 0o600))
	err = e.Render(t.Context(), req, mama(t, 777), &tape{})
	require.ErrorContains(t, err, "no more frames")
	assert.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
}

func TestFilmingEndsWithItsCaller(t *testing.T) { //nolint:paralleltest // it counts goroutines
	e, req := filming(t)
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	film := &tape{onData: func() error { cancel(); return nil }}
	err := e.Render(ctx, req, &script{pcm: make([]int16, 600*rate), piece: rate}, film)
	require.ErrorIs(t, err, context.Canceled)
	e.films.shelf.Close() // what is recorded outlasts the call
	goleak.VerifyNone(t, before)
}
