package studio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// licence of what the studio renders.
const licence = "CC0-1.0"

// Packing is what a pack is made of.
type Packing struct {
	FFmpeg string
	// Loops are folders of the studio, Mouth the folder that learning wrote.
	Loops []string
	Mouth string
	// Character, if any, is the character file, which has the names for people.
	Character string
	// Out is the pack's folder, whose name is its id. With Replace it takes the place of what stands there.
	Out     string
	Replace bool
	// Also are packs of other sizes.
	Also []Size
	// Progress is told how far a loop is.
	Progress func(step string, done, all int)
}

// Size is a pack of another size.
type Size struct {
	Dir           string
	Width, Height int
}

// Packed is what was written.
type Packed struct {
	Bytes int64
	// Warnings are sentences on what will be seen.
	Warnings []string
}

// learned is mouth.json.
type learned struct {
	Character string `json:"character"`
	Face      int    `json:"face"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	// Scale is that of the renders that were learned from, in percent of 720p; 0 is that of the loops.
	Scale   int `json:"scale"`
	network []byte
}

// box gives the width and height of the crops that were learned from in a loop's pictures, where its mouths are so large.
func (m learned) box(l Loop) ([2]float64, error) {
	times := 1.0
	if m.Scale > 0 && l.Scale > 0 {
		times = float64(l.Scale) / float64(m.Scale)
	}
	var box [2]float64
	for i, side := range [2]int{m.Width, m.Height} {
		// Of crops of an uneven size it was their middle that was learned, a part of the network's grid smaller at most. Larger loops have
		// their borders rounded.
		left := float64(l.Box[i+2]-l.Box[i])/times - float64(side)
		whole := 4 * math.Round(left/4)
		if whole < 0 || whole >= grid || math.Abs(left-whole) >= 1 {
			return box, fmt.Errorf("make pack: the network has learned %d×%d, the loops' mouths are %d×%d and %.4g times as large",
				m.Width, m.Height, l.Box[2]-l.Box[0], l.Box[3]-l.Box[1], times)
		}
		box[i] = 2 * math.Round(times*float64(side)/2) // video's colours are half as wide
	}
	return box, nil
}

func readMouth(dir string) (learned, error) {
	var m learned
	raw, err := os.ReadFile(filepath.Join(dir, "mouth.json")) //nolint:gosec // the user names it
	if errors.Is(err, os.ErrNotExist) {
		return m, fmt.Errorf("read mouth: %s has no mouth.json: let it learn to its end (make mouth-train)", dir)
	}
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err == nil {
		m.network, err = os.ReadFile(filepath.Join(dir, "mouth.onnx")) //nolint:gosec // as above
	}
	if err != nil {
		return m, fmt.Errorf("read mouth: %w", err)
	}
	if m.Face != face.Version {
		return m, fmt.Errorf("read mouth: %s is made for version %d of the face coefficients, not for %d", dir, m.Face, face.Version)
	}
	return m, nil
}

// grid is what sides of a network's crops are multiples of.
const grid = 16

// Pack writes the pack and those of other sizes.
func Pack(ctx context.Context, p Packing) (Packed, error) {
	var made Packed
	mouth, err := readMouth(p.Mouth)
	if err != nil {
		return made, err
	}
	title, err := p.title(mouth.Character)
	if err != nil {
		return made, err
	}
	draft := moving.Draft{ID: filepath.Base(p.Out), Licence: licence, Character: mouth.Character, Title: title, Network: mouth.network}
	seams := make([]seam, len(p.Loops))
	var first Loop
	for n, dir := range p.Loops {
		loop, err := ReadLoop(dir)
		if err != nil {
			return made, err
		}
		if n == 0 {
			first = loop
			draft.Width, draft.Height = loop.Width, loop.Height
		}
		if loop.Width != draft.Width || loop.Height != draft.Height || loop.Box != first.Box || loop.Scale != first.Scale {
			return made, fmt.Errorf("make pack: %s is of another size than %s", dir, p.Loops[0])
		}
		draft.Loops = append(draft.Loops, p.loop(loop, &seams[n]))
	}
	if !slices.ContainsFunc(draft.Loops, func(l moving.DraftLoop) bool { return l.Name == moving.Talk }) {
		return made, errors.New("make pack: none of the loops is that of a talking face")
	}
	// What was learned from are crops of this one place, with the head moving inside them: so are what the engine redraws.
	if draft.Box, err = mouth.box(first); err != nil {
		return made, err
	}
	draft.Mouth = [2]float64{float64(first.Box[0]+first.Box[2]) / 2, float64(first.Box[1]+first.Box[3]) / 2}
	if made.Bytes, err = moving.Write(ctx, p.FFmpeg, p.Out, draft, p.Replace); err != nil {
		return made, err //nolint:wrapcheck // it says what was done
	}
	for n, s := range seams {
		if s.jumps() {
			made.Warnings = append(made.Warnings, fmt.Sprintf("%s jumps where it starts again: %.2f, its largest step is %.2f",
				draft.Loops[n].Name, s.jump, s.step))
		}
	}
	return made, p.derive()
}

func (p Packing) loop(l Loop, s *seam) moving.DraftLoop {
	frame, name := watch(l, s), l.name()
	return moving.DraftLoop{Name: name, Frames: l.Frames, Frame: func(n int) ([]byte, error) {
		p.Progress(name, n, l.Frames)
		return frame(n)
	}}
}

// title gives the names in the character file.
func (p Packing) title(character string) (map[string]string, error) {
	if p.Character == "" {
		return nil, nil //nolint:nilnil // a pack without names is one
	}
	c, err := ReadCharacter(p.Character)
	if err != nil {
		return nil, err
	}
	if c.Name != character {
		return nil, fmt.Errorf("make pack: the mouth is that of %q, not of %q", character, c.Name)
	}
	return c.Title, nil
}

func (p Packing) derive() error {
	for _, size := range p.Also {
		from, err := filepath.Rel(size.Dir, p.Out)
		if err != nil {
			return fmt.Errorf("make pack: %w", err)
		}
		derived := moving.Derive{From: filepath.ToSlash(from), Width: size.Width, Height: size.Height}
		if err := moving.WriteDerived(size.Dir, filepath.Base(size.Dir), derived, p.Replace); err != nil {
			return err //nolint:wrapcheck // it says what was done
		}
		if _, err := moving.Root(size.Dir); err != nil {
			return fmt.Errorf("make pack: %s is too far from %s: %w", size.Dir, p.Out, err)
		}
	}
	return nil
}

// ParseSize reads a folder and a size: DIR=1920x1080.
func ParseSize(text string) (Size, error) {
	dir, size, found := strings.Cut(text, "=")
	s := Size{Dir: filepath.Clean(dir)}
	if _, err := fmt.Sscanf(size, "%dx%d", &s.Width, &s.Height); err != nil || !found || dir == "" {
		return s, fault.New(fault.Invalid, "read size", "", fmt.Errorf("%q is not as in precomputed/1080p/anna_1080p=1920x1080", text))
	}
	return s, nil
}
