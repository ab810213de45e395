package lipsync

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"

	lipsyncv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/lipsync/v1"
	"github.com/visavis-dev/visavis/sdk/internal/wire"
)

// NewClient speaks to a plugin over its connection, which it does not close. Safe for concurrent use.
func NewClient(conn grpc.ClientConnInterface) Renderer {
	return &client{rpc: lipsyncv1.NewRendererServiceClient(conn)}
}

type client struct {
	rpc lipsyncv1.RendererServiceClient
}

// Render implements Renderer.
func (c *client) Render(ctx context.Context, req Request, speech Speech, out Sink) error {
	const op = "render"
	format, err := wire.ToFormat(req.Format)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	stream, err := c.rpc.Render(ctx)
	if err != nil {
		cancel()
		return wire.FromStatus(op, err)
	}
	sent := make(chan error, 1)
	go func() {
		err := sendAll(ctx, stream, &lipsyncv1.RenderStart{
			Avatar: req.Avatar,
			Width:  uint32(max(0, req.Width)), Height: uint32(max(0, req.Height)), //nolint:gosec // not negative
			FrameSkip: uint32(max(0, req.FrameSkip)), Format: format, //nolint:gosec // not negative
		}, speech)
		if err != nil {
			cancel()
		}
		sent <- err
	}()
	err = receiveAll(stream, out)
	cancel()
	// The sender's error is the cause when it ended the call; its own cancellation is none.
	if sendErr := <-sent; sendErr != nil && !errors.Is(sendErr, context.Canceled) {
		return sendErr
	}
	return err
}

// sendAll sends the start and the speech to its end. A plugin that ends early is
// heard of by the receiver, so that io.EOF from Send is no error here.
func sendAll(ctx context.Context, stream lipsyncv1.RendererService_RenderClient, start *lipsyncv1.RenderStart, speech Speech) error {
	if err := stream.Send(&lipsyncv1.RenderRequest{Event: &lipsyncv1.RenderRequest_Start{Start: start}}); err != nil {
		return nil //nolint:nilerr // the receiver hears why
	}
	for {
		chunk, err := speech.Next(ctx)
		if errors.Is(err, io.EOF) {
			_ = stream.CloseSend()
			return nil
		}
		if err != nil {
			return err //nolint:wrapcheck // the caller's own error
		}
		for _, c := range wire.ToChunks(chunk) {
			if err := stream.Send(&lipsyncv1.RenderRequest{Event: &lipsyncv1.RenderRequest_Chunk{Chunk: c}}); err != nil {
				return nil //nolint:nilerr // the receiver hears why
			}
		}
	}
}

func receiveAll(stream lipsyncv1.RendererService_RenderClient, out Sink) error {
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wire.FromStatus("render", err)
		}
		if p := message.GetProgress(); p != nil {
			err = out.Progress(Progress{Frames: int(p.GetFrames()), Total: int(p.GetTotal())})
		} else {
			err = out.Fragment(message.GetFragment())
		}
		if err != nil {
			return err
		}
	}
}
