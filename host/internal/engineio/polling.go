package engineio

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// stepAside is how long a poll waits while a websocket takes over: then it is answered, or the client would wait for it.
const stepAside = 100 * time.Millisecond

// poll answers with what there is to send, as soon as there is some.
func (c *Conn) poll(w http.ResponseWriter, r *http.Request) {
	if !c.begin(&c.reads) {
		refuse(w, badRequest)
		return
	}
	packets := c.await(r)
	c.done(&c.reads) // before the answer, after which the client may ask again at once
	if packets == nil {
		return // nobody listens
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(c.options.SendWithin))
	answer(w, http.StatusOK, formatPayload(packets))
	if err := control.Flush(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		c.end(ErrGone)
	}
	_ = control.SetWriteDeadline(time.Time{})
	if packets[len(packets)-1].kind == closing {
		c.end(ErrClosed)
	}
}

// await gives at least one packet, or nil when the client has gone.
func (c *Conn) await(r *http.Request) []packet {
	aside := time.NewTimer(stepAside)
	defer aside.Stop()
	for {
		packets, probing := c.take(polling)
		if len(packets) > 0 {
			return packets
		}
		var step <-chan time.Time
		if probing {
			step = aside.C
		}
		select {
		case <-c.wake:
			if c.over() { // the signal was for the websocket
				c.signal()
				return []packet{{kind: noop}}
			}
		case <-step:
			return []packet{{kind: noop}}
		case <-c.moved:
			return []packet{{kind: noop}}
		case <-c.life.Done():
			return []packet{{kind: closing}}
		case <-r.Context().Done():
			c.end(ErrGone)
			return nil
		}
	}
}

// over tells whether a websocket has taken over.
func (c *Conn) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by != polling
}

// post takes what the client brings.
func (c *Conn) post(w http.ResponseWriter, r *http.Request) {
	if !c.begin(&c.writing) {
		refuse(w, badRequest)
		return
	}
	refused := c.bring(w, r)
	c.done(&c.writing) // before the answer, after which the client may bring more at once
	if refused != nil {
		c.end(ErrProtocol)
		refuse(w, *refused)
		return
	}
	answer(w, http.StatusOK, "ok")
}

// bring reads packets; what is wrong with them is the answer.
func (c *Conn) bring(w http.ResponseWriter, r *http.Request) *refusal {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(c.options.SendWithin))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(c.options.MaxPayload)))
	if _, is := errors.AsType[*http.MaxBytesError](err); is {
		return &tooLarge
	}
	if err != nil {
		return &badRequest
	}
	packets, err := parsePayload(string(body))
	if err != nil {
		return &badRequest
	}
	for _, p := range packets {
		if !c.receive(p) {
			break
		}
	}
	return nil
}

// begin marks a poll as under way. A second one of its kind breaks the protocol; where a websocket has taken over there is none.
func (c *Conn) begin(underWay *bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by != polling {
		return false
	}
	if *underWay {
		c.end(ErrProtocol)
		return false
	}
	*underWay = true
	return true
}

func (c *Conn) done(underWay *bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*underWay = false
}
