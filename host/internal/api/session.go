package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/request"
)

const (
	// cookieName is the session cookie of clients that let the host keep their conversation and send no sid.
	cookieName    = "visavis_session"
	sessionHeader = "X-Session-Id"
	requestHeader = "X-Request-Id"
)

// caller is whose request it is.
type caller struct {
	// requestID names the request: 8 hex characters.
	requestID string
	// cookie is the session cookie's value; fresh when the client does not have it yet.
	cookie string
	fresh  bool
	// own says that a page of ours sent the request, in a browser, which keeps cookies.
	own bool
	// address is the client's.
	address string
	// answer holds the headers of the answer.
	answer http.Header
}

type callerKey struct{}

// identify finds out who calls, before the operation runs.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := caller{
			requestID: request.NewID(), address: clientAddress(r), answer: w.Header(),
			own: r.Header.Get("Sec-Fetch-Site") == "same-origin",
		}
		if cookie, err := r.Cookie(cookieName); err == nil && validSession(cookie.Value) {
			c.cookie = cookie.Value
		} else {
			c.cookie, c.fresh = randomHex(16), true
		}
		w.Header().Set(requestHeader, c.requestID)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// session is a request's sid and the key of its kept conversation.
type session struct {
	sid string
	// conversation is keyed by the sid that was sent, else the cookie, else the address.
	conversation string
	// twin is the key that the next request of this client will have, if it keeps cookies; or "".
	twin string
}

func (s session) owner() interview.Owner {
	return interview.Owner{SID: s.sid, Conversation: s.conversation}
}

// sessionOf decides to whom a request belongs and tells the client.
func (s *server) sessionOf(ctx context.Context, sid string) (session, error) {
	c := callerOf(ctx)
	sid, err := request.CheckSID(sid)
	if err != nil {
		return session{}, translate(err)
	}
	who := session{sid: sid}
	switch {
	case sid != "":
		who.conversation = "sid:" + sid
	case !c.fresh:
		who.sid, who.conversation = publicSID(c.cookie), "cookie:"+c.cookie
		if s.strays.claim(c.address, c.cookie) {
			if err := s.Interview.Conversations.Clear(ctx, "address:"+c.address); err != nil {
				return who, s.report(ctx, err)
			}
		}
	case c.own:
		who.sid, who.conversation = publicSID(c.cookie), "cookie:"+c.cookie
	default:
		who.sid, who.conversation, who.twin = publicSID(c.cookie), "address:"+c.address, "cookie:"+c.cookie
	}
	c.answer.Set(sessionHeader, who.sid)
	return who, nil
}

// publicSID is the name of a cookie's session that others may see, in the queue's status for one.
func publicSID(cookie string) string {
	sum := sha256.Sum256([]byte("sid " + cookie))
	return hex.EncodeToString(sum[:12])
}

// giveCookie lets a client whose conversation is kept come back.
func giveCookie(ctx context.Context, sid string) {
	c := callerOf(ctx)
	if sid != "" || !c.fresh {
		return
	}
	//nolint:gosec // Secure would lose it on the plain HTTP of a local host
	cookie := http.Cookie{Name: cookieName, Value: c.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	c.answer.Add("Set-Cookie", cookie.String())
}

// strays remembers, for each address, the cookie that was given with the only turn of its conversation. The
// client that brings this cookie back is known by it from then on, and takes its turn along.
type strays struct {
	mu sync.Mutex
	// cookies is emptied when it holds maxStrays: then turns stay until they expire.
	cookies map[string]string
}

const maxStrays = 10000

// note says that a conversation of an address has had a turn; first says that it was the first.
func (s *strays) note(address, cookie string, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !first {
		delete(s.cookies, address)
		return
	}
	if s.cookies == nil || len(s.cookies) >= maxStrays {
		s.cookies = map[string]string{}
	}
	s.cookies[address] = cookie
}

// claim tells whether the conversation of an address is the cookie's alone, once.
func (s *strays) claim(address, cookie string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cookies[address] != cookie {
		return false
	}
	delete(s.cookies, address)
	return true
}

// clientAddress is the peer's address. A proxy on this machine may name its own client.
func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return host
	}
	hops := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	if client := strings.TrimSpace(hops[len(hops)-1]); net.ParseIP(client) != nil {
		return client
	}
	return host
}

func validSession(value string) bool {
	raw, err := hex.DecodeString(value)
	return err == nil && len(raw) == 16
}

func randomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw) // it never fails
	return hex.EncodeToString(raw)
}
