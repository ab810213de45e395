// Package queue decides whose generation runs now: a bounded line with a bounded number of places, and
// the means to cancel everything of a session. It does not know what the work is.
package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Options of a Queue.
type Options struct {
	// MaxConcurrent generations run at once, MaxQueued wait.
	MaxConcurrent, MaxQueued int
}

// Queue is a line in front of a few places. Safe for concurrent use.
type Queue struct {
	options Options

	mu      sync.Mutex
	running []*Ticket
	waiting []*Ticket
	// attending is work that needs no place but can be cancelled.
	attending map[*Ticket]bool
	lately    durations
}

// New makes an empty queue.
func New(o Options) *Queue {
	return &Queue{options: o, attending: map[*Ticket]bool{}, lately: durations{usualAtFirst}}
}

// Ticket is one generation in the queue. Leave must be called, once or more.
type Ticket struct {
	queue          *Queue
	sid, requestID string
	queuedAt       time.Time
	startedAt      time.Time
	cancel         context.CancelFunc
	// cancelled says that the context ended before the work did.
	cancelled bool
	// unwatch ends the watch of the context of a ticket in the line.
	unwatch func() bool
	// moved has room for one signal: the position changed.
	moved chan struct{}
	// left is closed by Leave.
	left chan struct{}
}

// Enter takes a place in the line. The context that comes back ends when the session is cancelled. A full
// queue is fault.Busy. A ticket whose context ends while it waits loses its place at once; one that runs
// keeps it until Leave, because its work is still under way.
func (q *Queue) Enter(ctx context.Context, sid, requestID string) (context.Context, *Ticket, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.running) >= q.options.MaxConcurrent && len(q.waiting) >= q.options.MaxQueued {
		return nil, nil, fault.New(fault.Busy, "enter queue", "대기열이 가득 찼습니다. 잠시 후 다시 시도해 주세요", nil)
	}
	ctx, t := q.ticket(ctx, sid, requestID)
	t.unwatch = context.AfterFunc(ctx, t.giveUp)
	q.waiting = append(q.waiting, t)
	q.advance()
	return ctx, t, nil
}

// Attend makes work cancellable that needs no place.
func (q *Queue) Attend(ctx context.Context, sid, requestID string) (context.Context, *Ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ctx, t := q.ticket(ctx, sid, requestID)
	q.attending[t] = true
	return ctx, t
}

func (q *Queue) ticket(ctx context.Context, sid, requestID string) (context.Context, *Ticket) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, &Ticket{
		queue: q, sid: sid, requestID: requestID, queuedAt: time.Now(), cancel: cancel, moved: make(chan struct{}, 1), left: make(chan struct{}),
		unwatch: func() bool { return true },
	}
}

// Wait returns when the ticket's turn has come; moved hears of each new position, 1 is next. The end of ctx,
// or of the ticket's own context, is fault.Cancelled.
func (t *Ticket) Wait(ctx context.Context, moved func(position int, wait time.Duration)) error {
	told := 0
	for {
		position, wait, err := t.position()
		if position == 0 {
			return err
		}
		if position != told {
			told = position
			moved(position, wait)
		}
		select {
		case <-t.moved:
		case <-ctx.Done():
			return fault.New(fault.Cancelled, waitOp, "", ctx.Err())
		}
	}
}

const waitOp = "wait in queue"

// position is 0 when the turn has come, or never will.
func (t *Ticket) position() (position int, wait time.Duration, err error) {
	q := t.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if slices.Contains(q.running, t) {
		return 0, 0, nil
	}
	at := slices.Index(q.waiting, t) + 1
	if at == 0 {
		return 0, 0, fault.New(fault.Cancelled, waitOp, "", context.Canceled)
	}
	return at, q.estimate(at), nil
}

// giveUp follows the end of the context: the ticket leaves the line, and its time says nothing about others.
func (t *Ticket) giveUp() {
	q := t.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	t.cancelled = true
	q.leaveLine(t)
	t.signal()
}

func (q *Queue) leaveLine(t *Ticket) {
	if at := slices.Index(q.waiting, t); at >= 0 {
		q.waiting = slices.Delete(q.waiting, at, at+1)
		q.advance()
	}
}

// Leave gives the place back.
func (t *Ticket) Leave() {
	q := t.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	t.unwatch()
	t.cancel()
	select {
	case <-t.left:
	default:
		close(t.left)
	}
	delete(q.attending, t)
	q.leaveLine(t)
	if at := slices.Index(q.running, t); at >= 0 {
		q.running = slices.Delete(q.running, at, at+1)
		if !t.cancelled {
			q.lately = q.lately.with(time.Since(t.startedAt))
		}
		q.advance()
	}
}

// advance gives free places to the first in line and tells the others that they moved.
func (q *Queue) advance() {
	for len(q.waiting) > 0 && len(q.running) < q.options.MaxConcurrent {
		t := q.waiting[0]
		q.waiting = q.waiting[1:]
		t.startedAt = time.Now()
		q.running = append(q.running, t)
		t.signal()
	}
	for _, t := range q.waiting {
		t.signal()
	}
}

func (t *Ticket) signal() {
	select {
	case t.moved <- struct{}{}:
	default:
	}
}

// Cancel ends everything of a session that waits or runs and tells how much that was.
func (q *Queue) Cancel(sid string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	end := func(t *Ticket) {
		if t.sid == sid && !t.cancelled {
			t.cancelled = true
			t.cancel()
			n++
		}
	}
	for _, t := range q.running {
		end(t)
	}
	for _, t := range q.waiting {
		end(t)
	}
	for t := range q.attending {
		end(t)
	}
	return n
}

// Quiet returns when nothing of a session that has begun is under way any more. The end of ctx is fault.Busy.
func (q *Queue) Quiet(ctx context.Context, sid string) error {
	for _, t := range q.begun(sid) {
		select {
		case <-t.left:
		case <-ctx.Done():
			return fault.New(fault.Busy, "wait for session", "진행 중인 작업이 아직 끝나지 않았습니다. 잠시 후 다시 시도해 주세요", ctx.Err())
		}
	}
	return nil
}

func (q *Queue) begun(sid string) []*Ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	var all []*Ticket
	for _, t := range q.running {
		if t.sid == sid {
			all = append(all, t)
		}
	}
	for t := range q.attending {
		if t.sid == sid {
			all = append(all, t)
		}
	}
	return all
}

// Status is the queue at a moment.
type Status struct {
	MaxConcurrent int
	Running       []Entry
	Waiting       []Entry
}

// Entry is one generation in a Status.
type Entry struct {
	RequestID, SID string
	// At is when it started, or when it was queued.
	At time.Time
}

// Status gives a snapshot.
func (q *Queue) Status() Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := Status{MaxConcurrent: q.options.MaxConcurrent}
	for _, t := range q.running {
		s.Running = append(s.Running, Entry{RequestID: t.requestID, SID: t.sid, At: t.startedAt})
	}
	for _, t := range q.waiting {
		s.Waiting = append(s.Waiting, Entry{RequestID: t.requestID, SID: t.sid, At: t.queuedAt})
	}
	return s
}
