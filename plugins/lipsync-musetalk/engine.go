package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/video"
)

// settings are those of the manifest's schema.
type settings struct {
	Graphs   string `json:"graphs"`
	Library  string `json:"library"`
	Provider string `json:"provider"`
	Batch    int    `json:"batch"`
	Hearing  string `json:"hearing"`
	MemoryGB int    `json:"memory_gb"`
	Threads  int    `json:"threads"`
	Preset   string `json:"preset"`
	CRF      int    `json:"crf"`
}

// memoryGB is what is taken of a card where nothing is set.
const memoryGB = 8

// Batches where none is set: enough to fill a card, and little enough to answer soon without one.
const (
	batchCard = 16
	batchCPU  = 2
)

// engine draws with networks that it loads once.
type engine struct {
	settings settings
	ffmpeg   string
	// hardware tells that the card encodes.
	hardware bool
	networks *networks.Set
	artist   *artist
	actors   *actors
}

func open(ctx context.Context, s settings, env plugin.Env) (lipsync.Renderer, error) {
	if err := video.Find(env.FFmpeg); err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	if s.Library == "" {
		s.Library = library(env.NativesDir)
	}
	batch := cmp.Or(s.Batch, batchCard)
	set, err := networks.Open(networks.Options{
		Dir: s.Graphs, Library: s.Library, Provider: s.Provider, Threads: s.Threads, Batch: batch, Memory: int64(cmp.Or(s.MemoryGB, memoryGB)) << 30,
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	if set.Provider == networks.CPU {
		batch = cmp.Or(s.Batch, batchCPU)
	}
	batch, each, err := warm(set, batch)
	if err != nil {
		return nil, errors.Join(err, set.Close())
	}
	hardware := video.Hardware(ctx, env.FFmpeg)
	env.Logger.Info("networks are ready", "provider", set.Provider, "batch", batch, "nvenc", hardware, "seconds_per_face", fmt.Sprintf("%.3f", each.Seconds()))
	if set.Provider == networks.CPU {
		reason := "the settings ask for it"
		if set.Why != nil {
			reason = set.Why.Error()
		}
		env.Logger.Warn("faces are drawn without a graphics card", "estimate_for_a_card", estimate, "reason", reason)
	}
	return &engine{settings: s, ffmpeg: env.FFmpeg, hardware: hardware, networks: set, artist: newArtist(set, batch), actors: newActors(env.FFmpeg)}, nil
}

// library is the fetched one: that for a graphics card where there is one.
func library(natives string) string {
	if card := filepath.Join(natives, "onnxruntime-cuda", "libonnxruntime.so"); isFile(card) {
		return card
	}
	return filepath.Join(natives, "onnxruntime", "libonnxruntime.so")
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// estimate is what a card may be expected to do; nobody has measured it.
const estimate = "0.8 TFLOP a face: at a fifth of its 989 TFLOPS, 250 faces a second on an H200"

// likeness is how far a face may be from PyTorch's on average, of 255.
const likeness = 1.0

// warm runs the networks once in every size: the first run plans memory and, on a card, loads its programs. Each size must
// draw as PyTorch does. It gives the largest batch that memory suffices for, and how long a face of it took.
func warm(set *networks.Set, batch int) (most int, each time.Duration, err error) {
	const failed = "MuseTalk 모델을 실행하지 못했습니다. 다시 내보내 주세요"
	if _, _, err := set.Hear(make([]float32, networks.Segment), networks.Segment, networks.Silent); err != nil {
		return 0, 0, fault.New(fault.Unavailable, "warm up", failed, err)
	}
	for _, n := range growing(batch) {
		started := time.Now()
		apart, err := set.Check(n)
		switch {
		case err != nil && networks.IsMemory(err) && most > 0:
			return most, each, nil
		case err != nil && networks.IsMemory(err):
			return 0, 0, explain(err)
		case err != nil:
			return 0, 0, fault.New(fault.Unavailable, "warm up", failed, err)
		case apart > likeness:
			return 0, 0, fault.New(fault.Unavailable, "warm up", "그래픽 카드가 얼굴을 틀리게 그립니다. MUSETALK_PROVIDER를 cuda나 cpu로 바꿔 주세요",
				fmt.Errorf("%s draws %d faces that differ from PyTorch's by %.2f of 255 on average", set.Provider, n, apart))
		}
		most, each = n, time.Since(started)/time.Duration(n)
	}
	return most, each, nil
}

// growing lists the sizes of batches, the smallest first.
func growing(most int) []int {
	var all []int
	for n := 1; n < most; n *= 2 {
		all = append(all, n)
	}
	return append(all, most)
}

// Check implements plugin.Checker.
func (e *engine) Check(context.Context) error {
	return video.Find(e.ffmpeg) //nolint:wrapcheck // a fault already
}

// Close implements io.Closer: the plugin's end frees the networks.
func (e *engine) Close() error {
	e.artist.close()
	return e.networks.Close() //nolint:wrapcheck // the library's own words
}

// Render implements lipsync.Renderer.
func (e *engine) Render(ctx context.Context, req lipsync.Request, speech lipsync.Speech, out lipsync.Sink) error {
	if err := req.Check(); err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	ear, err := newEar(req.Format)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer cancel()
	listening.Go(func() { ear.listen(ctx, speech) })
	a, err := e.actors.open(ctx, req.Avatar)
	if err != nil {
		return err
	}
	sink := lipsync.InTurn(out)
	encoder, err := video.NewEncoder(ctx, video.Settings{
		FFmpeg: e.ffmpeg, Width: a.width, Height: a.height, OutWidth: req.Width, OutHeight: req.Height,
		SampleRate: req.Format.SampleRate, Preset: e.settings.Preset, CRF: e.settings.CRF, Hardware: e.hardware, Fragment: sink.Fragment,
	})
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	defer encoder.Close()
	r := newRendering(a, ear, newHearing(e.networks, e.settings.Hearing == "whole", e.networks.First), req.FrameSkip, e.artist)
	r.encoder, r.sink = encoder, sink
	return r.run(ctx)
}

var (
	_ lipsync.Renderer = (*engine)(nil)
	_ plugin.Checker   = (*engine)(nil)
)
