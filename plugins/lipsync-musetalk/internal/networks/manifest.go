package networks

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Format and Version name the folders of graphs that are read.
const (
	Format  = "visavis-musetalk"
	Version = 2
)

// maxManifest bounds manifest.json, in bytes.
const maxManifest = 1 << 20

// manifest is the part of manifest.json that is of use here.
type manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	// Features is how sound is heard: 1.5, or 1.0 as that version first did.
	Features string           `json:"features"`
	Example  file             `json:"example"`
	Graphs   map[string]graph `json:"graphs"`
}

type graph struct {
	File  string          `json:"file"`
	Files map[string]file `json:"files"`
	// NHWC tells that ONNX Runtime is to put channels last in standard operators, too. Earlier exports, which have none, do not say it.
	NHWC bool `json:"nhwc"`
}

type file struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

const (
	hintMissing = "MuseTalk 모델이 없습니다. 'make musetalk-export MUSETALK_PATH=…'로 만들어 주세요"
	hintVersion = "MuseTalk 모델의 형식이 맞지 않습니다. 다시 내보내 주세요"
	hintBroken  = "MuseTalk 모델을 읽지 못했습니다. 다시 내보내 주세요"
)

// readManifest reads what an export says of itself, and looks whether its files are there and whole.
func readManifest(dir string) (*manifest, error) {
	path := filepath.Join(dir, "manifest.json")
	info, err := os.Stat(path)
	if err != nil {
		return nil, unavailable(fmt.Errorf("look for the graphs: %w", err), hintMissing)
	}
	if info.Size() > maxManifest {
		return nil, unavailable(fmt.Errorf("%s has %d bytes", path, info.Size()), hintVersion)
	}
	raw, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, unavailable(fmt.Errorf("read manifest: %w", err), hintMissing)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, unavailable(fmt.Errorf("%s is no manifest: %w", path, err), hintVersion)
	}
	if m.Format != Format || m.Version != Version {
		return nil, unavailable(fmt.Errorf("%s is %.40q, version %d, not %q, version %d", path, m.Format, m.Version, Format, Version), hintVersion)
	}
	return &m, m.check(dir)
}

func (m *manifest) check(dir string) error {
	all := map[string]int64{m.Example.File: m.Example.Bytes}
	for name, g := range m.Graphs {
		if _, listed := g.Files[g.File]; !listed {
			return unavailable(fmt.Errorf("graph %q has no file %.80q", name, g.File), hintVersion)
		}
		for name, f := range g.Files {
			all[name] = f.Bytes
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !filepath.IsLocal(name) {
			return unavailable(fmt.Errorf("the manifest names %.80q", name), hintVersion)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return unavailable(fmt.Errorf("look for a graph: %w", err), fmt.Sprintf("MuseTalk 모델 파일 %s이(가) 없습니다. 다시 내보내 주세요", name))
		}
		if info.Size() != all[name] {
			return unavailable(fmt.Errorf("%s has %d bytes instead of %d", name, info.Size(), all[name]),
				fmt.Sprintf("MuseTalk 모델 파일 %s이(가) 손상되었습니다. 다시 내보내 주세요", name))
		}
	}
	return nil
}

// graph gives a graph of a name.
func (m *manifest) graph(name string) (graph, error) {
	name, err := m.first(name)
	return m.Graphs[name], err
}

// first gives the first of some graphs that is there.
func (m *manifest) first(names ...string) (string, error) {
	for _, name := range names {
		if _, there := m.Graphs[name]; there {
			return name, nil
		}
	}
	return "", unavailable(fmt.Errorf("the export has no graph %s", strings.Join(names, " or ")), hintMissing)
}
