package functions

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// deathNotice is how long after a broken call a process's end may be seen.
const deathNotice = 500 * time.Millisecond

// hasDied tells whether a call failed because its process is gone. The connection breaks a moment before
// the end is seen. What the plugin itself says comes without a gRPC status and is no sign of death.
func hasDied(r Running, err error) bool {
	var broken interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &broken) || notServed(err) {
		return false
	}
	timer := time.NewTimer(deathNotice)
	defer timer.Stop()
	select {
	case <-r.Done():
		return true
	case <-timer.C:
		return false
	}
}

// notServed tells whether a program does not speak the contract that its manifest names.
func notServed(err error) bool {
	var broken interface{ GRPCStatus() *status.Status }
	return errors.As(err, &broken) && broken.GRPCStatus().Code() == codes.Unimplemented
}

// Synthesizer gives a function of kind tts. Its calls go to whichever instance has room.
func (h *Host) Synthesizer(id string) (tts.Synthesizer, error) {
	return &synthesizer{host: h, id: id}, h.known(manifest.TTS, id)
}

// Model gives a function of kind llm.
func (h *Host) Model(id string) (llm.Model, error) {
	return &model{host: h, id: id}, h.known(manifest.LLM, id)
}

// Renderer gives a function of kind lipsync.
func (h *Host) Renderer(id string) (lipsync.Renderer, error) {
	return &renderer{host: h, id: id}, h.known(manifest.Lipsync, id)
}

// known is fault.NotFound for an id that is not deployed; other faults belong to the call.
func (h *Host) known(kind manifest.Kind, id string) error {
	if _, err := h.find(kind, id); fault.KindOf(err) == fault.NotFound {
		return err
	}
	return nil
}

// Check asks a function's engine whether it can work right now; checked is false when it has no check of its own.
func (h *Host) Check(ctx context.Context, id string) (checked bool, err error) {
	err = h.call(ctx, "", id, func(ctx context.Context, r Running, _ *pulse) (bool, error) {
		var err error
		checked, err = plugin.NewClient(r.Conn()).Check(ctx)
		return false, err //nolint:wrapcheck // a fault already
	})
	return checked, err
}

type synthesizer struct {
	host *Host
	id   string
}

// Synthesize implements tts.Synthesizer.
func (s *synthesizer) Synthesize(ctx context.Context, req tts.Request, out tts.Sink) error {
	return s.host.call(ctx, manifest.TTS, s.id, func(ctx context.Context, r Running, beats *pulse) (bool, error) {
		sink := &heard{out: out, beats: beats}
		err := tts.NewClient(r.Conn()).Synthesize(ctx, req, sink)
		return sink.begun, err //nolint:wrapcheck // a fault already
	})
}

// heard notes whether anything of a speech came out.
type heard struct {
	out   tts.Sink
	beats *pulse
	begun bool
}

// Start implements tts.Sink.
func (h *heard) Start(format speech.Format) error {
	h.begun = true
	return h.beats.outsideDo(func() error { return h.out.Start(format) })
}

// Chunk implements tts.Sink.
func (h *heard) Chunk(chunk speech.Chunk) error {
	return h.beats.outsideDo(func() error { return h.out.Chunk(chunk) })
}

type model struct {
	host *Host
	id   string
}

// Chat implements llm.Model.
func (m *model) Chat(ctx context.Context, req llm.Request, out llm.Sink) (name string, err error) {
	err = m.host.call(ctx, manifest.LLM, m.id, func(ctx context.Context, r Running, beats *pulse) (bool, error) {
		sink := &read{out: out, beats: beats}
		var err error
		name, err = llm.NewClient(r.Conn()).Chat(ctx, req, sink)
		return sink.begun, err //nolint:wrapcheck // a fault already
	})
	return name, err
}

// read notes whether anything of an answer came out.
type read struct {
	out   llm.Sink
	beats *pulse
	begun bool
}

// Token implements llm.Sink.
func (r *read) Token(text string) error {
	r.begun = true
	return r.beats.outsideDo(func() error { return r.out.Token(text) })
}

type renderer struct {
	host *Host
	id   string
}

// Render implements lipsync.Renderer. Speech that was taken cannot be given again, so that a call is
// tried again only when none was.
func (r *renderer) Render(ctx context.Context, req lipsync.Request, speech lipsync.Speech, out lipsync.Sink) error {
	taken := &takenSpeech{speech: speech}
	return r.host.call(ctx, manifest.Lipsync, r.id, func(ctx context.Context, running Running, beats *pulse) (bool, error) {
		taken.beats = beats
		err := lipsync.NewClient(running.Conn()).Render(ctx, req, taken, &seen{out: out, beats: beats})
		return taken.begun, err //nolint:wrapcheck // a fault already
	})
}

type takenSpeech struct {
	speech lipsync.Speech
	beats  *pulse
	begun  bool
}

// Next implements lipsync.Speech.
func (t *takenSpeech) Next(ctx context.Context) (chunk speech.Chunk, err error) {
	err = t.beats.outsideDo(func() (err error) {
		chunk, err = t.speech.Next(ctx)
		return err //nolint:wrapcheck // the caller's own error
	})
	if err == nil || !errors.Is(err, context.Canceled) {
		t.begun = true
	}
	return chunk, err
}

// seen passes a video on. What brings the film no further is no sign of life.
type seen struct {
	out   lipsync.Sink
	beats *pulse
	last  lipsync.Progress
}

// Fragment implements lipsync.Sink.
func (s *seen) Fragment(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	return s.beats.outsideDo(func() error { return s.out.Fragment(data) })
}

// Progress implements lipsync.Sink.
func (s *seen) Progress(p lipsync.Progress) error {
	if p.Frames <= s.last.Frames {
		return s.out.Progress(p) //nolint:wrapcheck // the caller's own error
	}
	s.last = p
	return s.beats.outsideDo(func() error { return s.out.Progress(p) })
}

var (
	_ tts.Synthesizer  = (*synthesizer)(nil)
	_ llm.Model        = (*model)(nil)
	_ lipsync.Renderer = (*renderer)(nil)
)
