package prepared

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/visavis-dev/visavis/sdk/video"
)

// Pack is a prepared avatar but for its frames, which Film reads.
type Pack struct {
	Manifest
	// Film is where the frames lie.
	Film video.Film
	// Latent has the elements of each frame's latent, nil where there is no face.
	Latent [][]byte
	Masks  []*image.Gray
}

// Open reads and checks a pack's folder: every file against its checksum, so that nothing is found later.
func Open(dir string) (*Pack, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, broken(err)
	}
	defer func() { _ = root.Close() }()
	if err := m.Files.Verify(dir); err != nil {
		return nil, broken(err)
	}
	p := &Pack{Manifest: *m, Film: video.Film{File: filepath.Join(dir, m.Film), Width: m.Width, Height: m.Height, FPS: m.FPS}}
	if err := p.readLatents(root); err != nil {
		return nil, broken(err)
	}
	if err := p.readMasks(root); err != nil {
		return nil, broken(err)
	}
	return p, nil
}

func (p *Pack) readLatents(root *os.Root) error {
	raw, err := root.ReadFile(p.Latents)
	if err != nil {
		return fmt.Errorf("read latents: %w", err)
	}
	if len(raw) != p.Faces()*p.latentSize() {
		return errors.New("read latents: they are not as many as faces")
	}
	p.Latent = make([][]byte, len(p.Frames))
	for n, f := range p.Frames {
		if f != nil {
			p.Latent[n], raw = raw[:p.latentSize()], raw[p.latentSize():]
		}
	}
	return nil
}

func (p *Pack) readMasks(root *os.Root) error {
	for _, name := range p.Manifest.Masks {
		raw, err := root.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read mask: %w", err)
		}
		config, err := png.DecodeConfig(bytes.NewReader(raw))
		if err != nil || config.Width > 2*maxSide || config.Height > 2*maxSide {
			return fmt.Errorf("mask %q is no picture of a size that fits", name)
		}
		picture, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			return fmt.Errorf("read mask %q: %w", name, err)
		}
		grey, ok := picture.(*image.Gray)
		if !ok {
			return fmt.Errorf("mask %q is not grey", name)
		}
		p.Masks = append(p.Masks, grey)
	}
	for n, f := range p.Frames {
		if f == nil {
			continue
		}
		if size := p.Masks[f.Mask].Bounds().Size(); size != Rectangle(f.Crop).Size() {
			return fmt.Errorf("frame %d: the mask is %v, the crop %v", n, size, f.Crop)
		}
	}
	return nil
}
