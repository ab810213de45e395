package functions

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// entry is a plugin folder: its manifest, or why it cannot be used.
type entry struct {
	dir      string
	manifest *manifest.Manifest
	sum      string
	err      error
	// reason says for people what err says, as the end of a sentence that begins with the plugin's name.
	reason string
}

func (e *entry) refuse(reason string, err error) { e.err, e.reason = err, reason }

// catalogue finds plugins in folders and remembers their checksums.
type catalogue struct {
	dirs          []string
	allowUnsealed bool
	logger        hclog.Logger

	mu   sync.Mutex
	sums map[string]sum
}

// sum is a checksum with what it was taken of.
type sum struct {
	size     int64
	modified time.Time
	hex      string
}

func newCatalogue(dirs []string, allowUnsealed bool, logger hclog.Logger) *catalogue {
	return &catalogue{dirs: dirs, allowUnsealed: allowUnsealed, logger: logger, sums: map[string]sum{}}
}

// scan reads every plugin folder that is not hidden. A broken plugin is an entry with its reason. Of two plugins with one
// name the first counts, in the order of the folders; among neighbours the one whose folder bears the name, then
// the alphabet. The other is told of.
func (c *catalogue) scan() map[string]entry {
	found := map[string]entry{}
	for _, root := range c.dirs {
		folders, err := os.ReadDir(root)
		if err != nil {
			continue // a folder that is not there holds no plugins
		}
		for _, folder := range folders {
			dir := filepath.Join(root, folder.Name())
			// A pipe in a manifest's place would be waited for.
			info, err := os.Stat(filepath.Join(dir, manifest.Filename))
			if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(folder.Name(), ".") {
				continue
			}
			c.add(found, c.read(dir))
		}
	}
	return found
}

// add keeps the better of two with one name.
func (c *catalogue) add(found map[string]entry, e entry) {
	folder := filepath.Base(e.dir)
	if e.manifest == nil {
		if _, taken := found[folder]; !taken {
			found[folder] = e
		}
		return
	}
	name := e.manifest.Name
	kept, taken := found[name]
	if !taken || kept.manifest == nil {
		found[name] = e
		return
	}
	if filepath.Dir(kept.dir) == filepath.Dir(e.dir) && folder == name {
		found[name], e, kept = e, kept, e
	}
	c.logger.Warn("two plugins have one name, the first counts", "plugin", name, "first", kept.dir, "second", e.dir)
}

func (c *catalogue) read(dir string) entry {
	e := entry{dir: dir}
	m, err := manifest.Load(dir)
	if err != nil {
		e.refuse("의 plugin.json을 읽을 수 없습니다", err)
		return e
	}
	e.manifest = m
	path := filepath.Join(dir, m.Executable)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		e.refuse("의 실행 파일이 없습니다", errors.New("its executable is missing"))
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		e.refuse("의 실행 파일을 실행할 수 없습니다", errors.New("its executable cannot be executed"))
	case !m.Speaks(plugin.Protocol):
		e.refuse("의 프로토콜 버전이 서버와 맞지 않습니다", fmt.Errorf("it speaks protocol %v, this host %d", m.Protocols, plugin.Protocol))
	case m.SHA256 == "" && !c.allowUnsealed:
		e.refuse("의 plugin.json에 체크섬이 없습니다", errors.New("its manifest has no checksum: visavis plugin seal writes it"))
	default:
		c.verify(&e, path, info)
	}
	return e
}

// verify holds the executable's checksum against the manifest's.
func (c *catalogue) verify(e *entry, path string, info os.FileInfo) {
	var err error
	switch e.sum, err = c.checksum(path, info); {
	case err != nil:
		e.refuse("의 실행 파일을 읽을 수 없습니다", err)
	case e.manifest.SHA256 != "" && !strings.EqualFold(e.manifest.SHA256, e.sum):
		e.refuse("의 실행 파일이 plugin.json의 체크섬과 다릅니다", errors.New("its checksum is not the manifest's"))
	}
}

// checksum hashes a file unless it is known not to have changed.
func (c *catalogue) checksum(path string, info os.FileInfo) (string, error) {
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
