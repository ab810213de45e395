package api

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	"github.com/visavis-dev/visavis/host/internal/access"
)

// What stands around the operations: origins, panics, and paths that nobody serves.

// fail writes a problem in the shape of the path's family.
func fail(w http.ResponseWriter, r *http.Request, p *problem) {
	header := w.Header()
	maps.Copy(header, p.GetHeaders())
	header.Set("Content-Type", "application/json")
	w.WriteHeader(p.status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(p.body(r.URL.Path))
}

// allowOrigins lets pages of allowed origins call the API. Other pages change nothing: without this, any page that a
// visitor of the host opens could send it work.
func (s *server) allowOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		switch {
		case origin == "" || access.FromOwnPage(r):
		case s.share(w.Header(), origin):
			if access.IsPreflight(r) {
				access.Preflight(w)
				return
			}
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			fail(w, r, forbiddenOrigin())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// share lets pages of an origin that is allowed read the answer.
func (s *server) share(header http.Header, origin string) bool {
	if !s.Origins.Share(header, origin) {
		return false
	}
	header.Set("Access-Control-Expose-Headers", sessionHeader+", "+requestHeader+", Retry-After, ETag, Accept-Ranges, Content-Range")
	return true
}

// callByName refuses requests that call the host by a name that is not its own.
func (s *server) callByName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" && !s.Names.Allow(r) {
			fail(w, r, forbiddenHost())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recoverPanics keeps a defect inside its own request.
func (s *server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			panicked := recover()
			if panicked == nil {
				return
			}
			if panicked == http.ErrAbortHandler { //nolint:errorlint // the sentinel itself is what net/http panics with
				panic(panicked)
			}
			s.Logger.Error("request panicked", "path", r.URL.Path, "panic", panicked, "stack", string(debug.Stack()))
			fail(w, r, ofStatus(http.StatusInternalServerError))
		}()
		next.ServeHTTP(w, r)
	})
}

// route serves what the mux knows; an unknown path, and a known one with another method, are told in JSON. Bodies are
// JSON whatever their type is called: curl says "form" when nobody tells it.
func route(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if !isClean(r.URL.Path) {
			fail(w, r, ofStatus(http.StatusNotFound))
			return
		}
		refuse, pattern := mux.Handler(r)
		if pattern != "" {
			if (r.Method == http.MethodPost || r.Method == http.MethodPut) && r.Header.Get("Content-Type") != "text/csv" {
				r.Header.Set("Content-Type", "application/json")
			}
			if r.Body != nil {
				r.Body = heardOut{r.Body}
			}
			mux.ServeHTTP(w, r)
			return
		}
		refusal := &refusal{header: http.Header{}}
		refuse.ServeHTTP(refusal, r)
		if refusal.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", refusal.header.Get("Allow"))
			fail(w, r, ofStatus(http.StatusMethodNotAllowed))
			return
		}
		fail(w, r, ofStatus(http.StatusNotFound))
	})
}

// heardOut is a body that is read on when it is closed, within mostHeard and the time that a body has: a client that is still
// sending what is too long would not hear why it is refused.
type heardOut struct{ io.ReadCloser }

const mostHeard = 32 << 20

// Close implements io.Closer.
func (b heardOut) Close() error {
	_, _ = io.CopyN(io.Discard, b.ReadCloser, mostHeard)
	return b.ReadCloser.Close() //nolint:wrapcheck // it stands for the body
}

// isClean tells whether a path is its own shortest form; the mux would redirect others.
func isClean(p string) bool {
	clean := path.Clean(p)
	return p == clean || p == strings.TrimSuffix(clean, "/")+"/"
}

// refusal hears what the mux says to a request that it does not serve.
type refusal struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (r *refusal) Header() http.Header { return r.header }

// Write implements http.ResponseWriter.
func (r *refusal) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (r *refusal) WriteHeader(status int) { r.status = status }
