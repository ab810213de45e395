// Package avatars finds the packs that requests name, and nothing outside the folders that hold them. Of their
// pictures it shows the still one, and the films of a face at rest.
package avatars

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// fresh is how long a listing holds before the folders are read again.
const fresh = 2 * time.Second

// Shelf is the folders that hold packs. Safe for concurrent use.
type Shelf struct {
	roots  []string
	ffmpeg string
	logger hclog.Logger
	// reads tells the formats of packs that can be rendered now; nil is all.
	reads func() []string

	previews previews
	films    films

	mu     sync.Mutex
	listed time.Time
	packs  []Pack
	unread []Pack
	told   map[string]bool
}

// Pack is one avatar on the shelf.
type Pack struct {
	avatar.Info
	// Relative is the documented path: the root's name and what follows.
	Relative string
}

// New looks at folders; one that is not there holds no packs. Previews are made with ffmpeg. Packs of formats that reads does
// not tell are left out, so that an avatar which is there for several engines is the one that the deployment's can render;
// without reads none is.
func New(roots []string, ffmpeg string, reads func() []string, logger hclog.Logger) *Shelf {
	return &Shelf{
		roots: roots, ffmpeg: ffmpeg, reads: reads, logger: logger, told: map[string]bool{},
		previews: previews{kept: map[string]preview{}}, films: films{whole: map[string]film{}},
	}
}

// List gives the packs, larger ones first, but last those that are larger than the default resolution: clients that take the first
// pay for no more than they always did. Of two with one id the first counts that is whole: of the first root, then pictures before
// films before prepared ones, then the one that lies higher, then by the names of folders.
func (s *Shelf) List() []Pack {
	packs, _ := s.look()
	return packs
}

// look gives the list, and the packs that are left out because nobody reads them.
func (s *Shelf) look() (packs, unread []Pack) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.listed) < fresh {
		return s.packs, s.unread
	}
	var formats []string
	if s.reads != nil {
		formats = s.reads()
	}
	packs, unread = s.found(formats)
	slices.SortFunc(packs, func(a, b Pack) int {
		return cmp.Or(
			cmp.Compare(dear(a), dear(b)), cmp.Compare(b.lines(), a.lines()), cmp.Compare(later(a.ID), later(b.ID)), cmp.Compare(a.ID, b.ID),
		)
	})
	s.tellUnread(unread, formats)
	s.packs, s.unread, s.listed = packs, unread, time.Now()
	return packs, unread
}

// dear puts packs that are larger than the default resolution after all others.
func dear(p Pack) int {
	if p.lines() > lines(defaultResolution) {
		return 1
	}
	return 0
}

// later puts the documented system's avatars before others of their size: clients that take the first get whom they always got.
func later(id string) int {
	if strings.HasPrefix(id, "talk_") {
		return 0
	}
	return 1
}

// defaultResolution is that of a base name without one.
const defaultResolution = "720p"

// lines of a resolution's videos: pixels of their shorter side. "" is the default resolution.
func lines(resolution string) int {
	n, _ := generation.Lines(cmp.Or(resolution, defaultResolution))
	return n
}

// lines of the pack in its own size.
func (p Pack) lines() int { return min(p.Width, p.Height) }

// Resolve implements generation.Avatars.
func (s *Shelf) Resolve(_ context.Context, face generation.FaceRequest) (generation.Face, error) {
	if face.Avatar != "" {
		return s.byName(face.Avatar, face.Resolution)
	}
	return s.byPath(face.AvatarPath, face.Resolution)
}

// byName finds an id, or a base name completed with the resolution.
func (s *Shelf) byName(name, resolution string) (generation.Face, error) {
	packs, unread := s.look()
	at := indexOf(packs, name, resolution)
	if at < 0 {
		return generation.Face{}, unshown(unread, func(p Pack) bool { return p.named(name) }, fmt.Errorf("no pack %q", name))
	}
	if packs[at].ID != name {
		resolution = cmp.Or(resolution, defaultResolution)
	}
	return packs[at].face(resolution), nil
}

// indexOf finds an id, or the pack that a base name means at a resolution ("" is the default): the smallest that has as many lines, so
// that it is scaled down as little as can be, else the largest there is. -1 is none.
func indexOf(packs []Pack, name, resolution string) int {
	wanted, best := lines(resolution), -1
	for i, p := range packs {
		if p.ID == name {
			return i
		}
		if base, cut := cutResolution(p.ID); cut && base == name && (best < 0 || fitsBetter(p.lines(), packs[best].lines(), wanted)) {
			best = i
		}
	}
	return best
}

// fitsBetter tells whether pictures of so many lines suit a wanted number better than those of another.
func fitsBetter(lines, other, wanted int) bool {
	if lines >= wanted {
		return other < wanted || lines < other
	}
	return lines > other
}

// face is the pack in its own size, or scaled down to a smaller resolution in its own shape; it is never scaled up.
func (p Pack) face(resolution string) generation.Face {
	face := generation.Face{Pack: p.Path, Width: p.Width, Height: p.Height}
	if resolution == "" {
		return face
	}
	if wanted, have := lines(resolution), p.lines(); wanted < have {
		face.Width, face.Height = scaled(face.Width, wanted, have), scaled(face.Height, wanted, have)
	}
	return face
}

// byPath finds a pack under a root: by its documented path, with or without the root's name, or by the path of the file that
// the older system had (…_precomputed.pkl).
func (s *Shelf) byPath(path, resolution string) (generation.Face, error) {
	clean := filepath.ToSlash(filepath.Clean(strings.ReplaceAll(path, `\`, "/")))
	clean = strings.TrimSuffix(strings.TrimSuffix(clean, ".pkl"), "_precomputed")
	lies := func(p Pack) bool {
		_, below, _ := strings.Cut(p.Relative, "/")
		return clean == p.Relative || clean == below
	}
	packs, unread := s.look()
	if at := slices.IndexFunc(packs, lies); at >= 0 {
		return packs[at].face(resolution), nil
	}
	return generation.Face{}, unshown(unread, lies, errors.New("no pack at this path"))
}

// named tells whether a pack has this id or base name.
func (p Pack) named(name string) bool {
	base, cut := cutResolution(p.ID)
	return p.ID == name || (cut && base == name)
}

// cutResolution gives talk_long of talk_long_720p.
func cutResolution(id string) (base string, cut bool) {
	at := strings.LastIndex(id, "_")
	if at < 0 {
		return id, false
	}
	if _, cut = generation.Lines(id[at+1:]); !cut {
		return id, false
	}
	return id[:at], true
}

// scaled gives n times to over from, as the next even number: 854 for 480 lines of 16:9.
func scaled(n, to, from int) int { return 2 * ((n*to + from) / (2 * from)) }

func notFound(err error) error {
	return fault.New(fault.NotFound, "find avatar", "아바타를 찾을 수 없습니다", err)
}

var _ generation.Avatars = (*Shelf)(nil)
