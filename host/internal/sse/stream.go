// Package sse writes typed events to a client as they happen, and describes their union in OpenAPI. It
// does not know what the events mean.
package sse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Options of a Stream. Zero values take the defaults beside them.
type Options struct {
	// KeepAlive is how often a comment tells proxies that the stream lives: 15 s.
	KeepAlive time.Duration
	// SendWithin bounds one write to a slow client: 10 s.
	SendWithin time.Duration
}

// ErrClosed says that an event came after the end of the stream.
var ErrClosed = errors.New("stream is closed")

// Stream is one response of events. Safe for concurrent use; events keep the order of the calls. It owns
// a goroutine, which Close ends.
type Stream struct {
	options Options
	writer  http.ResponseWriter
	control *http.ResponseController
	conn    *conn

	mu     sync.Mutex
	closed bool
	stop   chan struct{}
	alive  sync.WaitGroup
}

// Start sends the headers. Where Serve serves, each event reaches the connection in one write.
func Start(w http.ResponseWriter, r *http.Request, o Options) *Stream {
	if o.KeepAlive <= 0 {
		o.KeepAlive = 15 * time.Second
	}
	if o.SendWithin <= 0 {
		o.SendWithin = 10 * time.Second
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Accel-Buffering", "no")
	s := &Stream{options: o, writer: w, control: http.NewResponseController(w), conn: connOf(r), stop: make(chan struct{})}
	w.WriteHeader(http.StatusOK)
	_ = s.control.Flush()
	s.alive.Go(s.keepAlive)
	return s
}

// Send writes one event in one write and flushes it. An error means that the client is gone.
func (s *Stream) Send(event any) error {
	var line bytes.Buffer
	line.WriteString("data: ")
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(event); err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	line.WriteByte('\n') // the encoder wrote the first
	return s.write(line.Bytes())
}

func (s *Stream) write(p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(s.options.SendWithin))
	write := func() error {
		_, err := s.writer.Write(p)
		return err //nolint:wrapcheck // below
	}
	if err := s.conn.together(len(p), write, s.control.Flush); err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	_ = s.control.SetWriteDeadline(time.Time{})
	return nil
}

func (s *Stream) keepAlive() {
	tick := time.NewTicker(s.options.KeepAlive)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if s.write([]byte(": keep-alive\n\n")) != nil {
				return
			}
		case <-s.stop:
			return
		}
	}
}

// Close ends the stream. Nothing is written to the response after it returns.
func (s *Stream) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.stop)
	s.mu.Unlock()
	s.alive.Wait()
}
