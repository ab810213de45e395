package functions

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errStalled is why a call ends that has given nothing for too long.
var errStalled = errors.New("call gave nothing for too long")

// pulse ends a call from which nothing comes for too long. The time that the caller itself takes, to give speech or to
// listen, does not count. It is safe for concurrent use.
type pulse struct {
	limit time.Duration
	end   context.CancelCauseFunc

	mu      sync.Mutex
	timer   *time.Timer
	outside int
	stalled bool
	stopped bool
}

// newPulse gives the context of the call.
func newPulse(ctx context.Context, limit time.Duration) (context.Context, *pulse) {
	ctx, end := context.WithCancelCause(ctx)
	p := &pulse{limit: limit, end: end}
	p.timer = time.AfterFunc(limit, p.stall)
	return ctx, p
}

func (p *pulse) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outside == 0 && !p.stopped {
		p.stalled = true
		p.end(errStalled)
	}
}

// outsideDo runs what the caller does, and counts anew afterwards.
func (p *pulse) outsideDo(do func() error) error {
	p.mu.Lock()
	p.outside++
	p.timer.Stop()
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.outside--; p.outside == 0 && !p.stopped {
			p.timer.Reset(p.limit)
		}
	}()
	return do()
}

// stop ends the counting and the context, and tells whether the call was ended for giving nothing.
func (p *pulse) stop() (stalled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.timer.Stop()
	p.end(nil)
	return p.stalled
}
