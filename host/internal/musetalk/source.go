// Package musetalk reads avatars that others prepared for MuseTalk: the pickles of the documented system, and the folders
// of MuseTalk and LiveTalking. It makes nothing of them.
package musetalk

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"

	"github.com/visavis-dev/visavis/host/internal/pickle/arrays"
)

// Bounds of an avatar.
const (
	// MaxFrames is about an hour of film.
	MaxFrames = 100_000
	maxSide   = 4096
)

// latentShape is that of one frame: masked face and reference, four channels each.
var latentShape = [...]int{1, 8, 32, 32} //nolint:gochecknoglobals // a constant

// Face is where a frame's face is, and what the model needs of it.
type Face struct {
	// Box is what is replaced, Crop the square around it that the mask is for. The crop may leave the frame.
	Box, Crop image.Rectangle
	// Latent has the shape [1, 8, 32, 32].
	Latent arrays.Array
	// Mask is the place of the mask among the source's.
	Mask int
}

// Mask is how much of the new face is seen, 8 bits a pixel, of the size of its crops.
type Mask struct {
	Width, Height int
	Pix           []byte
}

// Source is an avatar as it was prepared.
type Source struct {
	// FPS is that of the film, 25 where nothing tells.
	FPS           float64
	Width, Height int
	// Faces has an entry for each frame, nil where none was found.
	Faces []*Face
	Masks []Mask

	frame func(n int) ([]byte, error)
	close func() error
}

// Frame gives the picture of a frame, 8 bits each of blue, green and red. It is read only, until Close.
func (s *Source) Frame(n int) ([]byte, error) { return s.frame(n) }

// Close frees the source.
func (s *Source) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// Open reads a .pkl file, or a folder with coords.pkl and latents.pt.
func Open(path string) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open avatar: %w", err)
	}
	var s *Source
	if info.IsDir() {
		s, err = openFolder(path)
	} else {
		s, err = openPickle(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read avatar %q: %w", filepath.Base(path), err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("read avatar %q: %w", filepath.Base(path), errors.Join(err, s.Close()))
	}
	return s, nil
}

func (s *Source) check() error {
	if len(s.Faces) == 0 || len(s.Faces) > MaxFrames {
		return fmt.Errorf("it has %d frames", len(s.Faces))
	}
	if s.Width < 16 || s.Height < 16 || s.Width > maxSide || s.Height > maxSide {
		return fmt.Errorf("its frames are %d×%d", s.Width, s.Height)
	}
	if !(s.FPS > 0 && s.FPS <= 240) {
		return fmt.Errorf("its frame rate is %v", s.FPS)
	}
	frame, faces := image.Rect(0, 0, s.Width, s.Height), 0
	var kind arrays.Type
	for n, f := range s.Faces {
		if f == nil {
			continue
		}
		faces++
		if err := s.checkFace(f, frame); err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		if kind = cmp.Or(kind, f.Latent.Type); kind != f.Latent.Type {
			return fmt.Errorf("frame %d: its latent is of %s, those before are of %s", n, f.Latent.Type, kind)
		}
	}
	if faces == 0 {
		return errors.New("no frame has a face")
	}
	return nil
}

func (s *Source) checkFace(f *Face, frame image.Rectangle) error {
	if f.Box.Empty() || !f.Box.In(frame) {
		return fmt.Errorf("its face, %v, is not inside %v", f.Box, frame)
	}
	if len(f.Latent.Shape) != len(latentShape) || [4]int(f.Latent.Shape) != latentShape ||
		(f.Latent.Type != arrays.Float16 && f.Latent.Type != arrays.Float32) {
		return fmt.Errorf("its latent has the shape %v of %s instead of %v", f.Latent.Shape, f.Latent.Type, latentShape)
	}
	if f.Mask < 0 || f.Mask >= len(s.Masks) {
		return errors.New("it has no mask: the avatar was prepared without one; prepare it anew")
	}
	m := s.Masks[f.Mask]
	if f.Crop.Dx() != m.Width || f.Crop.Dy() != m.Height || len(m.Pix) != m.Width*m.Height || f.Crop.Dx() > 2*maxSide {
		return fmt.Errorf("its mask is %d×%d, its crop %d×%d", m.Width, m.Height, f.Crop.Dx(), f.Crop.Dy())
	}
	if !f.Crop.Overlaps(f.Box) {
		return fmt.Errorf("its crop, %v, is elsewhere than its face, %v", f.Crop, f.Box)
	}
	return nil
}
