package functions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/sdk/fault"
)

const (
	// patience is how long a call waits for a start that is held back after deaths.
	patience = 2 * time.Second
	// pingEvery and pingWithin find an instance that hangs while calls are in it. Where others use up the processor, one that
	// works well may not get its turn for seconds: with 3 s, one that drew a film beside six such processes was killed.
	pingEvery  = 2 * time.Second
	pingWithin = 10 * time.Second
	// deafAfter looks, each pingEvery, an engine that goes on with calls whose clients left is given up.
	deafAfter = 5
)

// errReplaced tells a call that its pool takes no more: a newer one does.
var errReplaced = errors.New("function was replaced")

// pool keeps the instances of one function on one version of its plugin.
type pool struct {
	wanted   Wanted
	launcher Launcher
	logger   hclog.Logger
	// life ends when the pool is closed; it bounds starts.
	life  context.Context //nolint:containedctx // the pool's own life, not a call's
	end   context.CancelFunc
	tasks sync.WaitGroup
	// stale is told that the executable is not the one that was read.
	stale func()

	mu        sync.Mutex
	instances []*instance
	starting  int
	waiters   []*waiter
	circuit   circuit
	starts    int
	closing   bool
	// empty is closed when a closing pool has no instance left.
	empty chan struct{}
}

// waiter is a call that waits for a place.
type waiter struct {
	granted chan grant
}

type grant struct {
	instance *instance
	err      error
}

