// Package socketio serves the document's WebSocket events: Socket.IO v4 clients ask for videos and hear how they come on. It
// reads generations' events and knows no engine; engineio carries its messages.
package socketio

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/access"
	"github.com/visavis-dev/visavis/host/internal/engineio"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/request"
)

// Generator prepares videos: what can be refused is refused before anything is done.
type Generator interface {
	PrepareLipsync(ctx context.Context, req generation.LipsyncRequest) (generation.QueuedRun[generation.VideoResult], error)
}

// Ledger notes whose files are.
type Ledger interface {
	Owning(ctx context.Context, owner interview.Owner, emit generation.Emit) generation.Emit
}

// Options of a Gateway; those up to Logger are required.
type Options struct {
	Generator Generator
	Ledger    Ledger
	Queue     *queue.Queue
	// FacesReady tells whether videos can be made.
	FacesReady func() bool
	Logger     hclog.Logger
	// Keys, when there are any, are asked of every socket; nil are none.
	Keys *access.Keys
	// Origins are those whose pages may call.
	Origins access.Origins
	// Names are those by which clients may call the host; nil takes any.
	Names *access.Names
	// Door keeps new work out when it is closed; nil takes one that stays open.
	Door *access.Door
	// ConnectWithin is how long a client may take to introduce itself: 20 s. One that has yet to show a key has a quarter of it, or
	// strangers could have all sessions there are.
	ConnectWithin time.Duration
	// MaxWork bounds what one socket may have under way: 4.
	MaxWork int
	// Engine bounds the sessions below.
	Engine engineio.Options
}

// Gateway serves sockets. Safe for concurrent use. It owns their goroutines, for which Drain waits.
type Gateway struct {
	Options
	engine *engineio.Server
	// ending is closed when sockets without work go, cut when what runs has had its time.
	ending, cut chan struct{}
	end, cutOff func()
}

// New makes a gateway.
func New(o Options) *Gateway {
	if o.Keys == nil {
		o.Keys = access.NewKeys(nil)
	}
	if o.Door == nil {
		o.Door = &access.Door{}
	}
	o.ConnectWithin, o.MaxWork = cmp.Or(o.ConnectWithin, 20*time.Second), cmp.Or(o.MaxWork, 4)
	g := &Gateway{Options: o, ending: make(chan struct{}), cut: make(chan struct{})}
	g.end, g.cutOff = sync.OnceFunc(func() { close(g.ending) }), sync.OnceFunc(func() { close(g.cut) })
	g.engine = engineio.New(o.Engine, func(ctx context.Context, c *engineio.Conn) {
		if err := generation.Contain(func() error { g.serve(ctx, c); return nil }); err != nil {
			o.Logger.Error("socket panicked", "error", err)
		}
	})
	return g
}

// path is where clients look for Socket.IO.
const path = "/socket.io/"

// Beside serves sockets on their path, and the rest as next does.
func (g *Gateway) Beside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.TrimSuffix(r.URL.Path, "/")+"/" == path {
			g.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

type admittedKey struct{}

// ServeHTTP implements http.Handler. Unlike elsewhere, a page of another origin may not even read: each request here can change
// something, and a websocket is asked for by GET.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Add("Vary", "Origin")
	header.Set("X-Content-Type-Options", "nosniff")
	origin := r.Header.Get("Origin")
	shared := origin != "" && g.Origins.Share(header, origin)
	sent, known := g.Keys.Sent(r)
	switch {
	case !g.Names.Allow(r):
		refuse(w, http.StatusForbidden, request.ForbiddenHost())
	case !shared && !access.FromOwnPage(r):
		refuse(w, http.StatusForbidden, request.ForbiddenOrigin())
	case shared && access.IsPreflight(r):
		access.Preflight(w)
	case g.Keys.Needed() && sent && !known:
		header.Set("WWW-Authenticate", `Bearer realm="visavis"`)
		refuse(w, http.StatusUnauthorized, request.Unauthorized())
	default:
		admitted := !g.Keys.Needed() || known || g.Keys.SignedIn(r)
		g.engine.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), admittedKey{}, admitted)))
	}
}

// refuse answers in a shape that fits every path.
func refuse(w http.ResponseWriter, status int, r *request.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(map[string]any{"success": false, "error": r.Message, "code": r.Code})
}

// Drain takes no new sockets and closes each when its work is done; the door is closed before. What is left at the end of ctx is cut off, and its clients
// have the time of lastWords to hear of it. An error means that something is still under way.
func (g *Gateway) Drain(ctx context.Context, lastWords time.Duration) error {
	g.engine.Refuse()
	g.end()
	within, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		g.cutOff()
		time.AfterFunc(lastWords, cancel)
	})
	defer stop()
	return g.engine.Close(within) //nolint:wrapcheck // a context's error
}
