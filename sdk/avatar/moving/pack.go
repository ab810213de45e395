package moving

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
	"github.com/visavis-dev/visavis/sdk/video/h264"
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

// checkFilms tells whether all films are of the form that docs/packs.md asks for: others would be decoded to something else than is meant.
func (p *Pack) checkFilms() error {
	for _, l := range p.Loops {
		film, err := p.Files.Read(p.Dir, l.File)
		if err == nil {
			err = h264.Check(film, h264.Wanted{Width: p.Width, Height: p.Height, FrameRate: p.FPS})
		}
		if err != nil {
			return fmt.Errorf("loop %s: %w", l.Name, err)
		}
	}
	return nil
}

// VerifyFilm reads a film that OpenFilm opened, and tells whether it is what the manifest says and can be played.
func VerifyFilm(film io.Reader, listed File) error {
	var content bytes.Buffer
	if err := listed.Verify(io.TeeReader(film, &content)); err != nil {
		return err //nolint:wrapcheck // it says what is wrong
	}
	return h264.Check(content.Bytes(), h264.Wanted{FrameRate: video.FrameRate}) //nolint:wrapcheck // as above
}

// OpenFilm opens the film of a loop, of a derived pack that of the one which it is derived from, and gives what the manifest says
// of it; VerifyFilm tells whether that holds. Errors are fault.NotFound, also of a loop that is not there, and fault.Invalid.
func OpenFilm(path, loop string) (film *os.File, listed File, err error) {
	m, dir, err := readRoot(path)
	if err != nil {
		return nil, File{}, err
	}
	at := slices.IndexFunc(m.Loops, func(l Loop) bool { return l.Name == loop })
	if at < 0 {
		return nil, File{}, fault.New(fault.NotFound, kind().Op, "아바타에 없는 영상입니다", fmt.Errorf("there is no loop %.40q", loop))
	}
	if film, err = m.Files.Open(dir, m.Loops[at].File); err != nil {
		return nil, File{}, broken(err)
	}
	return film, m.Files[m.Loops[at].File], nil
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
