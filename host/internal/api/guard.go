package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// What stands around the operations: keys, origins, panics, and paths that nobody serves.

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

// authenticate asks for a key when there are any. Keys are compared by their hashes, all of them, so that the
// time taken tells nothing.
func (s *server) authenticate(next http.Handler) http.Handler {
	if len(s.APIKeys) == 0 {
		return next
	}
	keys := make([][sha256.Size]byte, 0, len(s.APIKeys))
	for _, key := range s.APIKeys {
		keys = append(keys, sha256.Sum256([]byte(key)))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.Method == http.MethodOptions || knows(keys, presented(r)) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="visavis"`)
		fail(w, r, &problem{status: http.StatusUnauthorized, code: "unauthorized", message: "유효한 API 키가 필요합니다"})
	})
}

func knows(keys [][sha256.Size]byte, key string) bool {
	sum := sha256.Sum256([]byte(key))
	found := 0
	for _, k := range keys {
		found |= subtle.ConstantTimeCompare(k[:], sum[:])
	}
	return found == 1 && key != ""
}

// presented is the key of a request. A browser's video element can send no header, so files take it as a query too.
func presented(r *http.Request) string {
	if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(key)
	}
	if key := r.Header.Get("X-API-Key"); key != "" {
		return key
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.Query().Get("api_key")
	}
	return ""
}

// allowOrigins lets pages of allowed origins call the API.
func (s *server) allowOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if origin == "" || !s.allowed(origin) {
			next.ServeHTTP(w, r)
			return
		}
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Allow-Credentials", "true")
		header.Set("Access-Control-Expose-Headers", "X-Session-Id, X-Request-Id, Retry-After")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
			header.Set("Access-Control-Allow-Headers", "Content-Type, Authorization, X-API-Key, Range")
			header.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) allowed(origin string) bool {
	if slices.Contains(s.Origins, "*") || slices.Contains(s.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
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
			fail(w, r, ofHuma(http.StatusInternalServerError))
		}()
		next.ServeHTTP(w, r)
	})
}

// newFallback answers what nothing else does: an unknown path, or a known one with another method.
func newFallback(api huma.API) http.Handler {
	methods := map[string][]string{}
	for path, item := range api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post} {
			if op != nil {
				methods[path] = append(methods[path], method)
			}
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if allowed := methods[r.URL.Path]; len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			fail(w, r, ofHuma(http.StatusMethodNotAllowed))
			return
		}
		fail(w, r, ofHuma(http.StatusNotFound))
	})
}
