package musetalk

import (
	"errors"
	"fmt"
	"image"
	"math"
	"os"

	"golang.org/x/sys/unix"

	"github.com/visavis-dev/visavis/host/internal/pickle"
	"github.com/visavis-dev/visavis/host/internal/pickle/arrays"
)

// The sizes of a pickle. Nine hundred seconds of 720p are 62 GB; nobody has made one.
const (
	minPickle = 16
	maxPickle = 64 << 30
)

// openPickle maps a file into memory: its frames are never copied.
func openPickle(path string) (*Source, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() < minPickle || info.Size() > maxPickle {
		return nil, fmt.Errorf("it is no file of %d bytes to %d GiB", minPickle, maxPickle>>30)
	}
	raw, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map file: %w", err)
	}
	s, err := parsePickle(raw)
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(raw))
	}
	s.close = func() error { return unix.Munmap(raw) }
	return s, nil
}

// parsePickle reads the dictionary that precompute_avatar.py writes, in both of its forms and with the older names of its fields.
func parsePickle(raw []byte) (*Source, error) {
	v, err := arrays.Decode(raw)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says where
	}
	d, ok := v.(*pickle.Dict)
	if !ok {
		return nil, errors.New("it is no dictionary")
	}
	s := &Source{FPS: rate(field(d, "fps"))}
	pictures, err := s.pictures(field(d, "frames", "frame_list_cycle"))
	if err != nil {
		return nil, err
	}
	s.frame = func(n int) ([]byte, error) { return pictures[n], nil }
	boxes, err := items(field(d, "coords_list", "coord_list_cycle"), "coords_list")
	if err != nil {
		return nil, err
	}
	latents, err := items(field(d, "input_latent_list", "input_latent_list_cycle"), "input_latent_list")
	if err != nil {
		return nil, err
	}
	crop, err := s.cachedMask(d)
	if err != nil {
		return nil, err
	}
	margin, err := s.margin(d)
	if err != nil {
		return nil, err
	}
	if len(boxes) != len(pictures) {
		return nil, fmt.Errorf("it has %d frames and %d boxes", len(pictures), len(boxes))
	}
	return s, s.faces(boxes, latents, crop, margin)
}

// rate reads frames a second; 25 when nothing tells.
func rate(v pickle.Value) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case nil:
		return 25
	}
	if n, err := arrays.Int(v); err == nil {
		return float64(n)
	}
	return math.NaN()
}

// pictures are uint8 arrays of height, width and three colours.
func (s *Source) pictures(v pickle.Value) ([][]byte, error) {
	frames, err := items(v, "frames")
	if err != nil {
		return nil, err
	}
	if len(frames) > MaxFrames {
		return nil, fmt.Errorf("it has %d frames", len(frames))
	}
	all := make([][]byte, len(frames))
	for n, f := range frames {
		a, err := arrays.NumPy(f)
		if err != nil {
			return nil, fmt.Errorf("frame %d: %w", n, err)
		}
		if a.Type != arrays.Uint8 || len(a.Shape) != 3 || a.Shape[2] != 3 {
			return nil, fmt.Errorf("frame %d is an array of shape %v of %s", n, a.Shape, a.Type)
		}
		if n == 0 {
			s.Height, s.Width = a.Shape[0], a.Shape[1]
		}
		if a.Shape[0] != s.Height || a.Shape[1] != s.Width {
			return nil, fmt.Errorf("frame %d is %d×%d, the first is %d×%d", n, a.Shape[1], a.Shape[0], s.Width, s.Height)
		}
		all[n] = a.Data
	}
	return all, nil
}

// cachedMask reads the one mask that such a file has.
func (s *Source) cachedMask(d *pickle.Dict) (crop image.Rectangle, err error) {
	mask, square := field(d, "cached_mask", "mask_cache"), field(d, "cached_crop_box", "crop_box_cache")
	if mask == nil || square == nil {
		return crop, errors.New("it holds no mask (cached_mask, cached_crop_box): prepare the avatar anew from its film")
	}
	a, err := arrays.NumPy(mask)
	if err != nil {
		return crop, fmt.Errorf("its mask: %w", err)
	}
	if a.Type != arrays.Uint8 || len(a.Shape) != 2 {
		return crop, fmt.Errorf("its mask is an array of shape %v of %s", a.Shape, a.Type)
	}
	s.Masks = []Mask{{Width: a.Shape[1], Height: a.Shape[0], Pix: a.Data}}
	if crop, err = rectangle(square); err != nil {
		return crop, fmt.Errorf("its crop: %w", err)
	}
	return crop, nil
}

// margin is what must still be added below a face: the files that tell it have not added it.
func (s *Source) margin(d *pickle.Dict) (int, error) {
	v, told := d.Get("extra_margin")
	if !told || v == nil {
		return 0, nil
	}
	n, err := whole(v)
	if err != nil || n < 0 || n > maxSide {
		return 0, errors.New("its extra_margin is no number of pixels")
	}
	return n, nil
}

// faces joins boxes and latents. Some files leave out the latents of frames without a face, others hold None for them.
func (s *Source) faces(boxes, latents []pickle.Value, crop image.Rectangle, margin int) error {
	s.Faces = make([]*Face, len(boxes))
	found, next := 0, 0
	rectangles := make([]image.Rectangle, len(boxes))
	for n, v := range boxes {
		r, err := rectangle(v)
		if err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		if rectangles[n] = r; !isNone(r) {
			found++
		}
	}
	each := len(latents) == len(boxes)
	if !each && len(latents) != found {
		return fmt.Errorf("it has %d frames, %d of them with a face, and %d latents", len(boxes), found, len(latents))
	}
	for n, r := range rectangles {
		if isNone(r) || (each && latents[n] == nil) {
			continue
		}
		at := n
		if !each {
			at, next = next, next+1
		}
		latent, err := arrays.Torch(latents[at], nil)
		if err != nil {
			return fmt.Errorf("frame %d: %w", n, err)
		}
		r.Max.Y = min(r.Max.Y+margin, max(s.Height, r.Max.Y))
		s.Faces[n] = &Face{Box: r, Crop: crop, Latent: latent}
	}
	return nil
}
