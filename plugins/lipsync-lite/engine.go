package main

import (
	"cmp"
	"context"
	"io"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/hearing"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/onnx"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/video"
)

// settings are those of the manifest's schema.
type settings struct {
	Preset string `json:"preset"`
	CRF    int    `json:"crf"`
	// Articulation is 0 where it is not set.
	Articulation float64 `json:"articulation"`
}

// usualArticulation makes up for what neighbouring sounds take from each other: docs/lipsync.md says what was measured.
const usualArticulation = 1.2

// engine renders with the packs that it keeps in memory.
type engine struct {
	settings settings
	ffmpeg   string
	packs    *packs
	films    *films
	table    *viseme.Table
	network  *hearing.Network
}

func open(ctx context.Context, s settings, env plugin.Env) (lipsync.Renderer, error) {
	if err := video.Find(env.FFmpeg); err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	s.Articulation = cmp.Or(s.Articulation, usualArticulation)
	table, err := viseme.Load()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it was doing
	}
	network, err := hearing.Open(onnx.Library(env.NativesDir))
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	return &engine{
		settings: s, ffmpeg: env.FFmpeg, packs: newPacks(env.FFmpeg), films: newFilms(ctx), table: table, network: network,
	}, nil
}

// Close implements io.Closer.
func (e *engine) Close() error {
	e.films.shelf.Close()
	return e.network.Close() //nolint:wrapcheck // it says what it was doing
}

// Check implements plugin.Checker.
func (e *engine) Check(context.Context) error {
	return video.Find(e.ffmpeg) //nolint:wrapcheck // a fault already
}

// Render implements lipsync.Renderer.
func (e *engine) Render(ctx context.Context, req lipsync.Request, speech lipsync.Speech, out lipsync.Sink) error {
	if err := req.Check(); err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	set, err := e.stage(ctx, req)
	if err != nil {
		return err
	}
	defer set.close()
	width, height := set.size()
	sink := lipsync.InTurn(out)
	encoder, err := video.NewEncoder(ctx, video.Settings{
		FFmpeg: e.ffmpeg, Width: width, Height: height, OutWidth: req.Width, OutHeight: req.Height,
		SampleRate: req.Format.SampleRate, Preset: e.settings.Preset, CRF: e.settings.CRF, Fragment: sink.Fragment,
	})
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	defer encoder.Close()
	mimic, err := newMimic(req.Format, req.FrameSkip, e.settings.Articulation, e.table, e.network)
	if err != nil {
		return err
	}
	defer func() { _ = mimic.close() }()
	r := &rendering{
		encoder: encoder, stage: set, sink: sink, size: video.FrameSize(width, height),
		mimic: mimic, rate: req.Format.SampleRate,
	}
	return r.run(ctx, speech)
}

var (
	_ lipsync.Renderer = (*engine)(nil)
	_ plugin.Checker   = (*engine)(nil)
	_ io.Closer        = (*engine)(nil)
)
