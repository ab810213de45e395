package api

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/request"
	"github.com/visavis-dev/visavis/host/internal/sse"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// The ways to run a prepared generation: drained for one answer, or as a stream of events.

// ignore is how a synchronous answer hears events.
func ignore(generation.Event) error { return nil }

// attend runs what needs no place in the queue.
func attend[T any](ctx context.Context, s *server, who session, run generation.Run[T]) (T, error) {
	ctx, ticket := s.Queue.Attend(ctx, who.sid, callerOf(ctx).requestID)
	defer ticket.Leave()
	result, err := run(ctx, ignore)
	return result, s.report(ctx, err)
}

// enter runs what waits for its turn.
func enter[T any](ctx context.Context, s *server, who session, run generation.QueuedRun[T]) (T, error) {
	var none T
	working, ticket, err := s.Queue.Enter(ctx, who.sid, callerOf(ctx).requestID)
	if err != nil {
		return none, s.report(ctx, err)
	}
	defer ticket.Leave()
	result, err := run(working, ticket, s.Interview.Owning(ctx, who.owner(), ignore))
	return result, s.report(working, err)
}

// report logs what a client is not told and translates the rest.
func (s *server) report(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if p, is := errors.AsType[*problem](err); is {
		return p
	}
	return translate(request.Report(ctx, s.Logger, callerOf(ctx).requestID, err))
}

// stream answers with the events that run emits. A failure after the first byte is an event too.
func (s *server) stream(ctx context.Context, ticket *queue.Ticket, run func(context.Context, generation.Emit) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer ticket.Leave()
		r, w := humago.Unwrap(h)
		events := sse.Start(w, r, sse.Options{KeepAlive: s.KeepAlive})
		defer events.Close()
		err := generation.Contain(func() error {
			return run(ctx, func(e generation.Event) error {
				if err := events.Send(e); err != nil {
					return fault.New(fault.Cancelled, "send event", "", err)
				}
				return nil
			})
		})
		if p, ok := errors.AsType[*problem](s.report(ctx, err)); ok {
			_ = events.Send(generation.Failed{Type: "error", Message: p.message, Code: p.code})
		}
	}}
}
