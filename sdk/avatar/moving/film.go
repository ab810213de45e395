package moving

import (
	"fmt"
	"os"
	"slices"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video/h264"
)

// Film is the opened film of a loop, which the caller closes.
type Film struct {
	*os.File
	// Listed is what the manifest says of the file.
	Listed File
	wanted h264.Wanted
}

// OpenFilm opens the film of a loop, of a derived pack that of the one which it is derived from. Film.Verify tells whether it is what the
// manifest says. Errors are fault.NotFound, also of a loop that is not there, and fault.Invalid.
func OpenFilm(path, loop string) (*Film, error) {
	m, dir, err := readRoot(path)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(m.Loops, func(l Loop) bool { return l.Name == loop })
	if at < 0 {
		return nil, fault.New(fault.NotFound, kind().Op, "아바타에 없는 영상입니다", fmt.Errorf("there is no loop %.40q", loop))
	}
	file, err := m.Files.Open(dir, m.Loops[at].File)
	if err != nil {
		return nil, broken(err)
	}
	return &Film{File: file, Listed: m.Files[m.Loops[at].File], wanted: m.wanted()}, nil
}

// Verify reads the film and tells whether it has its checksum and is of the form that docs/packs.md asks for.
func (f *Film) Verify() error {
	content, err := f.Listed.Content(f.File)
	if err != nil {
		return err //nolint:wrapcheck // it says what is wrong
	}
	return h264.Check(content, f.wanted) //nolint:wrapcheck // as above
}

// wanted is what all films of a pack must be: others would be decoded to something else than is meant.
func (m *Manifest) wanted() h264.Wanted {
	return h264.Wanted{Width: m.Width, Height: m.Height, FrameRate: m.FPS}
}

// checkFilms tells what is wrong with the form of a pack's films.
func (p *Pack) checkFilms() error {
	for _, l := range p.Loops {
		film, err := p.Files.Read(p.Dir, l.File)
		if err == nil {
			err = h264.Check(film, p.wanted())
		}
		if err != nil {
			return fmt.Errorf("loop %s: %w", l.Name, err)
		}
	}
	return nil
}
