package socketio

import (
	"context"
	"sync"
)

// work is what a socket has asked for and has not got yet. It owns a goroutine for each.
type work struct {
	mu      sync.Mutex
	next    int
	cancels map[int]context.CancelFunc
	running sync.WaitGroup
	// ended has room for one signal: something is done.
	ended chan struct{}
}

func newWork() *work {
	return &work{cancels: map[int]context.CancelFunc{}, ended: make(chan struct{}, 1)}
}

// start runs in the background; the context ends with ctx, or when all is cancelled.
func (w *work) start(ctx context.Context, run func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.next
	w.next++
	w.cancels[n] = cancel
	w.running.Go(func() {
		defer w.leave(n)
		run(ctx)
	})
}

func (w *work) leave(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancels[n]()
	delete(w.cancels, n)
	select {
	case w.ended <- struct{}{}:
	default:
	}
}

func (w *work) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.cancels)
}

// cancel ends all of it. It does not wait.
func (w *work) cancel() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, cancel := range w.cancels {
		cancel()
	}
}

// stop cancels and waits.
func (w *work) stop() {
	w.cancel()
	w.running.Wait()
}
