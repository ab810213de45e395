package functions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/visavis-dev/visavis/host/internal/process"
)

// lookAgain is the pause between looks at a plugin that is being replaced.
const lookAgain = 200 * time.Millisecond

// The life of a pool's instances: start, watch, death. place and close in pool.go are its callers.

// start begins to start an instance after a delay. The pool is locked.
func (p *pool) start(delay time.Duration) {
	p.starting++
	p.tasks.Go(func() { p.launch(delay) })
}

// keepWarm starts what the warm minimum lacks. The pool is locked.
func (p *pool) keepWarm() {
	if p.closing {
		return
	}
	for p.live()+p.starting < p.scale().Min {
		p.start(p.circuit.wait(time.Now()))
	}
}

func (p *pool) launch(delay time.Duration) {
	in := &instance{state: Absent}
	began, running, err := time.Now(), Running(nil), p.pause(delay)
	if err == nil {
		began = time.Now()
		in.to(Starting)
		ctx, cancel := context.WithTimeout(p.life, p.scale().Start)
		running, err = p.launchWhole(ctx)
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
		}
		cancel()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starting--
	if err != nil {
		p.unstarted(err)
		return
	}
	in.running = running
	in.to(Ready)
	p.starts++
	p.instances = append(p.instances, in)
	p.logger.Info("instance is ready", "function", p.wanted.Function.ID, "plugin", p.wanted.Manifest.Name,
		"pid", running.PID(), "took", time.Since(began).Round(time.Millisecond))
	p.tasks.Go(func() { p.watch(in, time.Now()) })
	if p.closing {
		in.to(Draining)
		p.stop(in)
		return
	}
	p.serve()
	if in.calls == 0 {
		in.idleTimer = time.AfterFunc(p.scale().Idle, func() { p.rest(in) })
	}
}

// launchWhole launches, and looks again for a while when the executable is not the one that was read: a plugin that is being
// replaced has its new program before its new manifest, or its new version did not start when it was tried. The calls that
// wait go to its successor then.
func (p *pool) launchWhole(ctx context.Context) (Running, error) {
	for until := time.Now().Add(patience); ; {
		running, err := p.launcher.Launch(ctx, p.wanted)
		if !errors.Is(err, process.ErrChecksum) {
			return running, err //nolint:wrapcheck // the caller wraps
		}
		p.stale()
		if time.Now().After(until) || p.pause(lookAgain) != nil {
			return nil, err //nolint:wrapcheck // the caller wraps
		}
	}
}

func (p *pool) pause(delay time.Duration) error {
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.life.Done():
		return fmt.Errorf("wait to start: %w", p.life.Err())
	}
}

// unstarted deals with a start that came to nothing: whoever waits for it alone is told. The pool is locked.
func (p *pool) unstarted(err error) {
	if p.life.Err() == nil {
		p.circuit.died(time.Now(), 0, err)
		p.logger.Error("instance did not start", "function", p.wanted.Function.ID, "plugin", p.wanted.Manifest.Name, "error", err)
	}
	if len(p.instances)+p.starting == 0 {
		for len(p.waiters) > 0 {
			p.grant(grant{err: unavailable(p.wanted.Function.ID, reasonOf(err), err)})
		}
	}
	p.keepWarm()
	p.revive()
	p.checkEmpty()
}

// watch waits for the end of an instance, and ends one that hangs while calls are in it.
func (p *pool) watch(in *instance, began time.Time) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-in.running.Done():
			p.ended(in, time.Since(began))
			in.running.Kill() // what is left of its group, and its folder
			return
		case <-tick.C:
			p.ping(in)
			p.listen(in)
		}
	}
}

func (p *pool) ping(in *instance) {
	p.mu.Lock()
	busy := in.calls > 0
	p.mu.Unlock()
	select {
	case <-in.running.Done():
		return
	default:
	}
	if !busy {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.life), pingWithin)
	defer cancel()
	if err := in.running.Ping(ctx); err != nil {
		p.logger.Error("instance hangs and is killed", "function", p.wanted.Function.ID, "plugin", p.wanted.Manifest.Name,
			"pid", in.running.PID(), "error", err)
		p.mu.Lock()
		in.hung = true
		p.mu.Unlock()
		in.running.Kill()
	}
}

// listen finds an engine that goes on with calls whose clients have left: it is replaced.
func (p *pool) listen(in *instance) {
	p.mu.Lock()
	suspect, before := in.suspect, in.calls
	p.mu.Unlock()
	if !suspect {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.life), pingWithin)
	defer cancel()
	running, err := in.running.Calls(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil: // it hangs, or its SDK does not tell
		in.suspect = false
	case running > max(before, in.calls):
		in.deaf++
	case running <= min(before, in.calls):
		in.suspect, in.deaf = false, 0
	}
	if in.deaf >= deafAfter {
		p.retire(in, "it goes on with calls whose clients have left")
	}
}

// ended takes an instance off the list; one that was not asked to end has died.
func (p *pool) ended(in *instance, lived time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instances = slices.DeleteFunc(p.instances, func(other *instance) bool { return other == in })
	if in.idleTimer != nil {
		in.idleTimer.Stop()
	}
	if in.state == Draining {
		in.to(Stopped)
	} else {
		in.to(Failed)
		p.circuit.died(time.Now(), lived, in.running.Err())
		p.logger.Error("instance died", "function", p.wanted.Function.ID, "plugin", p.wanted.Manifest.Name,
			"pid", in.running.PID(), "lived", lived.Round(time.Millisecond), "error", in.running.Err())
	}
	p.keepWarm()
	p.revive()
	p.checkEmpty()
}

// revive starts what those who still wait need when one that they waited for has ended. The pool is locked.
func (p *pool) revive() {
	delay := p.circuit.wait(time.Now())
	held := p.circuit.open(time.Now()) || delay > patience
	for !p.closing && !held && len(p.instances)+p.starting < p.scale().Max && len(p.waiters) > p.starting*p.scale().Concurrency {
		p.start(delay)
	}
	for held && len(p.instances)+p.starting == 0 && len(p.waiters) > 0 {
		p.grant(grant{err: p.paused()})
	}
}
