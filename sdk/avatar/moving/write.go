package moving

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
		Width: d.Width, Height: d.Height, FPS: video.FrameRate, Files: map[string]File{}, Mouth: &Mouth{File: network, Face: face.Version, Box: d.Box},
	}
	err = within(dir, replace, func(temporary string) error {
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
	return within(dir, replace, func(temporary string) error {
		_, err := m.write(temporary)
		return err
	})
}

// within fills a folder that is not seen before it is whole.
func within(dir string, replace bool, fill func(temporary string) error) (err error) {
	if _, err := os.Lstat(dir); err == nil && !replace {
		return fmt.Errorf("write pack: %q is there already", dir)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // packs are read by plugins of other users
		return fmt.Errorf("write pack: %w", err)
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".moving-*")
	if err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	made := filepath.Join(temporary, "new")
	if err := os.Mkdir(made, 0o755); err != nil { //nolint:gosec // as above
		return fmt.Errorf("write pack: %w", err)
	}
	if err := fill(made); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	if err := os.Rename(dir, filepath.Join(temporary, "old")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write pack: %w", err)
	}
	if err := os.Rename(made, dir); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	return nil
}

// write lists the files of a folder and writes the manifest beside them.
func (m *Manifest) write(dir string) (total int64, err error) {
	made, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("list files: %w", err)
	}
	for _, entry := range made {
		f, err := listed(filepath.Join(dir, entry.Name()))
		if err != nil {
			return 0, err
		}
		m.Files[entry.Name()] = f
		total += f.Bytes
	}
	if err := m.check(); err != nil {
		return 0, err
	}
	raw, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return 0, fmt.Errorf("write manifest: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, Filename), append(raw, '\n'), 0o644); err != nil { //nolint:gosec // as above
		return 0, fmt.Errorf("write manifest: %w", err)
	}
	return total + int64(len(raw)) + 1, nil
}

// listed gives a file's length and checksum.
func listed(path string) (File, error) {
	file, err := os.Open(path) //nolint:gosec // names of our own making
	if err != nil {
		return File{}, fmt.Errorf("list files: %w", err)
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	n, err := io.Copy(hash, file)
	if err != nil {
		return File{}, fmt.Errorf("list files: %w", err)
	}
	return File{SHA256: hex.EncodeToString(hash.Sum(nil)), Bytes: n}, nil
}
