package avatar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
	"github.com/visavis-dev/visavis/sdk/video/h264"
)

// Info is what a listing tells of a pack.
type Info struct {
	ID string
	// Path is the pack's folder, absolute.
	Path string
	// Source is the folder whose files it uses: Path, or that of the pack which it is derived from.
	Source string
	// Format is that of manifests' lipsync.packs, for example visavis-pack/1.
	Format string
	// Width and Height of its videos, in pixels.
	Width, Height int
	// Loops are the names of its films of the face at rest; packs of pictures have none.
	Loops []string
}

// List finds the packs under root, at most two folders deep, by reading their manifests alone. Broken packs are
// left out and reported in errs.
func List(root string) (packs []Info, errs []error) { return Find(root, Filename, Look) }

// Find lists packs of any kind: the folders under root, at most two deep, that hold a manifest of this name, as look
// tells of each. Those that it refuses are left out and reported in errs.
func Find(root, manifest string, look func(dir string) (Info, error)) (packs []Info, errs []error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, []error{fmt.Errorf("list packs: %w", err)}
	}
	dirs := []string{root}
	for range 2 {
		dirs = below(dirs)
		for _, dir := range dirs {
			if _, err := os.Stat(filepath.Join(dir, manifest)); err != nil {
				continue
			}
			info, err := look(dir)
			if err == nil {
				err = CheckFolder(dir[len(root):])
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("pack %q: %w", filepath.Base(dir), err))
				continue
			}
			packs = append(packs, info)
		}
	}
	return packs, errs
}

// CheckFolder tells whether a folder has a name that an engine can be told.
func CheckFolder(path string) error {
	if !utf8.ValidString(path) {
		return errors.New("the name of its folder is not UTF-8, so that nobody could ask for it")
	}
	return nil
}

// below gives what lies in folders, by name; those that cannot be read are empty.
func below(dirs []string) []string {
	var found []string
	for _, dir := range dirs {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found
}

// Look tells what a listing tells of a pack; one whose files are not there, or that is derived from what is not there, is broken. Errors are fault.NotFound and fault.Invalid.
func Look(dir string) (Info, error) {
	m, err := readManifest(dir)
	if err != nil {
		return Info{}, err
	}
	info := Info{ID: m.ID, Path: dir, Source: dir, Format: fmt.Sprintf("%s/%d", Format, Version), Width: m.Width, Height: m.Height}
	if m.Derive != nil {
		info.Width, info.Height = m.Derive.Width, m.Derive.Height
		if info.Source, err = Root(dir); err != nil {
			return info, err
		}
		if m, err = readManifest(info.Source); err != nil {
			return info, err
		}
	}
	if err := m.Files.Present(info.Source); err != nil {
		return info, broken(err)
	}
	return info, nil
}

// Pack is an avatar in memory. It is not changed after Open, so that renderers can share it.
type Pack struct {
	ID            string
	Width, Height int
	// Base is a yuv420p frame.
	Base   []byte
	Layers []Pictures
	Idle   Idle
}

// Pictures are a layer in memory.
type Pictures struct {
	Layer
	// Stack holds the layer's frames as yuv420p of the box's size.
	Stack [][]byte
	// Luma and Chroma are the mask at full and at half size, 0 to 255; nil is opaque.
	Luma, Chroma []byte
}

// Root gives the folder of the pack whose pictures a pack uses: its own, or that which it is derived from.
func Root(path string) (string, error) {
	return kind().Root(path, func(dir string) (*Derive, error) { //nolint:wrapcheck // faults already
		m, err := readManifest(dir)
		if err != nil {
			return nil, err
		}
		return m.Derive, nil
	})
}

// Open reads a pack whole, with every checksum, and decodes its pictures. For a derived pack it opens the one that it is
// derived from. Errors are fault.NotFound, fault.Invalid, or what ffmpeg's absence is.
func Open(ctx context.Context, path, ffmpeg string) (*Pack, error) {
	dir, err := Root(path)
	if err != nil {
		return nil, err
	}
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	if err := m.Files.Verify(dir); err != nil {
		return nil, broken(err)
	}
	if err := m.checkFilms(dir); err != nil {
		return nil, broken(err)
	}
	p := &Pack{ID: m.ID, Width: m.Width, Height: m.Height, Idle: *m.Idle}
	base, err := video.DecodeStack(ctx, ffmpeg, video.Stack{
		File: filepath.Join(dir, m.Base.File), Width: m.Width, Height: m.Height, MaxFrames: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	p.Base = base[0]
	for _, l := range m.Layers {
		pictures, err := openLayer(ctx, dir, ffmpeg, l)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.Name, err)
		}
		p.Layers = append(p.Layers, pictures)
	}
	return p, nil
}

// checkFilms tells whether base and stacks are of the form that docs/packs.md asks for: others would be decoded to something else than is meant.
func (m *Manifest) checkFilms(dir string) error {
	check := func(file string, width, height int) error {
		film, err := m.Files.Read(dir, file)
		if err != nil {
			return err //nolint:wrapcheck // it says what is wrong
		}
		return h264.Check(film, h264.Wanted{Width: width, Height: height})
	}
	if err := check(m.Base.File, m.Width, m.Height); err != nil {
		return fmt.Errorf("base: %w", err)
	}
	for _, l := range m.Layers {
		if err := check(l.File, l.Box[2], l.Box[3]); err != nil {
			return fmt.Errorf("layer %s: %w", l.Name, err)
		}
	}
	return nil
}

// Preview gives the still picture of a pack as JPEG, in the size of its videos. Errors are those of Open.
func Preview(ctx context.Context, path, ffmpeg string) ([]byte, error) {
	own, err := readManifest(path)
	if err != nil {
		return nil, err
	}
	dir, err := Root(path)
	if err != nil {
		return nil, err
	}
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, m.Base.File)
	if err := m.Files.VerifyOne(dir, m.Base.File); err != nil {
		return nil, broken(err)
	}
	width, height := m.Width, m.Height
	if own.Derive != nil {
		width, height = own.Derive.Width, own.Derive.Height
	}
	picture, err := video.Still(ctx, ffmpeg, file, width, height)
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	return picture, nil
}

