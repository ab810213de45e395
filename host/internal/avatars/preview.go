package avatars

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
)

// previews keeps the pictures that were asked for. It never holds more than the shelf has packs.
type previews struct {
	mu   sync.Mutex
	kept map[string]preview
}

type preview struct {
	picture []byte
	changed time.Time
}

// Preview gives the still picture of an avatar as JPEG and when the pack last changed. The avatar is an id, or a base name,
// which is the pack of the default resolution. Errors are fault.NotFound, fault.Invalid, or what ffmpeg's absence is.
func (s *Shelf) Preview(ctx context.Context, name string) ([]byte, time.Time, error) {
	packs := s.List()
	at := indexOf(packs, name, defaultResolution)
	if at < 0 {
		return nil, time.Time{}, notFound(fmt.Errorf("no pack %q", name))
	}
	path, manifest, draw := packs[at].Path, avatar.Filename, avatar.Preview
	switch kind, _, _ := strings.Cut(packs[at].Format, "/"); kind {
	case prepared.Format:
		manifest, draw = prepared.Filename, prepared.Preview
	case moving.Format:
		manifest, draw = moving.Filename, moving.Preview
	}
	info, err := os.Stat(filepath.Join(path, manifest))
	if err != nil {
		return nil, time.Time{}, notFound(err)
	}
	s.previews.mu.Lock()
	defer s.previews.mu.Unlock() // one at a time: a page asks for all at once
	if p, known := s.previews.kept[path]; known && p.changed.Equal(info.ModTime()) {
		return p.picture, p.changed, nil
	}
	picture, err := draw(ctx, path, s.ffmpeg)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("preview avatar: %w", err)
	}
	s.previews.forget(packs)
	s.previews.kept[path] = preview{picture: picture, changed: info.ModTime()}
	return picture, info.ModTime(), nil
}

// forget drops the pictures of packs that are gone.
func (p *previews) forget(packs []Pack) {
	there := map[string]bool{}
	for _, pack := range packs {
		there[pack.Path] = true
	}
	for path := range p.kept {
		if !there[path] {
			delete(p.kept, path)
		}
	}
}
