package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// noise is what a card may not compute sooner than a face, as it would zeros.
func noise(n int) []float32 {
	draw := rand.New(rand.NewPCG(7, 7))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(draw.NormFloat64())
	}
	return values
}

// talkRate is that of the measured speech.
const talkRate = 24000

// talk is a speech without a pause, in pieces of 40 ms: as fast as they are taken, or as fast as they are spoken.
type talk struct {
	left, said int
	paced      bool
	heard      func()
	since      time.Time
}

// Next implements lipsync.Speech.
func (t *talk) Next(ctx context.Context) (speech.Chunk, error) {
	const piece = talkRate / video.FrameRate
	if t.said == 0 {
		t.since = time.Now()
		t.heard()
	}
	if t.left < piece {
		return speech.Chunk{}, io.EOF
	}
	if t.paced {
		select {
		case <-time.After(time.Until(t.since.Add(time.Second * time.Duration(t.said+piece) / talkRate))):
		case <-ctx.Done():
			return speech.Chunk{}, ctx.Err()
		}
	}
	pcm := make([]int16, piece)
	for i := range pcm {
		at := float64(t.said+i) / talkRate
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*180*at) * (1.2 + math.Sin(2*math.Pi*4*at)))
	}
	t.said, t.left = t.said+piece, t.left-piece
	return speech.Chunk{PCM: pcm}, nil
}

// stopwatch notes when the first frame was made, when the first piece of the file came, and when the last.
type stopwatch struct {
	started, frame, piece, last time.Time
}

// Fragment implements lipsync.Sink.
func (s *stopwatch) Fragment([]byte) error {
	s.last = time.Now()
	if s.piece.IsZero() {
		s.piece = s.last
	}
	return nil
}

// Progress implements lipsync.Sink.
func (s *stopwatch) Progress(lipsync.Progress) error {
	if s.frame.IsZero() {
		s.frame = time.Now()
	}
	return nil
}

// worst gives the latest first frame, first piece and end, in milliseconds after the speech began.
func worst(all []*stopwatch) (frame, piece, last float64) {
	for _, s := range all {
		frame = max(frame, s.frame.Sub(s.started).Seconds()*1000)
		piece = max(piece, s.piece.Sub(s.started).Seconds()*1000)
		last = max(last, s.last.Sub(s.started).Seconds()*1000)
	}
	return frame, piece, last
}

// tally counts batches.
type tally struct {
	drawer
	drawn atomic.Int64
}

// Draw implements drawer.
func (c *tally) Draw(latents, sounds []float32, n int) ([]byte, error) {
	c.drawn.Add(1)
	return c.drawer.Draw(latents, sounds, n)
}

func (c *tally) reset() { c.drawn.Store(0) }

func (c *tally) batches() int64 { return max(1, c.drawn.Load()) }

// footage writes an avatar of two seconds in 720p.
func footage(b *testing.B, ffmpeg string) string {
	b.Helper()
	const w, h, side = 1280, 720, 384
	mask := image.NewGray(image.Rect(0, 0, side, side))
	for y := 180; y < 320; y++ {
		for x := 64; x < 320; x++ {
			mask.Pix[y*side+x] = 255
		}
	}
	d := prepared.Draft{
		ID: "filmed", Model: "musetalk", Width: w, Height: h, FPS: video.FrameRate, LatentType: "f4", Masks: []*image.Gray{mask},
		Latent: func(int) []byte { return littleEndian(noise(networks.Latent)) },
		Picture: func(n int) ([]byte, error) {
			raw := make([]byte, 3*w*h)
			for i := range raw {
				raw[i] = byte(60 + (i/3%w)/12 + (i/3/w+n)%60 + i%3*9)
			}
			return raw, nil
		},
	}
	for range 2 * video.FrameRate {
		d.Frames = append(d.Frames, &prepared.Frame{Box: [4]int{512, 164, 768, 420}, Crop: [4]int{448, 100, 832, 484}})
	}
	dir := filepath.Join(b.TempDir(), "filmed")
	_, err := prepared.Write(b.Context(), ffmpeg, dir, d)
	require.NoError(b, err)
	return dir
}

// watcher asks a card how busy it is, ten times a second, where there is nvidia-smi.
type watcher struct {
	command *exec.Cmd
	said    bytes.Buffer
}

func watch(b *testing.B) *watcher {
	b.Helper()
	w := &watcher{command: exec.CommandContext(b.Context(), "nvidia-smi", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits", "-lms", "100")}
	w.command.Stdout = &w.said
	if w.command.Start() != nil {
		w.command = nil
	}
	return w
}

// report tells how busy the card was at the median, and the most memory that was in use.
func (w *watcher) report(b *testing.B) {
	b.Helper()
	if w.command == nil {
		return
	}
	_ = w.command.Process.Kill()
	_ = w.command.Wait()
	var busy []float64
	most := 0.0
	for line := range strings.Lines(w.said.String()) {
		var use, memory float64
		if _, err := fmt.Sscanf(line, "%f, %f", &use, &memory); err == nil {
			busy, most = append(busy, use), max(most, memory)
		}
	}
	if len(busy) == 0 {
		return
	}
	slices.Sort(busy)
	b.ReportMetric(busy[len(busy)/2], "%busy")
	b.ReportMetric(most, "MiB-of-card")
}
