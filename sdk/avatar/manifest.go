// Package avatar reads avatar packs: a face as a base picture with layers of breath, blinks and mouth shapes. It
// neither composes nor renders. docs/packs.md describes the format.
package avatar

import (
	"errors"
	"fmt"

	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
	"github.com/visavis-dev/visavis/sdk/video"
)

// Filename is the manifest's name inside a pack.
const Filename = "pack.json"

// Format and Version name the packs that this package reads.
const (
	Format  = "visavis-pack"
	Version = 1
)

func kind() sealed.Kind {
	return sealed.Kind{Filename: Filename, Most: maxManifest, Op: "read pack"}
}

// Bounds of a pack.
const (
	maxManifest = 1 << 20
	maxFile     = 64 << 20
	maxFrames   = 2000
	// maxPictures bounds all pictures of a pack in memory, in bytes.
	maxPictures = 96 << 20
)

// Manifest is the content of pack.json.
type Manifest struct {
	Format    string            `json:"format"`
	Version   int               `json:"version"`
	ID        string            `json:"id"`
	Title     map[string]string `json:"title,omitempty"`
	Licence   string            `json:"licence,omitempty"`
	Character string            `json:"character,omitempty"`
	Width     int               `json:"width,omitempty"`
	Height    int               `json:"height,omitempty"`
	FPS       int               `json:"fps,omitempty"`
	Files     sealed.Files      `json:"files,omitempty"`
	Base      *Base             `json:"base,omitempty"`
	Layers    []Layer           `json:"layers,omitempty"`
	Idle      *Idle             `json:"idle,omitempty"`
	// Derive, alone with the id, makes a pack of another size out of a larger one.
	Derive *Derive `json:"derive,omitempty"`
}

// File is a file of the pack.
type File = sealed.File

// Base is the picture that everything is drawn over.
type Base struct {
	File string `json:"file"`
}

// Layer is a stack of pictures of one part of the base.
type Layer struct {
	// Name is breath, blink or mouth.
	Name string `json:"name"`
	// Box is x, y, width and height in the base; all even.
	Box    [4]int `json:"box"`
	File   string `json:"file"`
	Frames int    `json:"frames"`
	// Mask is an 8-bit grey PNG of the box's size; absent is opaque.
	Mask     string   `json:"mask,omitempty"`
	Families []Family `json:"families,omitempty"`
	Rest     *Rest    `json:"rest,omitempty"`
}

// Family is a grid of mouth shapes inside a layer, the first axis slowest.
type Family struct {
	// Name is vowel, press, bite or tongue.
	Name  string `json:"name"`
	First int    `json:"first"`
	Axes  []Axis `json:"axes"`
}

// Axis is a dimension of a family: open from 0 to 1, or shape from -1 (rounded) to 1 (spread).
type Axis struct {
	Name   string    `json:"name"`
	Values []float64 `json:"values"`
}

// Rest is the mouth of somebody who says nothing.
type Rest struct {
	Family string  `json:"family"`
	Open   float64 `json:"open"`
	Shape  float64 `json:"shape"`
}

// Idle gives the phase of breath and blink for each frame of a loop.
type Idle struct {
	Frames int       `json:"frames"`
	Breath []float64 `json:"breath"`
	Blink  []float64 `json:"blink"`
}

// Derive names the pack that another is made of.
type Derive = sealed.Derive

// readManifest reads and checks pack.json in dir.
func readManifest(dir string) (*Manifest, error) {
	var m Manifest
	if err := kind().Read(dir, &m, m.check); err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	return &m, nil
}

func broken(err error) error { return kind().Broken(err) } //nolint:wrapcheck // a fault already

func (m *Manifest) check() error {
	switch {
	case m.Format != Format:
		return fmt.Errorf("format %.40q is not %q", m.Format, Format)
	case m.Version != Version:
		return fmt.Errorf("version %d is not one that is read (%d)", m.Version, Version)
	}
	if err := sealed.CheckID(m.ID); err != nil {
		return err //nolint:wrapcheck // it says what is wrong
	}
	if m.Derive != nil {
		if m.Base != nil || len(m.Layers) > 0 {
			return errors.New("a derived pack has no pictures of its own")
		}
		return m.Derive.Check() //nolint:wrapcheck // it says what is wrong
	}
	if err := sealed.CheckSize(m.Width, m.Height); err != nil {
		return err //nolint:wrapcheck // it says what is wrong
	}
	if m.FPS != 25 {
		return fmt.Errorf("fps %d is not 25", m.FPS)
	}
	if m.Base == nil || m.Idle == nil {
		return errors.New("base or idle is missing")
	}
	if err := m.Files.Check(maxFile); err != nil {
		return err //nolint:wrapcheck // it says what is wrong
	}
	if _, listed := m.Files[m.Base.File]; !listed {
		return fmt.Errorf("base: file %.80q is not listed", m.Base.File)
	}
	return errors.Join(m.checkLayers(), m.checkIdle())
}

