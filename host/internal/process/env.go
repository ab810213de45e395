package process

import (
	"os"
	"strings"
)

// baseEnv is what every program may see of the host's environment: none of its secrets.
func baseEnv(dir string) []string {
	env := []string{marker + "=" + dir, "TMPDIR=" + dir}
	for _, entry := range os.Environ() { //nolint:forbidigo // these few are passed on, none is a setting of the host
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case name == "PATH", name == "HOME", name == "LANG", name == "TZ", strings.HasPrefix(name, "LC_"),
			name == "LD_LIBRARY_PATH", strings.HasPrefix(name, "CUDA_"), strings.HasPrefix(name, "NVIDIA_"):
			env = append(env, entry)
		}
	}
	return env
}
