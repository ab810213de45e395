package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// measured are the settings of an engine that is measured, on the graphs that MUSETALK_GRAPHS names; make bench-musetalk sets it.
func measured(b *testing.B, batch, memory int) (settings, plugin.Env) {
	b.Helper()
	dir := os.Getenv("MUSETALK_GRAPHS")
	if dir == "" {
		b.Skip("MUSETALK_GRAPHS names no graphs")
	}
	native := natives(b)
	s := settings{Graphs: dir, Library: cmp.Or(os.Getenv("ONNXRUNTIME_LIBRARY"), library(native)), Provider: cmp.Or(os.Getenv("MUSETALK_PROVIDER"), "auto"), Batch: batch, MemoryGB: memory}
	log := hclog.New(&hclog.LoggerOptions{Name: "lipsync-musetalk", Output: os.Stderr})
	return s, plugin.Env{FFmpeg: filepath.Join(native, "bin", "ffmpeg"), NativesDir: native, Logger: log}
}

// largest is how many faces are measured at once at most: MUSETALK_BATCH, or 32.
func largest(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("MUSETALK_BATCH"), "32"))
	require.NoError(b, err)
	return n
}

// least is how long a figure is measured.
const least = 2 * time.Second

// BenchmarkFaces draws faces in batches as the engine does, copies to and from the card among it.
func BenchmarkFaces(b *testing.B) {
	s, env := measured(b, 0, 0)
	opened := time.Now()
	set, err := networks.Open(networks.Options{Dir: s.Graphs, Library: s.Library, Provider: s.Provider, Batch: largest(b), Memory: 16 << 30})
	require.NoError(b, err)
	defer func() { require.NoError(b, set.Close()) }()
	env.Logger.Info("networks are open", "provider", set.Provider, "why_not_better", set.Why, "seconds", time.Since(opened).Seconds())
	for _, n := range growing(largest(b)) {
		for _, callers := range []int{1, 2} {
			if callers > 1 && n < 8 {
				continue
			}
			b.Run(fmt.Sprintf("batch=%d/callers=%d", n, callers), func(b *testing.B) {
				var apart float64
				for range runs {
					if apart, err = set.Check(n); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(apart, "of255apart")
				card := watch(b)
				started, drawn := time.Now(), atOnce(callers, func() int {
					latents, sounds := make([]float32, n*networks.Latent), make([]float32, n*networks.Sound)
					faces := 0
					for from := time.Now(); time.Since(from) < least; faces += n {
						if _, err := set.Draw(latents, sounds, n); err != nil {
							b.Error(err)
							return 0
						}
					}
					return faces
				})
				b.ReportMetric(float64(drawn)/time.Since(started).Seconds(), "faces/s")
				b.ReportMetric(time.Since(started).Seconds()*1000*float64(callers*n)/float64(drawn), "ms/batch")
				card.report(b)
			})
		}
	}
}

// atOnce lets several do the same and adds up what they give.
func atOnce(callers int, work func() int) int {
	var all sync.WaitGroup
	sums := make([]int, callers)
	for i := range sums {
		all.Go(func() { sums[i] = work() })
	}
	all.Wait()
	sum := 0
	for _, n := range sums {
		sum += n
	}
	return sum
}

// BenchmarkStreams renders videos of 720p with a face of 256 × 256, from the speech to the encoded file: as fast as it goes, and with
// speech that comes as fast as it is spoken.
func BenchmarkStreams(b *testing.B) {
	s, env := measured(b, min(16, largest(b)), 0)
	r, err := open(b.Context(), s, env)
	require.NoError(b, err)
	e := r.(*engine)
	defer func() { require.NoError(b, e.Close()) }()
	count := &tally{drawer: e.networks}
	e.artist.drawer = count
	film := footage(b, env.FFmpeg)
	seconds := 8
	if e.networks.Provider == networks.CPU {
		seconds = 1
	}
	_, err = e.actors.open(b.Context(), film)
	require.NoError(b, err)
	for _, paced := range []bool{false, true} {
		for _, streams := range []int{1, 4, 10} {
			b.Run(fmt.Sprintf("paced=%v/streams=%d", paced, streams), func(b *testing.B) {
				count.reset()
				card := watch(b)
				started := time.Now()
				sinks := make([]*stopwatch, streams)
				var all sync.WaitGroup
				for i := range sinks {
					sinks[i] = &stopwatch{}
					all.Go(func() {
						said := &talk{left: seconds * talkRate, paced: paced, heard: func() { sinks[i].started = time.Now() }}
						err := e.Render(b.Context(), lipsync.Request{
							Avatar: film, Width: 1280, Height: 720, FrameSkip: 1, Format: speech.Format{SampleRate: talkRate},
						}, said, sinks[i])
						if err != nil {
							b.Error(err)
						}
					})
				}
				all.Wait()
				took := time.Since(started).Seconds()
				b.ReportMetric(float64(streams*seconds*video.FrameRate)/took, "frames/s")
				frame, piece, late := worst(sinks)
				b.ReportMetric(frame, "first-frame-ms")
				b.ReportMetric(piece, "first-piece-ms")
				b.ReportMetric(late, "end-ms")
				b.ReportMetric(float64(streams*seconds*video.FrameRate)/float64(count.batches()), "faces/batch")
				card.report(b)
			})
		}
	}
}

// BenchmarkMemory tells what becomes of large batches when the card may give little memory.
func BenchmarkMemory(b *testing.B) {
	for _, gb := range []int{8, 6, 5, 4} {
		b.Run(fmt.Sprintf("memory_gb=%d", gb), func(b *testing.B) {
			s, env := measured(b, largest(b), gb)
			card := watch(b)
			r, err := open(b.Context(), s, env)
			card.report(b)
			if err != nil {
				b.Logf("%d GB: %s (%.300s)", gb, fault.HintOf(err), err.Error())
				return
			}
			e := r.(*engine)
			b.ReportMetric(float64(e.artist.most), "batch")
			require.NoError(b, e.Close())
		})
	}
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
		ID: "filmed", Model: "musetalk", Width: w, Height: h, FPS: video.FrameRate, LatentType: "f2", Masks: []*image.Gray{mask},
		Latent: func(int) []byte { return make([]byte, 2*networks.Latent) },
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
