package lipsync

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	"github.com/visavis-dev/visavis/sdk/fault"
	lipsyncv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/lipsync/v1"
	"github.com/visavis-dev/visavis/sdk/internal/wire"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// Kind is how manifests and the handshake name this contract.
const Kind = "lipsync"

// speechAhead is how many chunks of speech wait for the renderer.
const speechAhead = 4

// Serve is a face plugin's main: it opens the engine with the deployment's
// settings and serves it until the host ends the process.
func Serve[C any](open plugin.Open[C, Renderer]) { plugin.Serve(Kind, open, register) }

func register(server grpc.ServiceRegistrar, engine plugin.Engine[Renderer]) {
	lipsyncv1.RegisterRendererServiceServer(server, &service{engine: engine})
}

type service struct {
	lipsyncv1.UnimplementedRendererServiceServer
	engine plugin.Engine[Renderer]
}

// Render serves one call.
func (s *service) Render(stream lipsyncv1.RendererService_RenderServer) error {
	const op = "render"
	engine, err := s.engine.Get()
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	first, err := stream.Recv()
	if err != nil {
		return fmt.Errorf("receive start: %w", err)
	}
	start := first.GetStart()
	if start == nil {
		return fault.New(fault.Invalid, op, "", errors.New("the first message is no start"))
	}
	format, err := wire.FromFormat(start.GetFormat())
	if err != nil {
		return err
	}
	incoming := &streamSpeech{chunks: make(chan received, speechAhead)}
	// gRPC ends the receiver's Recv with the call, so it needs no other stop.
	go incoming.receive(stream)
	err = engine.Render(stream.Context(), Request{
		Avatar: start.GetAvatar(), Width: int(start.GetWidth()), Height: int(start.GetHeight()),
		FrameSkip: int(start.GetFrameSkip()), Format: format,
	}, incoming, &streamSink{stream: stream})
	return err //nolint:wrapcheck // the engine's own fault goes to the host as it is
}

type received struct {
	chunk speech.Chunk
	err   error
}

// streamSpeech is the speech of a call. A goroutine receives, so that Next can obey its context.
type streamSpeech struct {
	chunks chan received
	ended  error
}

func (s *streamSpeech) receive(stream lipsyncv1.RendererService_RenderServer) {
	defer close(s.chunks)
	for {
		r := next(stream)
		select {
		case s.chunks <- r:
		case <-stream.Context().Done():
			return
		}
		if r.err != nil {
			return
		}
	}
}

func next(stream lipsyncv1.RendererService_RenderServer) received {
	message, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return received{err: io.EOF}
	}
	if err != nil {
		return received{err: fmt.Errorf("receive speech: %w", err)}
	}
	chunk, err := wire.FromChunk(message.GetChunk())
	return received{chunk: chunk, err: err}
}

// Next implements Speech.
func (s *streamSpeech) Next(ctx context.Context) (speech.Chunk, error) {
	if s.ended != nil {
		return speech.Chunk{}, s.ended
	}
	select {
	case r, open := <-s.chunks:
		if !open {
			r.err = context.Canceled
		}
		s.ended = r.err
		return r.chunk, r.err
	case <-ctx.Done():
		return speech.Chunk{}, fmt.Errorf("wait for speech: %w", ctx.Err())
	}
}

type streamSink struct {
	stream lipsyncv1.RendererService_RenderServer
}

// Fragment implements Sink.
func (s *streamSink) Fragment(data []byte) error {
	if len(data) > MaxFragment {
		return fault.New(fault.Internal, "send video", "", fmt.Errorf("a fragment of %d bytes is too large", len(data)))
	}
	return s.send(&lipsyncv1.RenderResponse{Event: &lipsyncv1.RenderResponse_Fragment{Fragment: data}})
}

// Progress implements Sink.
func (s *streamSink) Progress(p Progress) error {
	return s.send(&lipsyncv1.RenderResponse{Event: &lipsyncv1.RenderResponse_Progress{Progress: &lipsyncv1.Progress{
		Frames: uint32(max(0, p.Frames)), //nolint:gosec // not negative
		Total:  uint32(max(0, p.Total)),  //nolint:gosec // not negative
	}}})
}

func (s *streamSink) send(m *lipsyncv1.RenderResponse) error {
	if err := s.stream.Send(m); err != nil {
		return fmt.Errorf("send video: %w", err)
	}
	return nil
}
