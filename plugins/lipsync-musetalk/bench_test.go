package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
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
					latents, sounds := noise(n*networks.Latent), noise(n*networks.Sound)
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
// speech that comes as fast as it is spoken. A video is live when its end comes soon behind the speech's.
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
		for _, streams := range []int{1, 4, 10, 14} {
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
				b.ReportMetric(late-1000*float64(seconds), "behind-ms")
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
