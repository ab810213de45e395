package functions

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// entry is a plugin folder: its manifest, or why it cannot be used.
type entry struct {
	dir      string
	manifest *manifest.Manifest
	sum      string
	err      error
}

// catalogue finds plugins in folders and remembers their checksums.
type catalogue struct {
	dirs          []string
	allowUnsealed bool

	mu   sync.Mutex
	sums map[string]sum
}

// sum is a checksum with what it was taken of.
type sum struct {
	size     int64
	modified time.Time
	hex      string
}

func newCatalogue(dirs []string, allowUnsealed bool) *catalogue {
	return &catalogue{dirs: dirs, allowUnsealed: allowUnsealed, sums: map[string]sum{}}
}

// scan reads every plugin folder. A broken plugin is an entry with its reason; an earlier folder's
// plugin wins over one of the same name in a later.
func (c *catalogue) scan() map[string]entry {
	found := map[string]entry{}
	for _, root := range c.dirs {
		folders, err := os.ReadDir(root)
		if err != nil {
			continue // a folder that is not there holds no plugins
		}
		for _, folder := range folders {
			dir := filepath.Join(root, folder.Name())
			if _, err := os.Stat(filepath.Join(dir, manifest.Filename)); err != nil {
				continue
			}
			e := c.read(dir)
			name := folder.Name()
			if e.manifest != nil {
				name = e.manifest.Name
			}
			if _, taken := found[name]; !taken {
				found[name] = e
			}
		}
	}
	return found
}

func (c *catalogue) read(dir string) entry {
	e := entry{dir: dir}
	m, err := manifest.Load(dir)
	if err != nil {
		e.err = err
		return e
	}
	e.manifest = m
	e.sum, e.err = c.checksum(filepath.Join(dir, m.Executable))
	switch {
	case e.err != nil:
	case !m.Speaks(plugin.Protocol):
		e.err = fmt.Errorf("it speaks protocol %v, this host %d", m.Protocols, plugin.Protocol)
	case m.SHA256 == "" && !c.allowUnsealed:
		e.err = errors.New("its manifest has no checksum: visavis plugin seal writes it")
	case m.SHA256 != "" && !strings.EqualFold(m.SHA256, e.sum):
		e.err = errors.New("its checksum is not the manifest's")
	}
	return e
}

// checksum hashes a file unless it is known not to have changed.
func (c *catalogue) checksum(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", errors.New("its executable is missing")
	}
	if info.Mode()&0o111 == 0 {
		return "", errors.New("its executable cannot be executed")
	}
	c.mu.Lock()
	known, ok := c.sums[path]
	c.mu.Unlock()
	if ok && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return known.hex, nil
	}
	hex, err := manifest.Checksum(path)
	if err != nil {
		return "", fmt.Errorf("check plugin: %w", err)
	}
	c.mu.Lock()
	c.sums[path] = sum{size: info.Size(), modified: info.ModTime(), hex: hex}
	c.mu.Unlock()
	return hex, nil
}

func join(words []string) string { return strings.Join(words, ", ") }
