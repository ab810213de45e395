package engineio

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"
)

// Why a session is over.
var (
	// ErrGone says that the client left, or its transport broke.
	ErrGone = errors.New("client is gone")
	// ErrSilent says that the client did not answer a ping.
	ErrSilent = errors.New("client is silent")
	// ErrSlow says that the client does not take what is sent.
	ErrSlow = errors.New("client is too slow")
	// ErrProtocol says that the client broke the protocol.
	ErrProtocol = errors.New("client breaks the protocol")
	// ErrClosed says that this side ended the session.
	ErrClosed = errors.New("session is closed")
)

// transport is what carries a session's packets.
type transport string

const (
	polling   transport = "polling"
	websocket transport = "websocket"
)

// Conn is one session. Safe for concurrent use.
type Conn struct {
	options *Options
	id      string
	// life ends with the session; its cause says why.
	life context.Context //nolint:containedctx // the session's own, which outlives every request
	end  context.CancelCauseFunc

	// inbox holds messages that came, pong is the answer to a ping, leaving is closed by Close.
	inbox   chan string
	pong    chan struct{}
	leaving chan struct{}
	// wake tells who writes that there is something to do, moved is closed when a websocket takes over.
	wake  chan struct{}
	moved chan struct{}

	mu     sync.Mutex
	outbox []packet
	held   int // bytes in outbox
	// since is when the first in outbox was put there.
	since  time.Time
	closed bool
	by     transport
	// probing says that a websocket may take over; reads and writes are polls under way.
	probing        bool
	reads, writing bool
}

func newConn(ctx context.Context, o *Options, by transport) *Conn {
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	return &Conn{
		options: o, id: rand.Text(), life: life, end: end, by: by,
		inbox: make(chan string, 16), pong: make(chan struct{}, 1), leaving: make(chan struct{}),
		wake: make(chan struct{}, 1), moved: make(chan struct{}),
	}
}

// Messages gives what the client sends; it is never closed: the end of the context that came with the session is the end.
func (c *Conn) Messages() <-chan string { return c.inbox }

// Send queues a message and does not wait. A client that leaves too much untaken loses its session: ErrSlow.
func (c *Conn) Send(text string) error { return c.put(packet{message, text}) }

// Close ends the session once the client has what was sent, or has had time for it. It does not wait.
func (c *Conn) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	close(c.leaving)
	c.outbox = append(c.outbox, packet{kind: closing})
	c.signal()
}

func (c *Conn) put(p packet) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.life.Err() != nil:
		return context.Cause(c.life)
	case c.closed:
		return ErrClosed
	case len(c.outbox) >= c.options.MaxWaiting || c.held+len(p.data) > c.options.MaxWaitingBytes,
		// One that was killed between two polls is not missed otherwise before it should have answered a ping.
		len(c.outbox) > 0 && time.Since(c.since) > c.options.SendWithin:
		c.end(ErrSlow)
		return ErrSlow
	}
	if len(c.outbox) == 0 {
		c.since = time.Now()
	}
	c.outbox = append(c.outbox, p)
	c.held += len(p.data)
	c.signal()
	return nil
}

// broken ends a session whose transport has ended, which is what Close asked for or the client's doing.
func (c *Conn) broken() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		c.end(ErrClosed)
		return
	}
	c.end(ErrGone)
}

func (c *Conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// take empties the outbox for the transport that carries the session now.
func (c *Conn) take(by transport) (packets []packet, probing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by != by {
		return nil, false
	}
	packets, c.outbox, c.held = c.outbox, nil, 0
	return packets, c.probing
}

// receive takes a packet that came; false ends the transport.
func (c *Conn) receive(p packet) bool {
	switch p.kind {
	case message:
		select {
		case c.inbox <- p.data:
		case <-c.life.Done():
			return false
		}
	case pong:
		select {
		case c.pong <- struct{}{}:
		default:
		}
	case closing:
		c.end(ErrGone)
		return false
	case noop, binary:
		// Bytes belong to a text that announced them, which who speaks above refuses.
	case open, ping, upgrade:
		c.end(ErrProtocol)
		return false
	}
	return true
}

// tend pings the client and ends the session when it is silent, or has been closed for long enough.
func (c *Conn) tend() {
	beat := time.NewTimer(c.options.PingInterval)
	defer beat.Stop()
	leaving := c.leaving
	// due is why the session ends when the timer fires; nil while nothing is awaited.
	var due error
	for {
		select {
		case <-c.life.Done():
			return
		case <-leaving:
			leaving, due = nil, ErrClosed
			beat.Reset(c.options.Linger)
		case <-beat.C:
			if due != nil {
				c.end(due)
				return
			}
			due = ErrSilent
			_ = c.put(packet{kind: ping})
			beat.Reset(c.options.PingTimeout)
		case <-c.pong:
			if errors.Is(due, ErrSilent) {
				due = nil
				beat.Reset(c.options.PingInterval)
			}
		}
	}
}
