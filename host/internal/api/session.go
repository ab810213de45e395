package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// cookieName is the session cookie of browsers that send no sid.
const cookieName = "visavis_session"

// caller is whose request it is.
type caller struct {
	// RequestID names the request: 8 hex characters.
	RequestID string
	// cookie is the session cookie's value; fresh when this answer sets it.
	cookie string
	fresh  bool
	// address is the client's.
	address string
}

type callerKey struct{}

// identify finds out who calls, before the operation runs.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := caller{RequestID: randomHex(4), address: clientAddress(r)}
		if cookie, err := r.Cookie(cookieName); err == nil && validSession(cookie.Value) {
			c.cookie = cookie.Value
		} else {
			c.cookie, c.fresh = randomHex(16), true
		}
		w.Header().Set("X-Request-Id", c.RequestID)
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
	// twin is the key that the next request of this client will have, when it keeps cookies; or "".
	twin string
	// cookie is set with the answer when it is not nil.
	cookie *http.Cookie
}

// sessionOf decides to whom a request belongs.
func sessionOf(ctx context.Context, sid string) (session, error) {
	c := callerOf(ctx)
	sid = strings.TrimSpace(sid)
	switch {
	case len(sid) > 128 || strings.ContainsFunc(sid, func(r rune) bool { return r < ' ' || r > '~' }):
		return session{}, invalid("invalid_sid", "sid는 영문, 숫자, 기호 128자까지 사용할 수 있습니다")
	case sid != "":
		return session{sid: sid, conversation: "sid:" + sid}, nil
	case !c.fresh:
		return session{sid: c.cookie, conversation: "cookie:" + c.cookie}, nil
	}
	return session{
		sid: c.cookie, conversation: "address:" + c.address, twin: "cookie:" + c.cookie,
		//nolint:gosec // Secure would lose it on the plain HTTP of a local host
		cookie: &http.Cookie{Name: cookieName, Value: c.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode},
	}, nil
}

// Headers are what every generation's answer bears.
type Headers struct {
	SessionID string `header:"X-Session-Id" doc:"Session of this request"`
	Cookie    string `header:"Set-Cookie"`
}

func (s session) headers() Headers {
	h := Headers{SessionID: s.sid}
	if s.cookie != nil {
		h.Cookie = s.cookie.String()
	}
	return h
}

func (h Headers) apply(ctx huma.Context) {
	ctx.SetHeader("X-Session-Id", h.SessionID)
	if h.Cookie != "" {
		ctx.SetHeader("Set-Cookie", h.Cookie)
	}
}

func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
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