func openLayer(ctx context.Context, dir, ffmpeg string, l Layer) (Pictures, error) {
	p := Pictures{Layer: l}
	stack, err := video.DecodeStack(ctx, ffmpeg, video.Stack{
		File: filepath.Join(dir, l.File), Width: l.Box[2], Height: l.Box[3], MaxFrames: l.Frames,
	})
	if err != nil {
		return p, err //nolint:wrapcheck // the caller names the layer
	}
	if len(stack) != l.Frames {
		return p, broken(fmt.Errorf("%d frames, not %d", len(stack), l.Frames))
	}
	p.Stack = stack
	if l.Mask == "" {
		return p, nil
	}
	p.Luma, p.Chroma, err = openMask(filepath.Join(dir, l.Mask), l.Box[2], l.Box[3])
	return p, err
}

// openMask reads a mask at full size and averages it to half.
func openMask(path string, width, height int) (luma, chroma []byte, err error) {
	raw, err := os.ReadFile(path) //nolint:gosec // a plain name inside the pack, of a checked size
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "read mask", "", err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil || config.Width != width || config.Height != height {
		return nil, nil, broken(fmt.Errorf("mask is no PNG of %d×%d", width, height))
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, nil, broken(fmt.Errorf("mask: %w", err))
	}
	luma = make([]byte, width*height)
	for y := range height {
		for x := range width {
			luma[y*width+x] = grey(picture, x, y)
		}
	}
	chroma = make([]byte, width/2*height/2)
	for y := range height / 2 {
		for x := range width / 2 {
			at := 2*y*width + 2*x
			sum := int(luma[at]) + int(luma[at+1]) + int(luma[at+width]) + int(luma[at+width+1])
			chroma[y*(width/2)+x] = byte((sum + 2) / 4) //nolint:gosec // a mean of bytes
		}
	}
	return luma, chroma, nil
}

func grey(picture image.Image, x, y int) byte {
	g, _ := color.GrayModel.Convert(picture.At(picture.Bounds().Min.X+x, picture.Bounds().Min.Y+y)).(color.Gray)
	return g.Y
}
