package tts

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	"github.com/visavis-dev/visavis/sdk/fault"
	ttsv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/tts/v1"
	"github.com/visavis-dev/visavis/sdk/internal/wire"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// Kind is how manifests and the handshake name this contract.
const Kind = "tts"

// Serve is a speech plugin's main: it opens the engine with the deployment's
// settings and serves it until the host ends the process.
func Serve[C any](open plugin.Open[C, Synthesizer]) { plugin.Serve(Kind, open, register) }

func register(server grpc.ServiceRegistrar, engine plugin.Engine[Synthesizer]) {
	ttsv1.RegisterSynthesizerServiceServer(server, &service{engine: engine})
}

type service struct {
	ttsv1.UnimplementedSynthesizerServiceServer
	engine plugin.Engine[Synthesizer]
}

// Synthesize serves one call.
func (s *service) Synthesize(req *ttsv1.SynthesizeRequest, stream ttsv1.SynthesizerService_SynthesizeServer) error {
	engine, err := s.engine.Get()
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	sink := &streamSink{stream: stream}
	request := Request{Text: req.GetText(), Voice: req.GetVoice(), Language: req.GetLanguage()}
	if err := engine.Synthesize(stream.Context(), request, sink); err != nil {
		return err //nolint:wrapcheck // the engine's own fault goes to the host as it is
	}
	if !sink.started {
		return outOfOrder("engine ended without starting")
	}
	return nil
}

type streamSink struct {
	stream  ttsv1.SynthesizerService_SynthesizeServer
	started bool
}

// Start implements Sink.
func (s *streamSink) Start(format speech.Format) error {
	if s.started {
		return errors.New("start speech: it was started before")
	}
	encoded, err := wire.ToFormat(format)
	if err != nil {
		return err
	}
	s.started = true
	return s.send(&ttsv1.SynthesizeResponse{Event: &ttsv1.SynthesizeResponse_Start{Start: encoded}})
}

// Chunk implements Sink.
func (s *streamSink) Chunk(chunk speech.Chunk) error {
	if !s.started {
		return errors.New("send speech: it was not started")
	}
	for _, c := range wire.ToChunks(chunk) {
		if err := s.send(&ttsv1.SynthesizeResponse{Event: &ttsv1.SynthesizeResponse_Chunk{Chunk: c}}); err != nil {
			return err
		}
	}
	return nil
}

func (s *streamSink) send(m *ttsv1.SynthesizeResponse) error {
	if err := s.stream.Send(m); err != nil {
		return fmt.Errorf("send speech: %w", err)
	}
	return nil
}

// NewClient speaks to a plugin over its connection, which it does not close. Safe for concurrent use.
func NewClient(conn grpc.ClientConnInterface) Synthesizer {
	return &client{rpc: ttsv1.NewSynthesizerServiceClient(conn)}
}

type client struct {
	rpc ttsv1.SynthesizerServiceClient
}

// Synthesize implements Synthesizer.
func (c *client) Synthesize(ctx context.Context, req Request, out Sink) error {
	const op = "synthesize speech"
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.rpc.Synthesize(ctx, &ttsv1.SynthesizeRequest{Text: req.Text, Voice: req.Voice, Language: req.Language})
	if err != nil {
		return wire.FromStatus(op, err)
	}
	d := &delivery{out: out}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return d.end()
		}
		if err != nil {
			return wire.FromStatus(op, err)
		}
		if err := d.take(message); err != nil {
			return err
		}
	}
}

// delivery hands a plugin's speech on, and holds the plugin to its order: not every plugin has this SDK.
type delivery struct {
	out     Sink
	started bool
}

func (d *delivery) take(message *ttsv1.SynthesizeResponse) error {
	start := message.GetStart()
	switch {
	case start != nil && d.started:
		return outOfOrder("engine started twice")
	case start == nil && !d.started:
		return outOfOrder("engine spoke before it started")
	case start != nil:
		format, err := wire.FromFormat(start)
		if err != nil {
			return err
		}
		d.started = true
		return d.out.Start(format)
	}
	chunk, err := wire.FromChunk(message.GetChunk())
	if err != nil {
		return err
	}
	return d.out.Chunk(chunk)
}

func (d *delivery) end() error {
	if !d.started {
		return outOfOrder("engine ended without starting")
	}
	return nil
}

func outOfOrder(what string) error {
	return fault.New(fault.Internal, "synthesize speech", "", errors.New(what))
}
