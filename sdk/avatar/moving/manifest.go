// Package moving reads avatars that move: films of a face at rest, where its mouth is in each frame, and the network that
// makes the mouth speak. It neither decodes films nor runs networks. docs/packs.md describes the format.
package moving

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/video"
)

// Filename is the manifest's name inside a pack.
const Filename = "moving.json"

// Format and Version name the packs that this package reads.
const (
	Format  = "visavis-moving"
	Version = 1
)

// Talk is the loop that a speaking face has; every pack has it.
const Talk = "talk"

func kind() sealed.Kind {
	return sealed.Kind{Filename: Filename, Most: maxManifest, Op: "read moving avatar"}
}

// Bounds of a pack.
const (
	maxManifest = 4 << 20
	maxFile     = 64 << 20
	maxFrames   = 10_000
	maxLoops    = 16
	maxWord     = 40
)

// Manifest is the content of moving.json.
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
	Loops     []Loop            `json:"loops,omitempty"`
	Mouth     *Mouth            `json:"mouth,omitempty"`
	// Derive, alone with the id, makes a pack of another size out of a larger one.
	Derive *Derive `json:"derive,omitempty"`
}

// File is a file of the pack.
type File = sealed.File

// Loop is a film whose last frame leads into its first.
type Loop struct {
	// Name is talk, or another kind of idle life: listen, think.
	Name   string `json:"name"`
	File   string `json:"file"`
	Frames int    `json:"frames"`
	// Mouth is the middle of the mouth's box, x and y in pixels: one place for all frames, or one for each.
	Mouth [][2]float64 `json:"mouth"`
}

// Mouth is the network that draws the mouth.
type Mouth struct {
	File string `json:"file"`
	// Face is the version of the coefficients that it was made for.
	Face int `json:"face"`
	// Box is what it redraws of a frame: width and height in pixels.
	Box [2]float64 `json:"box"`
}

// Derive names the pack that another is made of.
type Derive = sealed.Derive

func broken(err error) error { return kind().Broken(err) } //nolint:wrapcheck // a fault already

// readManifest reads and checks moving.json in a folder.
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
	if m.Derive != nil {
		if len(m.Files) > 0 || len(m.Loops) > 0 || m.Mouth != nil {
			return errors.New("a derived pack has no films of its own")
		}
		return m.Derive.Check() //nolint:wrapcheck // it says what is wrong
	}
	if m.FPS != video.FrameRate {
		return fmt.Errorf("fps %d is not %d", m.FPS, video.FrameRate)
	}
	return errors.Join(sealed.CheckSize(m.Width, m.Height), m.Files.Check(maxFile), m.checkLoops(), m.checkMouth(), m.checkPlaces())
}

func (m *Manifest) checkLoops() error {
	if len(m.Loops) > maxLoops {
		return fmt.Errorf("%d loops are more than %d", len(m.Loops), maxLoops)
	}
	names := map[string]bool{}
	for _, l := range m.Loops {
		if err := m.checkLoop(l); err != nil {
			return fmt.Errorf("loop %.40q: %w", l.Name, err)
		}
		if names[l.Name] {
			return fmt.Errorf("loop %.40q is there twice", l.Name)
		}
		names[l.Name] = true
	}
	if !names[Talk] {
		return fmt.Errorf("there is no loop %q", Talk)
	}
	return nil
}

func (m *Manifest) checkLoop(l Loop) error {
	if !isWord(l.Name) {
		return fmt.Errorf("its name is not 1 to %d of a–z, 0–9 and -", maxWord)
	}
	if _, listed := m.Files[l.File]; !listed {
		return fmt.Errorf("file %.80q is not listed", l.File)
	}
	if l.Frames < 1 || l.Frames > maxFrames {
		return fmt.Errorf("%d frames are not 1 to %d", l.Frames, maxFrames)
	}
	if len(l.Mouth) != 1 && len(l.Mouth) != l.Frames {
		return fmt.Errorf("%d mouths are neither one for all %d frames nor one for each", len(l.Mouth), l.Frames)
	}
	return nil
}

func (m *Manifest) checkMouth() error {
	if m.Mouth == nil {
		return errors.New("mouth is missing")
	}
	if _, listed := m.Files[m.Mouth.File]; !listed {
		return fmt.Errorf("mouth: file %.80q is not listed", m.Mouth.File)
	}
	if m.Mouth.Face != face.Version {
		return fmt.Errorf("mouth: it is made for version %d of the face coefficients, not for %d", m.Mouth.Face, face.Version)
	}
	if w, h := m.Mouth.Box[0], m.Mouth.Box[1]; !(w >= 16 && h >= 16 && w <= float64(m.Width) && h <= float64(m.Height)) {
		return fmt.Errorf("mouth: box %v is no part of a frame", m.Mouth.Box)
	}
	return nil
}

// overhang is how far the mouth's box may leave the picture, in pixels: it is moved in by so much, which rounding to even places does, too.
const overhang = 2

// checkPlaces tells whether the mouth's box lies in the picture wherever a mouth is: elsewhere it would redraw what is no mouth.
func (m *Manifest) checkPlaces() error {
	if m.Mouth == nil {
		return nil // it is told already
	}
	w, h := m.Mouth.Box[0]/2, m.Mouth.Box[1]/2
	for _, l := range m.Loops {
		for n, at := range l.Mouth {
			inside := at[0] >= w-overhang && at[1] >= h-overhang &&
				at[0] <= float64(m.Width)-w+overhang && at[1] <= float64(m.Height)-h+overhang
			if !inside {
				return fmt.Errorf("loop %.40q: frame %d: the mouth's box of %v×%v around %v is not inside the picture", l.Name, n, 2*w, 2*h, at)
			}
		}
	}
	return nil
}

// isWord tells whether a loop's name can stand in an address as it is.
func isWord(name string) bool {
	strange := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	return name != "" && len(name) <= maxWord && !strings.ContainsFunc(name, strange)
}

// even rounds to the nearest even number.
func even(v float64) int { return 2 * int(math.Round(v/2)) }
