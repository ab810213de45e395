package moving

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/video"
)

// Quality is libx264's crf for films: what it loses is below what the network's own noise does.
const Quality = 15

// network is the name of a pack's graph.
const network = "mouth.onnx"

// Draft is a pack to be written.
type Draft struct {
	ID, Licence, Character string
	Title                  map[string]string
	Width, Height          int
	Loops                  []DraftLoop
	// Mouth is the middle of the mouth's box, the same in every frame, and Box its width and height.
	Mouth, Box [2]float64
	// Network is the ONNX graph, made for this version of the coefficients.
	Network []byte
}

// DraftLoop is a loop to be written.
type DraftLoop struct {
	Name   string
	Frames int
	// Frame gives a frame as yuv420p; it is asked for each, in order.
	Frame func(n int) ([]byte, error)
}

// Write makes a pack's folder and gives the bytes of all its files. The folder appears when it is whole; with replace it takes the
// place of what stands there.
func Write(ctx context.Context, ffmpeg, dir string, d Draft, replace bool) (total int64, err error) {
	m := Manifest{
		Format: Format, Version: Version, ID: d.ID, Title: d.Title, Licence: d.Licence, Character: d.Character,
		Width: d.Width, Height: d.Height, FPS: video.FrameRate, Mouth: &Mouth{File: network, Face: face.Version, Box: d.Box},
	}
	err = sealed.Make(dir, replace, func(temporary string) error {
		if err := os.WriteFile(filepath.Join(temporary, network), d.Network, 0o644); err != nil { //nolint:gosec // packs are read by all
			return fmt.Errorf("write network: %w", err)
		}
		for _, l := range d.Loops {
			file := l.Name + ".mp4"
			if filepath.Base(file) != file {
				return fmt.Errorf("loop %.40q has no name of a file", l.Name)
			}
			film := video.Loop{File: filepath.Join(temporary, file), Width: d.Width, Height: d.Height}
			if err := film.Write(ctx, ffmpeg, Quality, l.Frames, l.Frame); err != nil {
				return fmt.Errorf("loop %s: %w", l.Name, err)
			}
			m.Loops = append(m.Loops, Loop{Name: l.Name, File: file, Frames: l.Frames, Mouth: [][2]float64{d.Mouth}})
		}
		total, err = m.write(temporary)
		return err
	})
	return total, err
}

// WriteDerived makes the folder of a pack of another size.
func WriteDerived(dir, id string, from Derive, replace bool) error {
	m := Manifest{Format: Format, Version: Version, ID: id, Derive: &from}
	return sealed.Make(dir, replace, func(temporary string) error { //nolint:wrapcheck // it says what was done
		_, err := m.write(temporary)
		return err
	})
}

// write lists the files of a folder and writes the manifest beside them.
func (m *Manifest) write(dir string) (total int64, err error) {
	files, err := sealed.List(dir)
	if err != nil {
		return 0, err //nolint:wrapcheck // it says what was done
	}
	if len(files) > 0 {
		m.Files = files
	}
	if err := m.check(); err != nil {
		return 0, err
	}
	length, err := sealed.WriteManifest(filepath.Join(dir, Filename), m)
	return files.Bytes() + length, err //nolint:wrapcheck // as above
}
