package moving

import (
	"context"
	"fmt"
	"image"
	"path/filepath"

	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/video"
)

// List finds the packs under root, at most two folders deep, by reading their manifests alone. Broken packs are left out
// and reported in errs.
func List(root string) (packs []avatar.Info, errs []error) { return avatar.Find(root, Filename, Look) }

// Look tells what a listing tells of a pack; one whose files are not there, or that is derived from what is not there, is broken. Errors are fault.NotFound and fault.Invalid.
func Look(dir string) (avatar.Info, error) {
	m, err := readManifest(dir)
	if err != nil {
		return avatar.Info{}, err
	}
	info := avatar.Info{ID: m.ID, Path: dir, Source: dir, Format: fmt.Sprintf("%s/%d", Format, Version), Width: m.Width, Height: m.Height}
	if m.Derive != nil {
		info.Width, info.Height = m.Derive.Width, m.Derive.Height
		if m, info.Source, err = readRoot(dir); err != nil {
			return info, err
		}
	}
	if err := m.Files.Present(info.Source); err != nil {
		return info, broken(err)
	}
	for _, l := range m.Loops {
		info.Loops = append(info.Loops, l.Name)
	}
	return info, nil
}

// Pack is an avatar whose files are checked. It is not changed after Open, so that renderers can share it.
type Pack struct {
	Manifest
	// Dir is the folder of its files.
	Dir string
}

// Root gives the folder of the pack whose films a pack uses: its own, or that which it is derived from.
func Root(path string) (string, error) {
	return kind().Root(path, func(dir string) (*Derive, error) { //nolint:wrapcheck // faults already
		m, err := readManifest(dir)
		if err != nil {
			return nil, err
		}
		return m.Derive, nil
	})
}

// Open reads a pack's manifest and checks every file against its checksum, and what each film says of itself, so that little is found later. For a derived pack
// it opens the one that it is derived from. Errors are fault.NotFound and fault.Invalid.
func Open(path string) (*Pack, error) {
	m, dir, err := readRoot(path)
	if err != nil {
		return nil, err
	}
	if err := m.Files.Verify(dir); err != nil {
		return nil, broken(err)
	}
	p := &Pack{Manifest: *m, Dir: dir}
	if err := p.checkFilms(); err != nil {
		return nil, broken(err)
	}
	return p, nil
}

// readRoot gives the manifest of the pack whose films a pack uses, and its folder.
func readRoot(path string) (*Manifest, string, error) {
	dir, err := Root(path)
	if err != nil {
		return nil, "", err
	}
	m, err := readManifest(dir)
	return m, dir, err
}

// Loop gives a loop by its name, or that of a talking face when there is none of this name.
func (p *Pack) Loop(name string) Loop {
	var talk Loop
	for _, l := range p.Loops {
		if l.Name == name {
			return l
		}
		if l.Name == Talk {
			talk = l
		}
	}
	return talk
}

// Boxes gives the mouth's box in frames of width × height, one for all frames of a loop or one for each: all of one size, even, and
// inside.
func (p *Pack) Boxes(l Loop, width, height int) []image.Rectangle {
	across, down := float64(width)/float64(p.Width), float64(height)/float64(p.Height)
	w := max(2, min(even(p.Mouth.Box[0]*across), width))
	h := max(2, min(even(p.Mouth.Box[1]*down), height))
	boxes := make([]image.Rectangle, len(l.Mouth))
	for n, at := range l.Mouth {
		x := min(max(0, even(at[0]*across-float64(w)/2)), width-w)
		y := min(max(0, even(at[1]*down-float64(h)/2)), height-h)
		boxes[n] = image.Rect(x, y, x+w, y+h)
	}
	return boxes
}

// Preview gives the first frame of the talking loop as JPEG, in the size of the pack's videos.
func Preview(ctx context.Context, path, ffmpeg string) ([]byte, error) {
	own, err := readManifest(path)
	if err != nil {
		return nil, err
	}
	p, err := Open(path)
	if err != nil {
		return nil, err
	}
	width, height := p.Width, p.Height
	if own.Derive != nil {
		width, height = own.Derive.Width, own.Derive.Height
	}
	picture, err := video.Still(ctx, ffmpeg, filepath.Join(p.Dir, p.Loop(Talk).File), width, height)
	if err != nil {
		return nil, fmt.Errorf("preview avatar: %w", err)
	}
	return picture, nil
}
