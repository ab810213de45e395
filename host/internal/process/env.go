package process

import (
	"os"
	"slices"
	"strings"
)

// baseEnv is what every program may see of the host's environment: none of its secrets. How to get out of the house is part of
// it, for engines that ask a service.
func baseEnv(dir string) []string {
	network := []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
	env := []string{marker + "=" + dir, "TMPDIR=" + dir}
	for _, entry := range os.Environ() { //nolint:forbidigo // these few are passed on, none is a setting of the host
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case name == "PATH", name == "HOME", name == "LANG", name == "TZ", strings.HasPrefix(name, "LC_"),
			name == "LD_LIBRARY_PATH", slices.Contains(network, strings.ToUpper(name)), strings.HasPrefix(name, "CUDA_"), strings.HasPrefix(name, "NVIDIA_"):
			env = append(env, entry)
		}
	}
	return env
}
