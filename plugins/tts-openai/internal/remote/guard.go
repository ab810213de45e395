package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// errStalled means that the server has been silent for too long.
var errStalled = errors.New("service has stopped sending")

// guarded is a body that fails when nothing comes for too long, and ends its request when closed.
type guarded struct {
	body    io.ReadCloser
	cancel  context.CancelCauseFunc
	cause   func() error
	stalled *time.Timer
	stall   time.Duration
}

func (c *Client) guard(ctx context.Context, cancel context.CancelCauseFunc, body io.ReadCloser) *guarded {
	return &guarded{
		body: body, cancel: cancel, stall: c.stall,
		cause:   func() error { return context.Cause(ctx) },
		stalled: time.AfterFunc(c.stall, func() { cancel(errStalled) }),
	}
}

// Read implements io.Reader.
func (g *guarded) Read(p []byte) (int, error) {
	g.stalled.Reset(g.stall)
	n, err := g.body.Read(p)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err //nolint:wrapcheck // io.EOF stays what it is
	}
	if cause := g.cause(); cause != nil {
		err = cause
	}
	return n, fmt.Errorf("read speech: %w", err)
}

// Close implements io.Closer.
func (g *guarded) Close() error {
	g.stalled.Stop()
	g.cancel(nil)
	if err := g.body.Close(); err != nil {
		return fmt.Errorf("close speech: %w", err)
	}
	return nil
}
