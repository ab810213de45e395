// Package prepared reads and writes avatars for engines that draw a face anew: a film, and for each of its frames where the
// face is, what the model needs of it, and how it blends in. docs/packs.md describes the format.
package prepared

import (
	"errors"
	"fmt"
	"image"

	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
)

// Filename is the manifest's name inside a pack.
const Filename = "prepared.json"

// Format and Version name the packs that this package reads.
const (
	Format  = "visavis-prepared"
	Version = 1
)

func kind() sealed.Kind {
	return sealed.Kind{Filename: Filename, Most: maxManifest, Op: "read prepared avatar"}
}

// Bounds of a pack.
const (
	maxManifest = 64 << 20
	maxFile     = 4 << 30
	maxSide     = 4096
	maxFrames   = 100_000
)

// LatentValues is how many values the latent of a frame has: masked face and reference, four channels of 32 × 32 each.
const LatentValues = 8 * 32 * 32

// Manifest is the content of prepared.json.
type Manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	ID      string `json:"id"`
	// Model is whose latents these are: musetalk.
	Model  string `json:"model"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	// FPS is the film's, in frames a second.
	FPS float64 `json:"fps"`
	// Film is the file of all frames.
	Film string `json:"film"`
	// Latents is the file of those of the frames with a face, one after the other, little-endian; LatentType is f2 or f4.
	Latents    string `json:"latents"`
	LatentType string `json:"latent_type"`
	// Masks are 8-bit grey PNGs.
	Masks []string     `json:"masks"`
	Files sealed.Files `json:"files"`
	// Frames has an entry for each frame of the film, null where there is no face.
	Frames []*Frame `json:"frames"`
}

// File is a file of the pack.
type File = sealed.File

// Frame is where a face is. Both boxes are left, top, right and bottom; the crop may leave the frame.
type Frame struct {
	Box  [4]int `json:"box"`
	Crop [4]int `json:"crop"`
	// Mask is the place among the masks; its size is the crop's.
	Mask int `json:"mask"`
}

// Rectangle gives a box as the standard library has it.
func Rectangle(box [4]int) image.Rectangle {
	return image.Rectangle{Min: image.Pt(box[0], box[1]), Max: image.Pt(box[2], box[3])}
}

// Corners gives a rectangle as a box.
func Corners(r image.Rectangle) [4]int { return [4]int{r.Min.X, r.Min.Y, r.Max.X, r.Max.Y} }

// latentSize is the size of a frame's latent in bytes; 0 for an unknown type.
func (m *Manifest) latentSize() int {
	switch m.LatentType {
	case "f2":
		return 2 * LatentValues
	case "f4":
		return 4 * LatentValues
	}
	return 0
}

// Faces is how many frames have a face.
func (m *Manifest) Faces() int {
	n := 0
	for _, f := range m.Frames {
		if f != nil {
			n++
		}
	}
	return n
}

func broken(err error) error { return kind().Broken(err) } //nolint:wrapcheck // a fault already

// readManifest reads and checks prepared.json in a folder.
func readManifest(dir string) (*Manifest, error) {
	var m Manifest
	if err := kind().Read(dir, &m, m.check); err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	return &m, nil
}

func (m *Manifest) check() error {
	if m.Format != Format || m.Version != Version {
		return fmt.Errorf("format %.40q, version %d is not %q, version %d", m.Format, m.Version, Format, Version)
	}
	if err := sealed.CheckID(m.ID); err != nil {
		return err //nolint:wrapcheck // it says what is wrong
	}
	switch {
	case m.Model == "" || len(m.Model) > 100:
		return errors.New("model is missing or too long")
	case m.Width < 16 || m.Height < 16 || m.Width > maxSide || m.Height > maxSide:
		return fmt.Errorf("size %d×%d is not 16 to %d", m.Width, m.Height, maxSide)
	case !(m.FPS > 0 && m.FPS <= 240):
		return fmt.Errorf("fps %v is not above 0 to 240", m.FPS)
	case m.latentSize() == 0:
		return fmt.Errorf("latent_type %.10q is neither f2 nor f4", m.LatentType)
	case len(m.Frames) == 0 || len(m.Frames) > maxFrames:
		return fmt.Errorf("%d frames are not 1 to %d", len(m.Frames), maxFrames)
	case m.Faces() == 0:
		return errors.New("no frame has a face")
	}
	return errors.Join(m.checkFiles(), m.checkFrames())
}

func (m *Manifest) checkFiles() error {
	if err := m.Files.Check(maxFile); err != nil {
		return err //nolint:wrapcheck // it says what is wrong
	}
	for _, name := range append([]string{m.Film, m.Latents}, m.Masks...) {
		if _, listed := m.Files[name]; !listed {
			return fmt.Errorf("file %.80q is not listed", name)
		}
	}
	if want := int64(m.Faces()) * int64(m.latentSize()); m.Files[m.Latents].Bytes != want {
		return fmt.Errorf("latents of %d bytes are not those of %d faces", m.Files[m.Latents].Bytes, m.Faces())
	}
	return nil
}

func (m *Manifest) checkFrames() error {
	whole := image.Rect(0, 0, m.Width, m.Height)
	for n, f := range m.Frames {
		if f == nil {
			continue
		}
		box, crop := Rectangle(f.Box), Rectangle(f.Crop)
		if box.Empty() || !box.In(whole) || crop.Empty() || !crop.Overlaps(box) || max(crop.Dx(), crop.Dy()) > 2*maxSide {
			return fmt.Errorf("frame %d: box %v or crop %v is out of place", n, f.Box, f.Crop)
		}
		if f.Mask < 0 || f.Mask >= len(m.Masks) {
			return fmt.Errorf("frame %d: there is no mask %d", n, f.Mask)
		}
	}
	return nil
}
