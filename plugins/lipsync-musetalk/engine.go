package main

import (
	"context"
	"errors"
	"path/filepath"

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
	Threads  int    `json:"threads"`
	Preset   string `json:"preset"`
	CRF      int    `json:"crf"`
}

// Batches where none is set: enough to fill a card, and little enough to answer soon without one.
const (
	batchCUDA = 16
	batchCPU  = 2
)

// engine draws with networks that it loads once.
type engine struct {
	settings settings
	ffmpeg   string
	networks *networks.Set
	artist   *artist
	actors   *actors
}

func open(_ context.Context, s settings, env plugin.Env) (lipsync.Renderer, error) {
	if err := video.Find(env.FFmpeg); err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	if s.Provider == "" {
		s.Provider = "auto"
	}
	if s.Library == "" {
		s.Library = filepath.Join(env.NativesDir, "onnxruntime", "libonnxruntime.so")
	}
	set, err := networks.Open(networks.Options{Dir: s.Graphs, Library: s.Library, Provider: s.Provider, Threads: s.Threads})
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	if s.Batch == 0 {
		s.Batch = batchCPU
		if set.Provider == "cuda" {
			s.Batch = batchCUDA
		}
	}
	env.Logger.Info("networks are ready", "provider", set.Provider, "batch", s.Batch)
	e := &engine{settings: s, ffmpeg: env.FFmpeg, networks: set, artist: newArtist(set, s.Batch), actors: newActors(env.FFmpeg)}
	return e, e.warm()
}

// warm runs each network once: the first run plans memory and, on a card, loads its programs.
func (e *engine) warm() error {
	if _, err := e.networks.Hear(make([]float32, networks.Segment)); err != nil {
		return fault.New(fault.Unavailable, "warm up", "MuseTalk 모델을 실행하지 못했습니다", err)
	}
	if _, err := e.networks.Draw(make([]float32, networks.Latent), make([]float32, networks.Sound), 1); err != nil {
		return fault.New(fault.Unavailable, "warm up", "MuseTalk 모델을 실행하지 못했습니다", err)
	}
	return nil
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
	const op = "render"
	if err := req.Check(); err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	a, err := e.actors.open(ctx, req.Avatar)
	if err != nil {
		return err
	}
	h, err := listen(ctx, speech, req.Format)
	if err != nil {
		return err
	}
	if len(h.own) == 0 {
		return fault.New(fault.Invalid, op, "음성이 비어 있습니다", errors.New("no samples"))
	}
	sink := lipsync.InTurn(out)
	encoder, err := video.NewEncoder(ctx, video.Settings{
		FFmpeg: e.ffmpeg, Width: a.width, Height: a.height, OutWidth: req.Width, OutHeight: req.Height,
		SampleRate: req.Format.SampleRate, Preset: e.settings.Preset, CRF: e.settings.CRF, Fragment: sink.Fragment,
	})
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	defer encoder.Close()
	r := &rendering{actor: a, heard: h, skip: req.FrameSkip, artist: e.artist, encoder: encoder, sink: sink, ahead: 2 * e.settings.Batch}
	if err := r.understand(e.networks); err != nil {
		return err
	}
	return r.run(ctx)
}

var (
	_ lipsync.Renderer = (*engine)(nil)
	_ plugin.Checker   = (*engine)(nil)
)
