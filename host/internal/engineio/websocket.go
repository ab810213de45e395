package engineio

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	ws "github.com/coder/websocket"
)

// acceptWebsocket makes a request a websocket; it has answered when there is an error.
func (c *Conn) acceptWebsocket(w http.ResponseWriter, r *http.Request) (*ws.Conn, error) {
	// Who may call was asked before: the same rules hold for polls.
	socket, err := ws.Accept(w, r, &ws.AcceptOptions{InsecureSkipVerify: true, CompressionMode: ws.CompressionDisabled})
	if err != nil {
		return nil, fmt.Errorf("accept websocket: %w", err)
	}
	socket.SetReadLimit(int64(c.options.MaxPayload))
	return socket, nil
}

// serveWebsocket begins a session on a websocket.
func (s *Server) serveWebsocket(w http.ResponseWriter, r *http.Request) {
	c := s.open(r.Context(), websocket)
	if c == nil {
		refuse(w, tooMany)
		return
	}
	defer s.tasks.Done()
	socket, err := c.acceptWebsocket(w, r)
	if err != nil {
		c.end(ErrProtocol)
		return
	}
	defer func() { _ = socket.CloseNow() }()
	if err := c.write(c.life, socket, s.greeting(c)); err != nil {
		c.end(ErrGone)
		return
	}
	c.carry(socket)
}

// takeOver lets a websocket carry a session that polls: both sides prove that it works, then the client says so.
func (c *Conn) takeOver(w http.ResponseWriter, r *http.Request) {
	if !c.probe(true) {
		refuse(w, badRequest)
		return
	}
	defer c.probe(false)
	socket, err := c.acceptWebsocket(w, r)
	if err != nil {
		return // the session goes on polling
	}
	defer func() { _ = socket.CloseNow() }()
	ctx, cancel := context.WithTimeout(c.life, c.options.UpgradeWithin)
	defer cancel()
	if p, err := c.read(ctx, socket); err != nil || p != (packet{ping, "probe"}) {
		return
	}
	if err := c.write(ctx, socket, packet{pong, "probe"}); err != nil {
		return
	}
	c.mu.Lock()
	c.signal() // a poll that waits has to step aside
	c.mu.Unlock()
	if p, err := c.read(ctx, socket); err != nil || p.kind != upgrade {
		return
	}
	cancel()
	c.mu.Lock()
	c.by = websocket
	close(c.moved)
	c.signal()
	c.mu.Unlock()
	c.carry(socket)
}

// probe begins or ends an attempt to take over; there is one at a time, and none after it succeeded.
func (c *Conn) probe(begin bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if begin && (c.probing || c.by != polling) {
		return false
	}
	c.probing = begin
	return true
}

// carry reads and writes until the session is over.
func (c *Conn) carry(socket *ws.Conn) {
	var writing sync.WaitGroup
	writing.Go(func() { c.writeAll(socket) })
	for {
		p, err := c.read(c.life, socket)
		if err != nil {
			c.broken()
			break
		}
		if !c.receive(p) {
			break
		}
	}
	writing.Wait()
}

func (c *Conn) writeAll(socket *ws.Conn) {
	for {
		packets, _ := c.take(websocket)
		for _, p := range packets {
			if p.kind == closing {
				_ = socket.Close(ws.StatusNormalClosure, "")
				c.end(ErrClosed)
				return
			}
			if err := c.write(c.life, socket, p); err != nil {
				c.broken()
				return
			}
		}
		select {
		case <-c.wake:
		case <-c.life.Done():
			return
		}
	}
}

func (c *Conn) write(ctx context.Context, socket *ws.Conn, p packet) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.SendWithin)
	defer cancel()
	return socket.Write(ctx, ws.MessageText, []byte(p.String())) //nolint:wrapcheck // it says that the client is gone
}

func (c *Conn) read(ctx context.Context, socket *ws.Conn) (packet, error) {
	kind, data, err := socket.Read(ctx)
	if err != nil {
		return packet{}, fmt.Errorf("read websocket: %w", err)
	}
	if kind == ws.MessageBinary {
		return packet{kind: binary}, nil
	}
	return parsePacket(string(data))
}
