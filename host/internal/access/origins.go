package access

import (
	"net/http"
	"net/url"
	"slices"
)

// Origins are those allowed besides the local ones; "*" allows all.
type Origins []string

// FromOwnPage tells whether a request comes from a page of this host, or from no page at all.
func FromOwnPage(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if site := r.Header.Get("Sec-Fetch-Site"); site == "same-origin" || (site == "none" && origin == "") {
		return true
	}
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") == ""
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == r.Host
}

// Share tells a browser that pages of an origin may read the answer, if they may. Where everybody may, nobody's
// cookies count.
func (o Origins) Share(header http.Header, origin string) bool {
	switch {
	case slices.Contains(o, origin) || isLocal(origin):
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Allow-Credentials", "true")
	case slices.Contains(o, "*"):
		header.Set("Access-Control-Allow-Origin", "*")
	default:
		return false
	}
	return true
}

func isLocal(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") &&
		slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}

// IsPreflight tells whether a browser asks what a page may send.
func IsPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

// Preflight answers it, once the origin is known to be allowed.
func Preflight(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE, OPTIONS")
	header.Set("Access-Control-Allow-Headers", "Content-Type, Accept, Authorization, X-API-Key, X-Requested-With, Range, If-None-Match, Cache-Control")
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}
