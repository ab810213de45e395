package socketio

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/request"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// conn carries messages; engineio.Conn does.
type conn interface {
	Messages() <-chan string
	Send(text string) error
}

// socket is one client. Its loop alone changes it; its work only sends.
type socket struct {
	*Gateway
	conn conn
	work *work
	// admitted says that the client has shown a key, or needs none.
	admitted bool
	// sid names the socket to others once it is connected; owner is known to nobody.
	sid, owner string
}

// serve speaks with a client until ctx ends or the client has to go.
func (g *Gateway) serve(ctx context.Context, c conn) {
	admitted, _ := ctx.Value(admittedKey{}).(bool)
	s := &socket{Gateway: g, conn: c, work: newWork(), admitted: admitted}
	defer func() {
		s.work.stop()
		g.Logger.Debug("socket is over", "sid", s.sid, "why", context.Cause(ctx))
	}()
	within := g.ConnectWithin
	if !admitted {
		within /= 4
	}
	patience := time.NewTimer(within)
	defer patience.Stop()
	ending, cut := g.ending, g.cut
	for ending != nil || s.work.count() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-patience.C:
			if s.sid == "" {
				return
			}
		case text := <-c.Messages():
			was := s.sid
			if !s.hear(ctx, text) {
				return
			}
			if was != "" && s.sid == "" {
				patience.Reset(g.ConnectWithin)
			}
		case <-s.work.ended:
		case <-ending:
			ending = nil
		case <-cut:
			s.work.cancel()
			cut = nil
		}
	}
}

// hear does what a message says; false ends the session.
func (s *socket) hear(ctx context.Context, text string) bool {
	p, err := parsePacket(text)
	switch {
	case err != nil:
		return false
	case p.kind == connect && p.namespace != root:
		return s.send(connectError, p.namespace, "", map[string]string{"message": "Invalid namespace"})
	case p.kind == connect && s.sid == "":
		return s.connect(p)
	case s.sid == "" || p.namespace != root:
		return p.kind == disconnect
	}
	switch p.kind {
	case disconnect:
		s.work.stop()
		s.sid = ""
	case event:
		return s.obey(ctx, p)
	case binaryEvent, binaryAck:
		return s.emit("error", failure(request.Invalid("binary_refused", "바이너리 데이터는 받지 않습니다. JSON으로 보내 주세요"), "")) == nil
	case ack:
	case connect, connectError:
		return false
	}
	return true
}

// connect introduces a client, which shows a key in auth when it could send no header.
func (s *socket) connect(p packet) bool {
	if !s.admitted {
		var auth struct {
			Token  string `json:"token"`
			APIKey string `json:"api_key"`
		}
		_ = json.Unmarshal(p.data, &auth) // what is no key is none
		if !s.Keys.Knows(auth.Token) && !s.Keys.Knows(auth.APIKey) {
			r := request.Unauthorized()
			return s.send(connectError, root, "", map[string]any{"message": r.Message, "data": map[string]string{"code": r.Code}})
		}
		s.admitted = true
	}
	s.sid, s.owner = rand.Text(), rand.Text()
	return s.send(connect, root, "", map[string]string{"sid": s.sid}) &&
		s.emit("connected", connected{"ok", s.FacesReady(), s.sid}) == nil
}

// obey does what a client asks; unknown events are ignored.
func (s *socket) obey(ctx context.Context, p packet) bool {
	name, args, err := p.call()
	if err != nil {
		return false
	}
	var reply any
	var start func()
	switch name {
	case "generate":
		reply, start = s.generate(ctx, args)
	case "cancel":
		reply, start = cancelled{"cancelled", s.work.count()}, s.work.cancel
	default:
		return true
	}
	heard := p.id == "" || s.send(ack, root, p.id, []any{reply})
	start() // after the acknowledgement, so that no event overtakes it
	return heard
}

// generate prepares a video and gives what acknowledges that; start begins it.
func (s *socket) generate(ctx context.Context, args []json.RawMessage) (reply any, start func()) {
	id := request.NewID()
	sid, film, err := s.prepare(ctx, id, args)
	if err != nil {
		told := failure(request.Report(ctx, s.Logger, id, err), id)
		return told, func() { _ = s.emit("error", told) } // who has gone hears nothing
	}
	return accepted{id, sid}, film
}

// prepare finds out what is asked for, and takes a place in the queue for it; film then makes it in the background.
func (s *socket) prepare(ctx context.Context, id string, args []json.RawMessage) (sid string, film func(), err error) {
	if !s.Door.Enter() {
		return "", nil, request.Ending()
	}
	defer func() {
		if film == nil {
			s.Door.Leave()
		}
	}()
	owner, req, err := s.check(args)
	if err != nil {
		return "", nil, err
	}
	run, err := s.Generator.PrepareLipsync(ctx, req)
	if err != nil {
		return "", nil, err //nolint:wrapcheck // it is told as it is
	}
	working, ticket, err := s.Queue.Enter(ctx, owner.SID, id)
	if err != nil {
		return "", nil, err //nolint:wrapcheck // it is told as it is
	}
	return owner.SID, func() {
		s.work.start(working, func(ctx context.Context) {
			defer s.Door.Leave()
			defer ticket.Leave()
			s.film(ctx, id, func(emit generation.Emit) error {
				_, err := run(ctx, ticket, s.Ledger.Owning(ctx, owner, emit))
				return err
			})
		})
	}, nil
}

// check reads what is asked for, and whose it will be.
func (s *socket) check(args []json.RawMessage) (owner interview.Owner, req generation.LipsyncRequest, err error) {
	if s.work.count() >= s.MaxWork {
		return owner, req, request.TooMany(s.MaxWork)
	}
	var body request.LipsyncBody
	if len(args) > 0 && string(args[0]) != "null" {
		if err := request.Decode(args[0], &body); err != nil {
			return owner, req, request.Invalid("invalid_request", err.Error())
		}
	}
	sid, err := request.CheckSID(body.SID)
	if err != nil {
		return owner, req, err
	}
	owner = interview.Owner{SID: sid, Conversation: "sid:" + sid}
	if sid == "" {
		// Others may see the socket's sid in the queue: it must not be enough to forget its files.
		owner = interview.Owner{SID: s.sid, Conversation: "socket:" + s.owner}
	}
	req, err = body.Request()
	return owner, req, err
}

// film runs a generation and tells how it comes on, to the end.
func (s *socket) film(ctx context.Context, id string, run func(generation.Emit) error) {
	tell := &teller{id: id, emit: s.emit}
	if err := generation.Contain(func() error { return run(tell.Tell) }); err != nil {
		_ = s.emit("error", failure(request.Report(ctx, s.Logger, id, err), id)) // who has gone hears nothing
	}
}

func (s *socket) emit(name string, payload any) error {
	text, err := format(event, root, "", []any{name, payload})
	if err != nil {
		return err
	}
	if err := s.conn.Send(text); err != nil {
		return fault.New(fault.Cancelled, "send event", "", err)
	}
	return nil
}

func (s *socket) send(k kind, namespace, id string, data any) bool {
	text, err := format(k, namespace, id, data)
	return err == nil && s.conn.Send(text) == nil
}
