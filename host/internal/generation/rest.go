package generation

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// restFor is how long a language backend that could not serve is left alone while others answer.
const restFor = 15 * time.Second

// rests remembers which backends could not serve. Safe for concurrent use.
type rests struct {
	mu  sync.Mutex
	all map[string]*rest
}

// rest is that of one backend. After its end one request tries the backend, and others pass over it until that is settled.
type rest struct {
	until  time.Time
	trying bool
}

// lasts tells whether a backend is to be passed over; none may be.
func (r *rest) lasts() bool { return r != nil && (r.trying || time.Now().Before(r.until)) }

func newRests() *rests { return &rests{all: map[string]*rest{}} }

// inTurn gives those that may be asked in their order, and then those that rest: they are better than no answer. Each that was
// given must be settled.
func (r *rests) inTurn(backends []Backend) iter.Seq[Backend] {
	return func(yield func(Backend) bool) {
		var resting []Backend
		for _, b := range backends {
			if !r.take(b.Function) {
				resting = append(resting, b)
			} else if !yield(b) {
				return
			}
		}
		for _, b := range resting {
			if !yield(b) {
				return
			}
		}
	}
}

// take tells whether a backend may be asked now.
func (r *rests) take(function string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := r.all[function]
	if state.lasts() {
		return false
	}
	if state != nil {
		state.trying = true
	}
	return true
}

// settle notes how a backend did, and tells whether it rests now. A client that left has shown nothing.
func (r *rests) settle(ctx context.Context, function string, err error) (rested bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch kind := fault.KindOf(err); {
	case ctx.Err() != nil || kind == fault.Cancelled:
		if state := r.all[function]; state != nil {
			state.trying = false
		}
		return false
	case kind == fault.Unavailable:
		r.all[function] = &rest{until: time.Now().Add(restFor)}
		return true
	}
	delete(r.all, function)
	return false
}

// Resting tells whether a language backend could not serve just now and is left alone.
func (p *Pipeline) Resting(function string) bool {
	p.rests.mu.Lock()
	defer p.rests.mu.Unlock()
	return p.rests.all[function].lasts()
}
