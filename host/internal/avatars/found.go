package avatars

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
)

// found gives the packs of all roots: those that can be rendered and have an id of their own, and those of formats that nobody reads.
func (s *Shelf) found(formats []string) (packs, unread []Pack) {
	first := map[string]string{} // the folder of each id
	roots := s.folders()
	for _, root := range roots {
		for _, info := range s.below(root.path) {
			relative, err := filepath.Rel(filepath.Dir(root.path), info.Path)
			if err != nil || !root.holds(info.Path) {
				continue
			}
			pack := Pack{Info: info, Relative: filepath.ToSlash(relative)}
			if formats != nil && !slices.Contains(formats, info.Format) {
				unread = append(unread, pack)
				continue
			}
			if err := usable(info, roots, first[info.ID]); err != nil {
				s.leaveOut(err)
				continue
			}
			if first[info.ID] == "" {
				first[info.ID] = info.Path
				packs = append(packs, pack)
			}
		}
	}
	return packs, without(unread, first)
}

// usable tells why a pack is left out for what else there is; first is the folder of the pack that has its id, if any.
func usable(info avatar.Info, roots []folder, first string) error {
	if info.Source != info.Path && !slices.ContainsFunc(roots, func(r folder) bool { return r.holds(info.Source) }) {
		return fmt.Errorf("pack %q: what it is derived from lies outside the folders of avatars, or behind a link", info.ID)
	}
	if first != "" && first != info.Path { // a root may lie in another, and be found twice
		return fmt.Errorf("pack %q: %s has the id of %s, which counts", info.ID, info.Path, first)
	}
	return nil
}

// below gives the packs of every kind in a root. Each broken one is told once, not with every listing.
func (s *Shelf) below(root string) []avatar.Info {
	var found []avatar.Info
	for _, list := range []func(string) ([]avatar.Info, []error){avatar.List, moving.List, prepared.List} {
		packs, errs := list(root)
		found = append(found, packs...)
		for _, err := range errs {
			s.leaveOut(err)
		}
	}
	return slices.DeleteFunc(found, func(p avatar.Info) bool {
		_, err := Manifest(p.Path)
		if err != nil {
			s.leaveOut(fmt.Errorf("pack %q: %w", filepath.Base(p.Path), err))
		}
		return err != nil
	})
}

// leaveOut tells why a pack is not in the list.
func (s *Shelf) leaveOut(err error) {
	if !s.told[err.Error()] {
		s.told[err.Error()] = true
		s.logger.Warn("avatar pack is left out", "error", err)
	}
}

// folder is a root: its absolute path, and that without links.
type folder struct{ path, resolved string }

// folders gives the roots that are there.
func (s *Shelf) folders() []folder {
	var roots []folder
	for _, root := range s.roots {
		path, err := filepath.Abs(root)
		if err != nil {
			continue // no working folder: nothing can be found
		}
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			roots = append(roots, folder{path, resolved})
		}
	}
	return roots
}

// holds tells whether a pack lies where its path says: in the root itself, which is a link perhaps, and not behind another.
func (f folder) holds(pack string) bool {
	below, err := filepath.Rel(f.path, pack)
	if err != nil || !filepath.IsLocal(below) {
		return false
	}
	resolved, err := filepath.EvalSymlinks(pack)
	return err == nil && resolved == filepath.Join(f.resolved, below)
}
