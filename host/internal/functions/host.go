package functions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
)

// Options of a Host.
type Options struct {
	// PluginDirs are folders whose subfolders are plugins; of two with one name, the first counts.
	PluginDirs []string
	// AllowUnsealed admits plugins whose manifest has no checksum.
	AllowUnsealed bool
	Launcher      Launcher
	Logger        hclog.Logger
}

// Host serves the functions of a deployment. Safe for concurrent use.
type Host struct {
	options   Options
	catalogue *catalogue
	// taking ends when the host begins to close: then no new version is waited for.
	taking  context.Context //nolint:containedctx // the host's own life, not a call's
	endTake context.CancelFunc
	// life bounds what goes on in the background: the watch, and drains of what was replaced.
	life   context.Context //nolint:containedctx // the host's own life, not a call's
	end    context.CancelFunc
	tasks  sync.WaitGroup
	drains sync.WaitGroup
	// look asks the watch to read the plugin folders again.
	look chan struct{}
	// changing lets one change of the deployment happen at a time.
	changing sync.Mutex

	mu         sync.RWMutex
	deployment Deployment
	functions  map[string]*function
	closed     bool
}

// function is what serves an id now.
type function struct {
	spec Function
	// entry is the plugin's; its err says why it cannot be used.
	entry entry
	// pool is nil when the function cannot serve.
	pool *pool
	// refused says for people why what was deployed last was not taken; "" when it was.
	refused string
}

// Open reads the plugin folders and deploys. A plugin that is missing, broken or of another kind leaves its functions
// unavailable; settings that a manifest refuses are an error.
func Open(ctx context.Context, o Options, d Deployment) (*Host, error) {
	h := &Host{options: o, catalogue: newCatalogue(o.PluginDirs, o.AllowUnsealed, o.Logger), functions: map[string]*function{}}
	h.look = make(chan struct{}, 1)
	h.life, h.end = context.WithCancel(context.WithoutCancel(ctx))
	h.taking, h.endTake = context.WithCancel(h.life)
	for _, dir := range o.PluginDirs {
		if _, err := os.ReadDir(dir); err != nil {
			o.Logger.Warn("plugin folder cannot be read", "folder", dir, "error", err)
		}
	}
	if err := h.apply(ctx, d, func(c *contradiction) bool { return c.kind }); err != nil {
		h.end()
		return nil, err
	}
	return h, nil
}

// find gives a function that can serve, or the fault that says why it cannot.
func (h *Host) find(kind manifest.Kind, id string) (*function, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	f, known := h.functions[id]
	switch {
	case !known || (kind != "" && f.spec.Kind != kind):
		return nil, fault.New(fault.NotFound, "find function", fmt.Sprintf("알 수 없는 기능입니다: %s", id), nil)
	case h.closed:
		return nil, unavailable(id, "서버가 종료되는 중입니다", nil)
	case len(f.spec.Missing) > 0:
		return nil, f.spec.unconfigured()
	case f.pool == nil:
		return nil, unavailable(id, "플러그인 "+f.spec.Plugin+f.entry.reason, f.entry.err)
	}
	return f, nil
}

// Available is nil when a function can serve, started or not. An unknown id is fault.NotFound.
func (h *Host) Available(id string) error {
	f, err := h.find("", id)
	if err != nil {
		return err
	}
	return f.pool.available()
}

// available is an error while the circuit is open.
func (p *pool) available() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live() == 0 && p.circuit.open(time.Now()) {
		return p.paused()
	}
	return nil
}

// Close takes no new calls, lets running ones finish until ctx ends, and stops every instance, replaced ones too.
func (h *Host) Close(ctx context.Context) {
	h.endTake()
	h.changing.Lock()
	h.mu.Lock()
	h.closed = true
	functions := slices.Collect(maps.Values(h.functions))
	h.mu.Unlock()
	h.changing.Unlock() // the watch may be about to look again, and is told that the host is closed
	var group sync.WaitGroup
	for _, f := range functions {
		if f.pool != nil {
			group.Go(func() { f.pool.close(ctx) })
		}
	}
	defer context.AfterFunc(ctx, h.end)() // what was replaced has no longer than the rest
	group.Wait()
	h.drains.Wait()
	h.end()
	h.tasks.Wait()
}

// retire closes a replaced pool in the background.
func (h *Host) retire(p *pool) {
	h.drains.Go(func() {
		ctx, cancel := context.WithTimeout(h.life, p.scale().Drain)
		defer cancel()
		p.close(ctx)
	})
}

// work is what a call does on an instance; begun tells whether anything came of it.
type work func(ctx context.Context, on Running, beats *pulse) (begun bool, err error)

// call runs a call on an instance of a function. A call whose process died before anything came of it is
// tried once more.
func (h *Host) call(ctx context.Context, kind manifest.Kind, id string, do work) error {
	for retried := false; ; retried = true {
		f, in, err := h.enter(ctx, kind, id)
		if err != nil {
			return err
		}
		again, err := f.try(ctx, in, do)
		if !again || retried {
			return err
		}
	}
}

// enter finds a place for a call.
func (h *Host) enter(ctx context.Context, kind manifest.Kind, id string) (*function, *instance, error) {
	for {
		f, err := h.find(kind, id)
		if err != nil {
			return nil, nil, err
		}
		in, err := f.pool.acquire(ctx)
		if !errors.Is(err, errReplaced) { // else its successor is in place, or the host is closing
			return f, in, err
		}
	}
}

// try runs a call and gives its place back; again says that the process died before anything came of it.
func (f *function) try(ctx context.Context, in *instance, do work) (again bool, err error) {
	id, stall := f.spec.ID, f.pool.scale().Stall
	alive, beats := newPulse(ctx, stall)
	begun, err := do(alive, in.running, beats)
	stalled := beats.stop()
	switch {
	case err != nil && stalled && ctx.Err() == nil:
		f.pool.wedge(in)
		return false, unavailable(id, fmt.Sprintf("%v초 동안 응답이 없어 중단했습니다. 다시 시도해 주세요", stall.Seconds()), err)
	case err == nil || ctx.Err() != nil || !hasDied(in.running, err):
		f.pool.release(in, err == nil, ctx.Err() != nil)
		if notServed(err) {
			return false, unavailable(id, fmt.Sprintf("플러그인 %s의 프로그램이 %s 기능을 제공하지 않습니다", f.spec.Plugin, f.spec.Kind), err)
		}
		return false, f.name(err)
	}
	reason := "처리 중에 엔진이 종료되었습니다. 다시 시도해 주세요"
	if hung := f.pool.discard(in); hung {
		reason = "엔진이 응답하지 않아 종료했습니다. 다시 시도해 주세요"
	}
	return !begun, unavailable(id, reason, errors.Join(err, in.running.Err()))
}

// name says in the log whose error it is; a caller who left knows.
func (f *function) name(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("function %s: %w", f.spec.ID, err)
}
