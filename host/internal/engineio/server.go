// Package engineio serves Engine.IO v4: sessions of messages over long polling or a websocket, which may take over from
// polling while a session lives. It does not know what the messages say, nor who may call.
package engineio

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options of a Server. Zero values take the defaults beside them.
type Options struct {
	// PingInterval is how often a client is asked whether it lives, PingTimeout how long it may take to answer: 25 s, 20 s.
	PingInterval, PingTimeout time.Duration
	// MaxPayload bounds the bytes of a message, or of a poll that brings some: 128 KiB.
	MaxPayload int
	// MaxSessions bounds those that live: 1,000.
	MaxSessions int
	// MaxWaiting and MaxWaitingBytes bound what waits to be taken by a client: 256 packets, 1 MiB.
	MaxWaiting, MaxWaitingBytes int
	// SendWithin bounds one write to a client, the reading of what it brings, and how long what waits may do so: 10 s.
	SendWithin time.Duration
	// UpgradeWithin bounds the take-over by a websocket: 10 s.
	UpgradeWithin time.Duration
	// Linger is how long a session that is closed may take to hand out what was sent: 1 s.
	Linger time.Duration
}

func (o *Options) fill() {
	o.PingInterval, o.PingTimeout = cmp.Or(o.PingInterval, 25*time.Second), cmp.Or(o.PingTimeout, 20*time.Second)
	o.MaxPayload, o.MaxSessions = cmp.Or(o.MaxPayload, 128<<10), cmp.Or(o.MaxSessions, 1000)
	o.MaxWaiting, o.MaxWaitingBytes = cmp.Or(o.MaxWaiting, 256), cmp.Or(o.MaxWaitingBytes, 1<<20)
	o.SendWithin, o.UpgradeWithin = cmp.Or(o.SendWithin, 10*time.Second), cmp.Or(o.UpgradeWithin, 10*time.Second)
	o.Linger = cmp.Or(o.Linger, time.Second)
}

// Accept speaks with a client. Its context ends with the session, with the values of the request that began it. The session
// is closed when it returns.
type Accept func(ctx context.Context, c *Conn)

// Server holds the sessions. Safe for concurrent use. It owns their goroutines, for which Close waits.
type Server struct {
	options Options
	accept  Accept

	mu       sync.Mutex
	sessions map[string]*Conn
	ended    bool
	// tasks are the sessions and the requests that belong to one; it grows only with mu held.
	tasks sync.WaitGroup
}

// New makes a server without sessions.
func New(o Options, accept Accept) *Server {
	o.fill()
	return &Server{options: o, accept: accept, sessions: map[string]*Conn{}}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	by := transport(query.Get("transport"))
	isUpgrade := strings.EqualFold(r.Header.Get("Upgrade"), "websocket") // h2c is asked for by polls
	switch {
	case query.Get("EIO") != "4":
		refuse(w, badVersion)
	case by != polling && by != websocket:
		refuse(w, unknownTransport)
	case isUpgrade != (by == websocket):
		refuse(w, badRequest)
	case query.Get("sid") == "":
		s.handshake(w, r, by)
	default:
		s.resume(w, r, query.Get("sid"), by)
	}
}

func (s *Server) handshake(w http.ResponseWriter, r *http.Request, by transport) {
	if r.Method != http.MethodGet {
		refuse(w, badHandshake)
		return
	}
	if by == websocket {
		s.serveWebsocket(w, r)
		return
	}
	c := s.open(r.Context(), by)
	if c == nil {
		refuse(w, tooMany)
		return
	}
	defer s.tasks.Done()
	answer(w, http.StatusOK, s.greeting(c).String())
}

func (s *Server) resume(w http.ResponseWriter, r *http.Request, sid string, by transport) {
	c := s.find(sid)
	if c == nil {
		refuse(w, unknownSession)
		return
	}
	defer s.tasks.Done()
	switch {
	case by == websocket:
		c.takeOver(w, r)
	case r.Method == http.MethodGet:
		c.poll(w, r)
	case r.Method == http.MethodPost:
		c.post(w, r)
	default:
		refuse(w, badRequest)
	}
}

// greeting is the first packet of a session.
func (s *Server) greeting(c *Conn) packet {
	upgrades := []transport{}
	if c.by == polling {
		upgrades = append(upgrades, websocket)
	}
	data, _ := json.Marshal(map[string]any{
		"sid": c.id, "upgrades": upgrades, "pingInterval": s.options.PingInterval.Milliseconds(),
		"pingTimeout": s.options.PingTimeout.Milliseconds(), "maxPayload": s.options.MaxPayload,
	})
	return packet{open, string(data)}
}

// open begins a session, with a task of its own for the request, which calls tasks.Done; or nil when there are too many.
func (s *Server) open(ctx context.Context, by transport) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || len(s.sessions) >= s.options.MaxSessions {
		return nil
	}
	c := newConn(ctx, &s.options, by)
	s.sessions[c.id] = c
	s.tasks.Add(1)
	s.tasks.Go(func() {
		c.tend()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.sessions, c.id)
	})
	s.tasks.Go(func() {
		defer c.Close()
		s.accept(c.life, c)
	})
	return c
}

// find gives a session that lives, with a task for the request, which calls tasks.Done; or nil.
func (s *Server) find(sid string) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.sessions[sid]
	if c == nil || c.life.Err() != nil {
		return nil
	}
	s.tasks.Add(1)
	return c
}

// Refuse takes no new sessions from now on.
func (s *Server) Refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// Close takes no new sessions and waits until all are over. The end of ctx ends those that are left, and is the error; then
// Close may be called again to wait for the ends of their goroutines.
func (s *Server) Close(ctx context.Context) error {
	s.Refuse()
	over := make(chan struct{})
	go func() {
		s.tasks.Wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sessions {
		c.end(ErrClosed)
	}
	return fmt.Errorf("close sessions: %w", ctx.Err())
}