func newPool(ctx context.Context, w Wanted, o Options, stale func()) *pool {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	p := &pool{wanted: w, launcher: o.Launcher, logger: o.Logger, life: life, end: end, stale: stale, empty: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keepWarm()
	return p
}

func (p *pool) scale() Scale { return p.wanted.Function.Scale }

// acquire finds a place for a call: in a running instance, in one that it starts, or by waiting.
func (p *pool) acquire(ctx context.Context) (*instance, error) {
	p.mu.Lock()
	in, w, err := p.place()
	p.mu.Unlock()
	if in != nil || err != nil {
		return in, err
	}
	select {
	case g := <-w.granted:
		return g.instance, g.err
	case <-ctx.Done():
		p.abandon(w)
		return nil, fmt.Errorf("wait for a place: %w", ctx.Err())
	}
}

// place gives an instance with room, or a waiter for one.
func (p *pool) place() (*instance, *waiter, error) {
	if p.closing {
		return nil, nil, errReplaced
	}
	if in := p.roomiest(); in != nil {
		return in, nil, nil
	}
	now := time.Now()
	delay := p.circuit.wait(now)
	held := p.circuit.open(now) || delay > patience
	coming := p.starting * p.scale().Concurrency
	switch {
	case len(p.instances)+p.starting < p.scale().Max && len(p.waiters) >= coming && !held:
		p.start(delay)
		coming += p.scale().Concurrency
	case len(p.instances)+p.starting == 0:
		return nil, nil, p.paused()
	}
	if len(p.waiters) >= p.scale().Waiting+coming {
		return nil, nil, fault.New(fault.Busy, "use function "+p.wanted.Function.ID, "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요", nil)
	}
	w := &waiter{granted: make(chan grant, 1)}
	p.waiters = append(p.waiters, w)
	return nil, w, nil
}

// over tells whether a process has ended, which its watcher may not have seen yet.
func over(r Running) bool {
	select {
	case <-r.Done():
		return true
	default:
		return false
	}
}

// roomiest enters the instance with the fewest calls.
func (p *pool) roomiest() *instance {
	var best *instance
	for _, in := range p.instances {
		if (in.state == Ready || in.state == Busy) && !over(in.running) && (best == nil || in.calls < best.calls) {
			best = in
		}
	}
	if best != nil && best.enter(p.scale().Concurrency) {
		return best
	}
	return nil
}

// abandon takes a waiter whose client left out of the queue; a place that it was given goes back.
func (p *pool) abandon(w *waiter) {
	p.mu.Lock()
	if at := slices.Index(p.waiters, w); at >= 0 {
		p.waiters = slices.Delete(p.waiters, at, at+1)
	}
	p.mu.Unlock()
	select {
	case g := <-w.granted:
		if g.instance != nil {
			p.release(g.instance, false, false)
		}
	default:
	}
}

// release ends a call in an instance. left says that its client went away, so that the engine may still be in it.
func (p *pool) release(in *instance, served, left bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if served {
		p.circuit.served()
	}
	in.suspect = in.suspect || left
	if !in.leave() {
		p.serve()
		return
	}
	if in.state == Draining {
		p.stop(in)
		return
	}
	p.serve()
	if in.calls == 0 && in.state == Ready {
		in.idleTimer = time.AfterFunc(p.scale().Idle, func() { p.rest(in) })
	}
}

// serve gives places to those who wait, in order.
func (p *pool) serve() {
	for len(p.waiters) > 0 {
		in := p.roomiest()
		if in == nil {
			return
		}
		p.grant(grant{instance: in})
	}
}

func (p *pool) grant(g grant) {
	w := p.waiters[0]
	p.waiters = p.waiters[1:]
	w.granted <- g
}

// discard takes an instance whose process died under a call off the list at once, before its
// end is otherwise seen, so that the next call finds another. hung tells whether it was killed because it hung.
func (p *pool) discard(in *instance) (hung bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in.calls--
	in.to(Failed)
	p.instances = slices.DeleteFunc(p.instances, func(other *instance) bool { return other == in })
	return in.hung
}

// wedge ends a call from which nothing comes any more. Its instance takes no further calls.
func (p *pool) wedge(in *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in.calls--
	p.retire(in, "a call gives nothing")
}

// retire lets an instance take no further calls; it ends when those in it have. The pool is locked.
func (p *pool) retire(in *instance, why string) {
	if in.to(Draining) {
		p.logger.Error("instance does not work and is replaced", "function", p.wanted.Function.ID, "plugin", p.wanted.Manifest.Name,
			"pid", in.running.PID(), "reason", why)
	}
	if in.state == Draining && in.calls == 0 {
		p.stop(in)
	}
}

// rest stops an instance that had nothing to do for long enough.
func (p *pool) rest(in *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in.calls > 0 || in.state != Ready || p.live() <= p.scale().Min {
		return
	}
	p.logger.Debug("instance rests", "function", p.wanted.Function.ID, "pid", in.running.PID())
	in.to(Draining)
	p.stop(in)
}

// live counts the instances that take calls.
func (p *pool) live() int {
	n := 0
	for _, in := range p.instances {
		if in.state == Ready || in.state == Busy {
			n++
		}
	}
	return n
}

// stop ends a draining instance without calls; its watcher takes it off the list.
func (p *pool) stop(in *instance) {
	if in.idleTimer != nil {
		in.idleTimer.Stop()
	}
	p.tasks.Go(in.running.Close)
}

// close takes no more calls, lets those in progress finish until ctx ends, and stops everything.
func (p *pool) close(ctx context.Context) {
	p.mu.Lock()
	if !p.closing {
		p.closing = true
		p.end() // what is starting is not wanted any more
		for len(p.waiters) > 0 {
			p.grant(grant{err: errReplaced})
		}
		for _, in := range p.instances {
			if in.to(Draining) && in.calls == 0 {
				p.stop(in)
			}
		}
		p.checkEmpty()
	}
	p.mu.Unlock()
	select {
	case <-p.empty:
	case <-ctx.Done():
		p.killAll()
	}
	p.tasks.Wait()
}

func (p *pool) killAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, in := range p.instances {
		p.tasks.Go(in.running.Kill)
	}
}

func (p *pool) checkEmpty() {
	if !p.closing || len(p.instances)+p.starting > 0 {
		return
	}
	select {
	case <-p.empty:
	default:
		close(p.empty)
	}
}
