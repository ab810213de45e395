package functions

import (
	"context"
	"errors"
	"time"

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

func now() time.Time { return time.Now() }

// hasDied tells whether a call failed because its process is gone. The connection breaks a moment before
// the end is seen. What the plugin itself says comes without a gRPC status and is no sign of death.
func hasDied(r Running, err error) bool {
	var broken interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &broken) {
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
	err = h.call(ctx, "", id, func(r Running) (bool, error) {
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
	return s.host.call(ctx, manifest.TTS, s.id, func(r Running) (bool, error) {
		sink := &heard{out: out}
		err := tts.NewClient(r.Conn()).Synthesize(ctx, req, sink)
		return sink.begun, err //nolint:wrapcheck // a fault already
	})
}

// heard notes whether anything of a speech came out.
type heard struct {
	out   tts.Sink
	begun bool
}

// Start implements tts.Sink.
func (h *heard) Start(format speech.Format) error {
	h.begun = true
	return h.out.Start(format) //nolint:wrapcheck // the caller's own error
}

// Chunk implements tts.Sink.
func (h *heard) Chunk(chunk speech.Chunk) error { return h.out.Chunk(chunk) } //nolint:wrapcheck // the caller's own error

type model struct {
	host *Host
	id   string
}

// Chat implements llm.Model.
func (m *model) Chat(ctx context.Context, req llm.Request, out llm.Sink) (name string, err error) {
	err = m.host.call(ctx, manifest.LLM, m.id, func(r Running) (bool, error) {
		sink := &read{out: out}
		var err error
		name, err = llm.NewClient(r.Conn()).Chat(ctx, req, sink)
		return sink.begun, err //nolint:wrapcheck // a fault already
	})
	return name, err
}

// read notes whether anything of an answer came out.
type read struct {
	out   llm.Sink
	begun bool
}

// Token implements llm.Sink.
func (r *read) Token(text string) error {
	r.begun = true
	return r.out.Token(text) //nolint:wrapcheck // the caller's own error
}

type renderer struct {
	host *Host
	id   string
}

// Render implements lipsync.Renderer. Speech that was taken cannot be given again, so that a call is
// tried again only when none was.
func (r *renderer) Render(ctx context.Context, req lipsync.Request, speech lipsync.Speech, out lipsync.Sink) error {
	taken := &takenSpeech{speech: speech}
	return r.host.call(ctx, manifest.Lipsync, r.id, func(running Running) (bool, error) {
		err := lipsync.NewClient(running.Conn()).Render(ctx, req, taken, out)
		return taken.begun, err //nolint:wrapcheck // a fault already
	})
}

type takenSpeech struct {
	speech lipsync.Speech
	begun  bool
}

// Next implements lipsync.Speech.
func (t *takenSpeech) Next(ctx context.Context) (speech.Chunk, error) {
	chunk, err := t.speech.Next(ctx)
	if err == nil || !errors.Is(err, context.Canceled) {
		t.begun = true
	}
	return chunk, err //nolint:wrapcheck // the caller's own error
}

var (
	_ tts.Synthesizer  = (*synthesizer)(nil)
	_ llm.Model        = (*model)(nil)
	_ lipsync.Renderer = (*renderer)(nil)
)
