package api

import (
	"net/http"
	"sync"
)

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

func (d *Door) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.quiet != nil {
		return false
	}
	d.inside++
	return true
}

func (d *Door) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside--; d.inside == 0 && d.quiet != nil {
		close(d.quiet)
	}
}

func (d *Door) isOpen() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.quiet == nil
}

// admit refuses work while the host ends.
func (d *Door) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		looks := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		switch {
		case r.URL.Path == "/readyz" && !d.isOpen():
			fail(w, r, ending())
		case looks || r.URL.Path == "/api/cancel":
			next.ServeHTTP(w, r)
		case d.enter():
			defer d.leave()
			next.ServeHTTP(w, r)
		default:
			fail(w, r, ending())
		}
	})
}

func ending() *problem {
	return &problem{status: http.StatusServiceUnavailable, code: "unavailable", message: "서버가 종료되는 중입니다. 잠시 후 다시 시도해 주세요", retry: true}
}
