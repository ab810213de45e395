package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"os"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/prepare"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/raster"
)

// reel keeps pictures on disk: those of a film would fill the memory.
type reel struct {
	width, height int
	file          *os.File
	count         int
}

// newReel is a file in a folder that nobody else sees.
func newReel(dir string) (*reel, error) {
	file, err := os.CreateTemp(dir, ".film-*")
	if err != nil {
		return nil, fmt.Errorf("keep film: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("keep film: %w", err)
	}
	return &reel{file: file}, nil
}

func (r *reel) close() error { return r.file.Close() } //nolint:wrapcheck // the caller has no use for it

func (r *reel) size() int { return 3 * r.width * r.height }

func (r *reel) add(picture []byte) error {
	if _, err := r.file.WriteAt(picture, int64(r.count)*int64(r.size())); err != nil {
		return fmt.Errorf("keep film: %w", err)
	}
	r.count++
	return nil
}

// picture gives one again.
func (r *reel) picture(n int) ([]byte, error) {
	raw := make([]byte, r.size())
	if _, err := r.file.ReadAt(raw, int64(n)*int64(r.size())); err != nil {
		return nil, fmt.Errorf("read film: %w", err)
	}
	return raw, nil
}

// memory spares what was made already: where the box is known, equal pixels have equal latents, and one mask is for all.
type memory struct {
	latents map[[sha256.Size]byte][]float32
	mask    *image.Gray
}

// remembered bounds it, in frames.
const remembered = 1000

func (m *memory) prepare(p *prepare.Preparer, frame raster.Picture) (*prepare.Face, error) {
	if p.Box.Empty() {
		return p.Prepare(frame) //nolint:wrapcheck // the caller names the frame
	}
	box := p.Box.Intersect(image.Rect(0, 0, frame.Width, frame.Height))
	key := sha256.Sum256(frame.Cut(box).Pix)
	if latent, known := m.latents[key]; known {
		return &prepare.Face{Box: box, Crop: prepare.Crop(box), Mask: m.mask, Latent: latent}, nil
	}
	face, err := p.Prepare(frame)
	if err != nil || face == nil {
		return face, err //nolint:wrapcheck // as above
	}
	if m.latents == nil {
		m.latents, m.mask = map[[sha256.Size]byte][]float32{}, face.Mask
	}
	face.Mask = m.mask
	if len(m.latents) < remembered {
		m.latents[key] = face.Latent
	}
	return face, nil
}

func littleEndian(values []float32) []byte {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}
