package access

import "sync"

// Door lets work in until it is closed. Then what only looks still passes, so that clients can fetch what was made for them, and so
// does what cancels. The zero value is open. Safe for concurrent use.
type Door struct {
	mu     sync.Mutex
	inside int
	// quiet is nil while the door is open, and closed when no work is inside any more.
	quiet chan struct{}
}

// Close refuses new work from now on; it is said once. The channel is closed when none is under way, busy tells whether some is.
func (d *Door) Close() (quiet <-chan struct{}, busy bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.quiet = make(chan struct{})
	if d.inside == 0 {
		close(d.quiet)
	}
	return d.quiet, d.inside > 0
}

// Enter lets work in, which calls Leave when it is done, or refuses it.
func (d *Door) Enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.quiet != nil {
		return false
	}
	d.inside++
	return true
}

// Leave tells that work is done.
func (d *Door) Leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside--; d.inside == 0 && d.quiet != nil {
		close(d.quiet)
	}
}

// IsOpen tells whether work is let in.
func (d *Door) IsOpen() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.quiet == nil
}
