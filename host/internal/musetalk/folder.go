package musetalk

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/visavis-dev/visavis/host/internal/pickle"
	"github.com/visavis-dev/visavis/host/internal/pickle/arrays"
)

// Bounds of the files in a folder, in bytes.
const (
	maxCoordinates = 64 << 20
	maxPicture     = 64 << 20
)

// openFolder reads what MuseTalk and LiveTalking write: full_imgs, mask, coords.pkl, mask_coords.pkl, latents.pt. MuseTalk
// writes everything twice, the second time backwards; once is enough.
func openFolder(path string) (*Source, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	s := &Source{FPS: 25, close: root.Close}
	if err := s.readFolder(root); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return s, nil
}

func (s *Source) readFolder(root *os.Root) error {
	boxes, err := rectangles(root, "coords.pkl")
	if err != nil {
		return err
	}
	crops, err := rectangles(root, "mask_coords.pkl")
	if err != nil {
		return err
	}
	latents, err := latentsOf(root)
	if err != nil {
		return err
	}
	frames, err := numbered(root, "full_imgs")
	if err != nil {
		return err
	}
	masks, err := numbered(root, "mask")
	if err != nil {
		return err
	}
	if len(boxes) != len(frames) || len(crops) != len(frames) || len(latents) != len(frames) || len(masks) != len(frames) {
		return fmt.Errorf("it has %d pictures, %d boxes, %d crops, %d latents and %d masks",
			len(frames), len(boxes), len(crops), len(latents), len(masks))
	}
	n := len(frames)
	if mirrored(boxes, latents) {
		n /= 2
	}
	s.frame = func(n int) ([]byte, error) { return s.readFrame(root, frames[n]) }
	if n > 0 {
		first, err := picture(root, frames[0])
		if err != nil {
			return err
		}
		s.Width, s.Height = first.Bounds().Dx(), first.Bounds().Dy()
	}
	s.Faces = make([]*Face, n)
	for i := range n {
		if isNone(boxes[i]) {
			continue
		}
		mask, err := s.readMask(root, masks[i])
		if err != nil {
			return err
		}
		s.Faces[i] = &Face{Box: boxes[i], Crop: crops[i], Latent: latents[i], Mask: mask}
	}
	return nil
}

// mirrored tells whether the second half is the first one backwards.
func mirrored(boxes []image.Rectangle, latents []arrays.Array) bool {
	n := len(boxes)
	if n < 2 || n%2 != 0 {
		return false
	}
	for i := range n / 2 {
		if boxes[i] != boxes[n-1-i] || !bytes.Equal(latents[i].Data, latents[n-1-i].Data) {
			return false
		}
	}
	return true
}

func read(root *os.Root, name string, most int64) ([]byte, error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(raw)) > most {
		return nil, fmt.Errorf("read %s: it has more than %d bytes", name, most)
	}
	return raw, nil
}

func rectangles(root *os.Root, name string) ([]image.Rectangle, error) {
	raw, err := read(root, name, maxCoordinates)
	if err != nil {
		return nil, err
	}
	v, err := arrays.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	list, err := items(v, "coordinates")
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	all := make([]image.Rectangle, len(list))
	for i, item := range list {
		if all[i], err = rectangle(item); err != nil {
			return nil, fmt.Errorf("read %s: entry %d: %w", name, i, err)
		}
	}
	return all, nil
}

func latentsOf(root *os.Root) ([]arrays.Array, error) {
	file, err := root.Open("latents.pt")
	if err != nil {
		return nil, fmt.Errorf("read latents: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read latents: %w", err)
	}
	v, storages, err := arrays.DecodeTorch(file, info.Size())
	if err != nil {
		return nil, fmt.Errorf("read latents.pt: %w", err)
	}
	list, ok := v.(*pickle.List)
	if !ok {
		return nil, errors.New("read latents.pt: it is no list")
	}
	if len(list.Items) > 2*MaxFrames {
		return nil, fmt.Errorf("read latents.pt: it has %d entries", len(list.Items))
	}
	all := make([]arrays.Array, len(list.Items))
	for i, item := range list.Items {
		if all[i], err = arrays.Torch(item, storages); err != nil {
			return nil, fmt.Errorf("read latents.pt: entry %d: %w", i, err)
		}
	}
	return all, nil
}

// numbered lists the pictures of a folder in their order.
func numbered(root *os.Root, folder string) ([]string, error) {
	dir, err := root.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", folder, err)
	}
	defer func() { _ = dir.Close() }()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", folder, err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".png") && e.Type().IsRegular() {
			names = append(names, filepath.Join(folder, e.Name()))
		}
	}
	slices.Sort(names) // their numbers have eight digits
	return names, nil
}

// picture reads a PNG of a size that fits.
func picture(root *os.Root, name string) (image.Image, error) {
	raw, err := read(root, name, maxPicture)
	if err != nil {
		return nil, err
	}
	config, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if config.Width > 2*maxSide || config.Height > 2*maxSide {
		return nil, fmt.Errorf("read %s: it is %d×%d", name, config.Width, config.Height)
	}
	p, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return p, nil
}

// readFrame gives a picture as blue, green and red.
func (s *Source) readFrame(root *os.Root, name string) ([]byte, error) {
	p, err := picture(root, name)
	if err != nil {
		return nil, err
	}
	b := p.Bounds()
	if b.Dx() != s.Width || b.Dy() != s.Height {
		return nil, fmt.Errorf("read %s: it is %d×%d, the first is %d×%d", name, b.Dx(), b.Dy(), s.Width, s.Height)
	}
	rgba := image.NewRGBA(image.Rect(0, 0, s.Width, s.Height))
	draw.Draw(rgba, rgba.Bounds(), p, b.Min, draw.Src)
	out := make([]byte, 3*s.Width*s.Height)
	for i := range s.Width * s.Height {
		out[3*i], out[3*i+1], out[3*i+2] = rgba.Pix[4*i+2], rgba.Pix[4*i+1], rgba.Pix[4*i]
	}
	return out, nil
}

// readMask gives the place of a mask among the source's; one that is there already is not kept twice.
func (s *Source) readMask(root *os.Root, name string) (int, error) {
	p, err := picture(root, name)
	if err != nil {
		return 0, err
	}
	b := p.Bounds()
	m := Mask{Width: b.Dx(), Height: b.Dy(), Pix: make([]byte, b.Dx()*b.Dy())}
	for y := range m.Height {
		for x := range m.Width {
			m.Pix[y*m.Width+x] = color.GrayModel.Convert(p.At(b.Min.X+x, b.Min.Y+y)).(color.Gray).Y //nolint:forcetypeassert // the model's own
		}
	}
	if n := len(s.Masks); n > 0 && s.Masks[n-1].Width == m.Width && s.Masks[n-1].Height == m.Height && bytes.Equal(s.Masks[n-1].Pix, m.Pix) {
		return n - 1, nil
	}
	s.Masks = append(s.Masks, m)
	return len(s.Masks) - 1, nil
}
