package api

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/sse"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// The ways to run a prepared generation: drained for one answer, or as a stream of events.

// ignore is how a synchronous answer hears events.
func ignore(generation.Event) error { return nil }

// attend runs what needs no place in the queue.
func attend[T any](ctx context.Context, s *server, who session, run generation.Run[T]) (T, error) {
	ctx, ticket := s.Queue.Attend(ctx, who.sid, callerOf(ctx).RequestID)
	defer ticket.Leave()
	result, err := run(ctx, ignore)
	return result, s.report(ctx, err)
}

// enter runs what waits for its turn.
func enter[T any](ctx context.Context, s *server, who session, run generation.QueuedRun[T]) (T, error) {
	var none T
	ctx, ticket, err := s.Queue.Enter(ctx, who.sid, callerOf(ctx).RequestID)
	if err != nil {
		return none, translate(err)
	}
	defer ticket.Leave()
	result, err := run(ctx, ticket, ignore)
	return result, s.report(ctx, err)
}

// report logs what a client is not told and translates the rest.
func (s *server) report(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	p := translate(err)
	if ctx.Err() == nil {
		log := s.Logger.Warn
		if fault.KindOf(err) == fault.Internal {
			log = s.Logger.Error
		}
		log("request failed", "request", callerOf(ctx).RequestID, "code", p.code, "error", err)
	}
	return p
}

// stream answers with the events that run emits. A failure after the first byte is an event too.
func (s *server) stream(who session, ctx context.Context, ticket *queue.Ticket, run func(context.Context, generation.Emit) error) *huma.StreamResponse { //nolint:revive // the session belongs with the ticket
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer ticket.Leave()
		who.headers().apply(h)
		_, w := humago.Unwrap(h)
		events := sse.Start(w, s.KeepAlive)
		defer events.Close()
		err := run(ctx, func(e generation.Event) error {
			if err := events.Send(e); err != nil {
				return fault.New(fault.Cancelled, "send event", "", err)
			}
			return nil
		})
		if p, ok := errors.AsType[*problem](s.report(ctx, err)); ok {
			_ = events.Send(generation.Failed{Type: "error", Message: p.message, Code: p.code})
		}
	}}
}

// remember keeps a turn under the key that the client's next request will have, too.
func (s *server) remember(who session, req generation.ChatRequest, answer string) {
	if !req.Stateless && who.twin != "" {
		s.Conversations.Remember(who.twin, req.Message, answer)
	}
}
