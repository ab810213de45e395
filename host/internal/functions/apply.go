package functions

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
)

// Apply makes the host serve a deployment. What did not change goes on; what did is served by new instances
// while calls in progress finish on the old. A new version that does not start where the old one was
// running is a *KeptError, and the old one stays; the rest is applied. Any other error says that nothing was changed.
func (h *Host) Apply(ctx context.Context, d Deployment) error {
	return h.apply(ctx, d, func(*contradiction) bool { return false })
}

// apply deploys. A contradiction that is tolerated is a fault of the plugin: its function alone suffers.
func (h *Host) apply(ctx context.Context, d Deployment, tolerated func(*contradiction) bool) error {
	h.changing.Lock()
	defer h.changing.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.taking, cancel)() // a host that closes waits for no new version
	entries := h.catalogue.scan()
	unfit, err := validate(d, entries, tolerated)
	if err != nil {
		return err
	}
	h.mu.RLock()
	closed := h.closed
	h.mu.RUnlock()
	if closed {
		return errors.New("apply deployment: the host is closed")
	}
	var errs []error
	wanted := map[string]bool{}
	for _, spec := range d {
		spec.Scale = spec.Scale.withDefaults()
		wanted[spec.ID] = true
		e, found := entries[spec.Plugin]
		if c := unfit[spec.ID]; c != nil {
			e.refuse(c.reason, c.err)
		}
		if !found {
			e.refuse("을(를) 플러그인 폴더에서 찾을 수 없습니다", fmt.Errorf("no plugin folder has it (looked in %s)", join(h.options.PluginDirs)))
		}
		errs = append(errs, h.deploy(ctx, spec, e))
	}
	h.remove(wanted)
	h.mu.Lock()
	h.deployment = d
	h.mu.Unlock()
	return errors.Join(errs...)
}

// Rescan looks at the plugin folders again: a replaced plugin is swapped in. One that is broken, as it is for a moment while
// it is being replaced, or does not fit the deployment any more, keeps its old instances and holds up no other.
func (h *Host) Rescan(ctx context.Context) error {
	h.mu.RLock()
	d := h.deployment
	h.mu.RUnlock()
	return h.apply(ctx, d, func(*contradiction) bool { return true })
}

// validate refuses a deployment that cannot be, and gives the functions that do not fit their plugins.
func validate(d Deployment, entries map[string]entry, tolerated func(*contradiction) bool) (unfit map[string]*contradiction, err error) {
	seen := map[string]bool{}
	unfit = map[string]*contradiction{}
	for _, f := range d {
		if seen[f.ID] {
			return nil, fmt.Errorf("function %q is deployed twice", f.ID)
		}
		seen[f.ID] = true
		if err := f.checkScale(); err != nil {
			return nil, &WrongError{Function: f.ID, Err: err}
		}
		e := entries[f.Plugin]
		if e.manifest == nil {
			continue
		}
		if c := f.check(e.manifest); c != nil {
			if !tolerated(c) {
				return nil, &WrongError{Function: f.ID, Err: c}
			}
			unfit[f.ID] = c
		}
	}
	return unfit, nil
}

// deploy puts one function in place.
func (h *Host) deploy(ctx context.Context, spec Function, e entry) error {
	h.mu.RLock()
	old := h.functions[spec.ID]
	h.mu.RUnlock()
	switch {
	case e.err != nil && old != nil && old.pool != nil && old.spec.Plugin == spec.Plugin:
		h.options.Logger.Warn("plugin is broken, its running version stays", "function", spec.ID, "plugin", spec.Plugin, "error", e.err)
		h.keep(old, "플러그인 "+spec.Plugin+e.reason)
		return nil
	case e.err != nil || len(spec.Missing) > 0:
		if e.err != nil {
			h.options.Logger.Error("function cannot serve", "function", spec.ID, "plugin", spec.Plugin, "error", e.err)
		}
		h.put(&function{spec: spec, entry: e}, old)
		return nil
	case old != nil && old.pool != nil && old.serves(spec, e):
		h.keep(old, "")
		return nil
	}
	pool := newPool(h.life, Wanted{Function: spec, Manifest: e.manifest, Dir: e.dir, Sum: e.sum}, h.options, h.lookSoon)
	if old != nil && old.pool != nil && old.pool.warm() {
		if err := pool.tryStart(ctx); err != nil {
			h.retire(pool)
			h.keep(old, reasonOf(err))
			return &KeptError{Function: spec.ID, Err: err}
		}
	}
	h.put(&function{spec: spec, entry: e, pool: pool}, old)
	return nil
}

// serves tells whether a function is already as wanted.
func (f *function) serves(spec Function, e entry) bool {
	same := f.spec
	same.Settings, spec.Settings = bytes.TrimSpace(same.Settings), bytes.TrimSpace(spec.Settings)
	return reflect.DeepEqual(same, spec) && f.entry.sum == e.sum && f.entry.dir == e.dir && reflect.DeepEqual(f.entry.manifest, e.manifest)
}

// keep leaves a function as it is. It notes why it is not what was wanted, "" when it is.
func (h *Host) keep(f *function, refused string) {
	if f.refused == refused {
		return
	}
	kept := *f
	kept.refused = refused
	h.mu.Lock()
	defer h.mu.Unlock()
	h.functions[kept.spec.ID] = &kept
}

func (h *Host) put(f, old *function) {
	h.mu.Lock()
	h.functions[f.spec.ID] = f
	h.mu.Unlock()
	if old != nil && old.pool != nil {
		h.options.Logger.Info("function is replaced", "function", f.spec.ID)
		h.retire(old.pool)
	}
}

func (h *Host) remove(wanted map[string]bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, f := range h.functions {
		if wanted[id] {
			continue
		}
		delete(h.functions, id)
		if f.pool != nil {
			h.retire(f.pool)
		}
	}
}

// warm tells whether an instance runs.
func (p *pool) warm() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live() > 0
}

// tryStart starts an instance and waits until it is ready.
func (p *pool) tryStart(ctx context.Context) error {
	in, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	p.release(in, true, false)
	return nil
}
