package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/video"
)

// settings are those of the manifest's schema.
type settings struct {
	Graphs   string `json:"graphs"`
	Path     string `json:"path"`
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

// engine draws with networks that it loads once.
type engine struct {
	settings settings
	ffmpeg   string
	log      hclog.Logger
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
	dir, err := s.folder()
	if err != nil {
		return nil, err
	}
	set, batch, each, err := ready(networks.Options{
		Dir: dir, Library: cmp.Or(s.Library, library(env.NativesDir)), Provider: s.Provider, Threads: s.Threads,
		Batch: cmp.Or(s.Batch, batchCard), Memory: int64(cmp.Or(s.MemoryGB, memoryGB)) << 30,
	}, s.Batch, env.Logger)
	if err != nil {
		return nil, err
	}
	hardware := video.Hardware(ctx, env.FFmpeg)
	env.Logger.Info("networks are ready", "provider", set.Provider, "graph", set.Graph, "batch", batch, "nvenc", hardware,
		"seconds_per_face", fmt.Sprintf("%.3f", each.Seconds()))
	if set.Instead != nil {
		env.Logger.Warn("faces are drawn slower than this card can", "graph", set.Graph, "instead_of", networks.Own, "reason", set.Instead)
	}
	if set.Provider == networks.CPU {
		reason := "the settings ask for it"
		if set.Why != nil {
			reason = set.Why.Error()
		}
		env.Logger.Warn("faces are drawn without a graphics card", "estimate_for_a_card", estimate, "reason", reason)
	}
	return &engine{
		settings: s, ffmpeg: env.FFmpeg, log: env.Logger, hardware: hardware, networks: set,
		artist: newArtist(set, batch, set.Provider == networks.CUDA), actors: newActors(env.FFmpeg),
	}, nil
}

// folder is where the graphs lie: where the settings say, or below MuseTalk's own folder, as they were exported to.
func (s settings) folder() (string, error) {
	if s.Graphs != "" {
		return s.Graphs, nil
	}
	for _, dir := range []string{filepath.Join(s.Path, "graphs"), s.Path} {
		if s.Path != "" && isFile(filepath.Join(dir, "manifest.json")) {
			return dir, nil
		}
	}
	return "", fault.New(fault.Unavailable, "find graphs", "MuseTalk 모델의 폴더를 MUSETALK_GRAPHS에 적어 주세요. 없으면 'make musetalk-export MUSETALK_PATH=…'로 만들어 주세요",
		fmt.Errorf("no graphs are named, and none are below %q", s.Path))
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

// estimate is what a card may be expected to do: what one did with networks of the exact size, in batches of 16.
const estimate = "an H100 drew 515 faces a second"

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
	j := job{actor: a, ear: ear, request: req, sink: lipsync.InTurn(out)}
	err = e.render(ctx, j, e.hardware)
	if errors.Is(err, video.ErrCard) {
		e.log.Warn("the graphics card encodes no further film now; libx264 encodes this one", "reason", err)
		err = e.render(ctx, j, false)
	}
	return err
}

// job is what a film is made of.
type job struct {
	actor   *actor
	ear     *ear
	request lipsync.Request
	sink    lipsync.Sink
}

// render makes a film of what an ear hears, from its first word on; hardware lets the card encode it.
func (e *engine) render(ctx context.Context, j job, hardware bool) error {
	encoder, err := video.NewEncoder(ctx, video.Settings{
		FFmpeg: e.ffmpeg, Width: j.actor.width, Height: j.actor.height, OutWidth: j.request.Width, OutHeight: j.request.Height,
		SampleRate: j.request.Format.SampleRate, Preset: e.settings.Preset, CRF: e.settings.CRF, Hardware: hardware, Fragment: j.sink.Fragment,
	})
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	defer encoder.Close()
	hearing := newHearing(e.networks, e.settings.Hearing == "whole", e.networks.First)
	r := newRendering(j.actor, j.ear, hearing, j.request.FrameSkip, e.artist)
	r.encoder, r.sink = encoder, j.sink
	return r.run(ctx)
}

var (
	_ lipsync.Renderer = (*engine)(nil)
	_ plugin.Checker   = (*engine)(nil)
)
