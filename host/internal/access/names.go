package access

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"
)

// Names are those by which clients may call the host. Anybody's site can let its name lead to this machine, and its pages,
// opened in a browser here, would then pass for ours. Safe for concurrent use.
type Names struct {
	own    map[string]bool
	logger hclog.Logger
	first  sync.Once
}

// NewNames allows the names given, those of origins, addresses and local names; nil names allow any.
func NewNames(names []string, origins Origins, logger hclog.Logger) *Names {
	if names == nil {
		return nil
	}
	n := &Names{own: map[string]bool{"": true}, logger: logger} // whoever says no name is no browser
	for _, name := range names {
		n.own[plainName(name)] = true
	}
	for _, origin := range origins {
		if u, err := url.Parse(origin); err == nil {
			n.own[plainName(u.Host)] = true
		}
	}
	return n
}

// Allow tells whether a request calls the host by a name of its own; nil allows any. The first other name is logged.
func (n *Names) Allow(r *http.Request) bool {
	if n == nil {
		return true
	}
	name := plainName(r.Host)
	if n.own[name] || isLocalName(name) {
		return true
	}
	level := hclog.Debug // what clients do; a log is not theirs to fill
	n.first.Do(func() { level = hclog.Warn })
	n.logger.Log(level, "refused a request that called this host by another name: where that name is yours, set PUBLIC_BASE_URL or CORS_ORIGINS "+
		"to its address, or set API_KEYS", "host", name[:min(len(name), maxName)])
	return false
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