func (m *Manifest) checkLayers() error {
	mouth := false
	size := video.FrameSize(m.Width, m.Height)
	for _, l := range m.Layers {
		if err := m.checkLayer(l); err != nil {
			return fmt.Errorf("layer %.40q: %w", l.Name, err)
		}
		if size += l.Frames * video.FrameSize(l.Box[2], l.Box[3]); size > maxPictures {
			return fmt.Errorf("pictures take more than %d bytes", maxPictures)
		}
		mouth = mouth || l.Name == "mouth"
	}
	if !mouth {
		return errors.New("there is no mouth layer")
	}
	return nil
}

func (m *Manifest) checkLayer(l Layer) error {
	x, y, w, h := l.Box[0], l.Box[1], l.Box[2], l.Box[3]
	switch {
	case l.Name != "breath" && l.Name != "blink" && l.Name != "mouth":
		return errors.New("its name is none of breath, blink, mouth")
	case x < 0 || y < 0 || w < 2 || h < 2 || x > m.Width-w || y > m.Height-h || (x|y|w|h)%2 != 0:
		return fmt.Errorf("box %v is odd or outside the picture", l.Box)
	case l.Frames < 1 || l.Frames > maxFrames:
		return fmt.Errorf("%d frames are not 1 to %d", l.Frames, maxFrames)
	}
	if _, listed := m.Files[l.File]; !listed {
		return fmt.Errorf("file %.80q is not listed", l.File)
	}
	if _, listed := m.Files[l.Mask]; !listed && l.Mask != "" {
		return fmt.Errorf("file %.80q is not listed", l.Mask)
	}
	if l.Name != "mouth" {
		return nil
	}
	names := map[string]bool{}
	for _, f := range l.Families {
		if err := f.check(l.Frames); err != nil {
			return fmt.Errorf("family %.40q: %w", f.Name, err)
		}
		names[f.Name] = true
	}
	if !names["vowel"] || !names["press"] {
		return errors.New("families vowel and press are needed")
	}
	return nil
}

func (f Family) check(frames int) error {
	if f.Name != "vowel" && f.Name != "press" && f.Name != "bite" && f.Name != "tongue" {
		return errors.New("its name is none of vowel, press, bite, tongue")
	}
	size := 1
	for _, axis := range f.Axes {
		if axis.Name != "open" && axis.Name != "shape" {
			return fmt.Errorf("axis %.40q is neither open nor shape", axis.Name)
		}
		if len(axis.Values) == 0 || len(axis.Values) > 64 {
			return fmt.Errorf("axis %.40q has no values or too many", axis.Name)
		}
		for i := 1; i < len(axis.Values); i++ {
			if !(axis.Values[i] > axis.Values[i-1]) {
				return fmt.Errorf("axis %.40q does not rise", axis.Name)
			}
		}
		size *= len(axis.Values)
	}
	if len(f.Axes) == 0 || len(f.Axes) > 2 || f.First < 0 || f.First > frames-size {
		return fmt.Errorf("%d shapes from %d on are not inside %d frames", size, f.First, frames)
	}
	return nil
}

func (m *Manifest) checkIdle() error {
	i := m.Idle
	if i.Frames < 1 || i.Frames > 100000 || len(i.Breath) != i.Frames || len(i.Blink) != i.Frames {
		return errors.New("idle: breath and blink have not one phase per frame")
	}
	for _, l := range m.Layers {
		phases := map[string][]float64{"breath": i.Breath, "blink": i.Blink}[l.Name]
		for _, p := range phases {
			if !(p >= 0 && p <= float64(l.Frames-1)) {
				return fmt.Errorf("idle: phase %v of %s is outside its %d frames", p, l.Name, l.Frames)
			}
		}
	}
	return nil
}
