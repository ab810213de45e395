package api

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"
)

// callByName refuses requests that call the host by a name that is not its own. Anybody's site can let its name lead to this
// machine, and its pages, opened in a browser here, would then pass for ours.
func (s *server) callByName(next http.Handler) http.Handler {
	if s.Names == nil {
		return next
	}
	own := map[string]bool{"": true} // whoever says no name is no browser
	for _, name := range s.Names {
		own[plainName(name)] = true
	}
	for _, origin := range s.Origins {
		if u, err := url.Parse(origin); err == nil {
			own[plainName(u.Host)] = true
		}
	}
	var first sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := plainName(r.Host)
		if own[name] || isLocalName(name) || r.URL.Path == "/healthz" {
			next.ServeHTTP(w, r)
			return
		}
		level := hclog.Debug // what clients do; a log is not theirs to fill
		first.Do(func() { level = hclog.Warn })
		s.Logger.Log(level, "refused a request that called this host by another name: where that name is yours, set PUBLIC_BASE_URL or CORS_ORIGINS "+
			"to its address, or set API_KEYS", "host", name[:min(len(name), maxName)])
		fail(w, r, &problem{
			status: http.StatusForbidden, code: "forbidden_host",
			message: "허용되지 않은 호스트 이름입니다. 서버의 PUBLIC_BASE_URL 또는 CORS_ORIGINS 설정을 확인해 주세요",
		})
	})
}

// maxName is how much of a name is logged: as long as names can be.
const maxName = 253

// plainName is a host's name or address without port, brackets and the dot that may end it.
func plainName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// isLocalName tells whether nobody else can let a name lead here: an address is no name, and localhost is nobody's.
func isLocalName(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
