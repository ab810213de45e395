package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/atlas"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/compose"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/hearing"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// settings are those of the manifest's schema.
type settings struct {
	Preset string `json:"preset"`
	CRF    int    `json:"crf"`
}

// engine renders with the packs that it keeps in memory.
type engine struct {
	settings settings
	ffmpeg   string
	packs    *packs
	table    *viseme.Table
	network  *hearing.Network
}

func open(_ context.Context, s settings, env plugin.Env) (lipsync.Renderer, error) {
	if err := video.Find(env.FFmpeg); err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	table, err := viseme.Load()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it was doing
	}
	network, err := hearing.Open(filepath.Join(env.NativesDir, "onnxruntime", "libonnxruntime.so"))
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	return &engine{settings: s, ffmpeg: env.FFmpeg, packs: newPacks(env.FFmpeg), table: table, network: network}, nil
}

// Close implements io.Closer.
func (e *engine) Close() error { return e.network.Close() } //nolint:wrapcheck // it says what it was doing

// Check implements plugin.Checker.
func (e *engine) Check(context.Context) error {
	return video.Find(e.ffmpeg) //nolint:wrapcheck // a fault already
}

// progressEvery is after how many frames progress is told.
const progressEvery = 5

// Render implements lipsync.Renderer.
func (e *engine) Render(ctx context.Context, req lipsync.Request, speech lipsync.Speech, out lipsync.Sink) error {
	if err := req.Check(); err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	pack, err := e.packs.open(ctx, req.Avatar)
	if err != nil {
		return err
	}
	sink := lipsync.InTurn(out)
	encoder, err := video.NewEncoder(ctx, video.Settings{
		FFmpeg: e.ffmpeg, Width: pack.Width, Height: pack.Height, OutWidth: req.Width, OutHeight: req.Height,
		SampleRate: req.Format.SampleRate, Preset: e.settings.Preset, CRF: e.settings.CRF, Fragment: sink.Fragment,
	})
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	defer encoder.Close()
	mimic, err := newMimic(req.Format, req.FrameSkip, e.table, e.network)
	if err != nil {
		return err
	}
	defer func() { _ = mimic.close() }()
	r := &rendering{
		encoder: encoder, composer: compose.New(pack), sink: sink, size: len(pack.Base),
		mimic: mimic, rate: req.Format.SampleRate,
	}
	return r.run(ctx, speech)
}

var (
	_ lipsync.Renderer = (*engine)(nil)
	_ plugin.Checker   = (*engine)(nil)
	_ io.Closer        = (*engine)(nil)
)

// rendering is one call.
type rendering struct {
	encoder  *video.Encoder
	composer *compose.Composer
	sink     lipsync.Sink
	mimic    *mimic
	size     int
	rate     int
	samples  int64
	frames   int
	// waiting is the sound of the frames that are not drawn yet. Sound and frames go to the encoder in step, so that
	// neither waits in full pipes for the other.
	waiting []int16
}

// maxAhead bounds the sound that is read before it is drawn, in samples.
const maxAhead = 4 << 20

// run listens before it draws: the sooner the speech is known to its end, the sooner progress has a total.
func (r *rendering) run(ctx context.Context, speech lipsync.Speech) error {
	ctx, cancel := context.WithCancel(ctx)
	incoming := make(chan heard, 16)
	var reader sync.WaitGroup
	reader.Go(func() { read(ctx, speech, incoming) })
	defer reader.Wait()
	defer cancel()
	for {
		h, come := r.next(incoming)
		switch {
		case !come:
			if err := r.draw(r.frames+1, 0); err != nil {
				return err
			}
		case errors.Is(h.err, io.EOF):
			return r.ended()
		case h.err != nil:
			return h.err
		default:
			if err := r.listen(h.chunk); err != nil {
				return err
			}
		}
	}
}

// heard is a piece of speech, or why there is no more.
type heard struct {
	chunk speech.Chunk
	err   error
}

func read(ctx context.Context, speech lipsync.Speech, incoming chan<- heard) {
	defer close(incoming)
	for {
		chunk, err := speech.Next(ctx)
		select {
		case incoming <- heard{chunk, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// next gives the next piece of speech; come is false when a frame can be drawn and nothing has come, or too much waits.
func (r *rendering) next(incoming <-chan heard) (h heard, come bool) {
	if r.ready() <= r.frames {
		return wait(incoming), true
	}
	if len(r.waiting) > maxAhead {
		return heard{}, false
	}
	select {
	case h, open := <-incoming:
		if !open {
			h.err = context.Canceled
		}
		return h, true
	default:
		return heard{}, false
	}
}

// wait gives the next piece; a reader that is gone was cancelled.
func wait(incoming <-chan heard) heard {
	h, open := <-incoming
	if !open {
		h.err = context.Canceled
	}
	return h
}

func (r *rendering) listen(chunk speech.Chunk) error {
	if err := r.mimic.listen(chunk); err != nil {
		return err
	}
	r.samples += int64(len(chunk.PCM))
	r.waiting = append(r.waiting, chunk.PCM...)
	return nil
}

// ended draws the rest of a speech that is known to its end.
func (r *rendering) ended() error {
	if r.samples == 0 {
		return fault.New(fault.Invalid, "render", "음성이 비어 있습니다", errors.New("no samples"))
	}
	return r.finish()
}

// ready is how many frames can be drawn: those whose future is heard far enough.
func (r *rendering) ready() int {
	heard := float64(r.samples) / float64(r.rate)
	return int((heard - r.mimic.lookahead()) * video.FrameRate)
}

// finish draws the rest. The sound is filled up to the end of the last frame.
func (r *rendering) finish() error {
	total := int((r.samples*video.FrameRate + int64(r.rate) - 1) / int64(r.rate))
	if err := r.mimic.end(); err != nil {
		return err
	}
	r.waiting = append(r.waiting, make([]int16, r.until(total)-r.samples)...)
	if err := r.draw(total, total); err != nil {
		return err
	}
	if err := r.encoder.Finish(); err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	return r.sink.Progress(lipsync.Progress{Frames: total, Total: total}) //nolint:wrapcheck // the caller's own error
}

// until is the sample at which a frame begins, rounded up.
func (r *rendering) until(frame int) int64 {
	return (int64(frame)*int64(r.rate) + video.FrameRate - 1) / video.FrameRate
}

// draw draws frames up to a count; total is told with the progress once it is known.
func (r *rendering) draw(until, total int) error {
	for ; r.frames < until; r.frames++ {
		n := r.until(r.frames+1) - r.until(r.frames)
		if err := r.encoder.Sound(r.waiting[:n]); err != nil {
			return err //nolint:wrapcheck // it says what it was doing
		}
		r.waiting = r.waiting[n:]
		frame := r.encoder.Buffer(r.size)
		left := compose.Endless
		if total > 0 {
			left = total - 1 - r.frames
		}
		r.composer.Frame(frame, r.frames, left, atlas.Of(r.mimic.face(r.frames)))
		if err := r.encoder.Frame(frame); err != nil {
			return err //nolint:wrapcheck // it says what it was doing
		}
		if r.frames%progressEvery == 0 {
			if err := r.sink.Progress(lipsync.Progress{Frames: r.frames, Total: total}); err != nil {
				return err //nolint:wrapcheck // the caller's own error
			}
		}
	}
	return nil
}
