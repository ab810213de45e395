package main

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/config"
)

// names are those, besides those of origins, by which clients may call a host that asks for no key because this machine alone reaches
// it; nil where that does not matter.
func names(c *config.Config, address net.Addr) []string {
	if len(c.APIKeys) > 0 || !isLoopback(address) || slices.Contains(c.CORSOrigins, "*") {
		return nil
	}
	return []string{c.Host}
}

// origins are those whose pages may call: our own too, which a proxy that does not pass on its name would make another's.
func origins(c *config.Config) []string {
	base, err := url.Parse(c.PublicBaseURL)
	if err != nil || base.Host == "" {
		return c.CORSOrigins
	}
	return append(slices.Clone(c.CORSOrigins), base.Scheme+"://"+base.Host)
}

func isLoopback(address net.Addr) bool {
	tcp, is := address.(*net.TCPAddr)
	return is && tcp.IP.IsLoopback()
}

// warn tells of what works and may not be meant.
func warn(c *config.Config, address net.Addr, logger hclog.Logger) {
	if len(c.APIKeys) == 0 && !isLoopback(address) {
		logger.Warn("anybody who reaches this port may use the host: set API_KEYS to ask for a key", "address", address.String())
	}
	beside := filepath.Join(filepath.Dir(c.Deployment.Path), filepath.Base(c.Dotenv))
	found, err := os.Stat(beside)
	if err != nil {
		return
	}
	if read, err := os.Stat(c.Dotenv); err != nil || !os.SameFile(found, read) {
		logger.Warn("there is a .env beside the deployment file, but the one in the working folder counts", "found", beside, "read", c.Dotenv)
	}
}
