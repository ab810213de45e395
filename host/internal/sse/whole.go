package sse

import (
	"context"
	"io"
	"net"
	"net/http"
)

// Serve is server.Serve, on TCP connections to which a Stream hands each event in one write. net/http cuts what is
// longer than its buffer of 4096 bytes, and simple clients take what one read gives them for whole events. It
// sets server.ConnContext.
func Serve(server *http.Server, l net.Listener) error {
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	return server.Serve(listener{l}) //nolint:wrapcheck // it is passed on
}

type connKey struct{}

// connOf is the connection that a request came on, or nil where Serve does not serve.
func connOf(r *http.Request) *conn {
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

type listener struct{ net.Listener }

// Accept implements net.Listener.
func (l listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if tcp, ok := accepted.(tcpConn); ok {
		return &conn{tcpConn: tcp}, err //nolint:wrapcheck // net/http looks at it
	}
	return accepted, err //nolint:wrapcheck // net/http looks at it
}

// tcpConn is what net/http makes use of in a *net.TCPConn: files go out by ReadFrom, past any buffer.
type tcpConn interface {
	net.Conn
	io.ReaderFrom
	CloseWrite() error
}

// conn can gather writes. Like any connection of net/http it has one writer at a time.
type conn struct {
	tcpConn

	room int    // what an event takes that is being gathered, 0 when none is
	held []byte // at most one event
}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	switch {
	case c.room > 0:
		if c.held == nil {
			c.held = make([]byte, 0, c.room)
		}
		c.held = append(c.held, p...)
		return len(p), nil
	case len(c.held) == 0:
		return c.tcpConn.Write(p) //nolint:wrapcheck // it is passed on
	}
	held := len(c.held)
	n, err := c.tcpConn.Write(append(c.held, p...))
	c.held = nil
	return max(0, n-held), err
}

// frame is the most that net/http puts around a chunk: its length and two ends of lines.
const frame = 20

// together lets what write sends, size bytes, go out with what flush sends. The write that fails is flush's where it has one, so
// that net/http hears of it and ends the request. A nil conn does both, one after the other.
func (c *conn) together(size int, write, flush func() error) error {
	if c == nil {
		if err := write(); err != nil {
			return err
		}
		return flush()
	}
	c.room = size + frame
	err := write()
	c.room = 0
	if err == nil {
		err = flush()
	}
	if err == nil && len(c.held) > 0 { // net/http had nothing left to flush: HTTP/1.0
		_, err = c.Write(nil)
	}
	c.held = nil
	return err
}
