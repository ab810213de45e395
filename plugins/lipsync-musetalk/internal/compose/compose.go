// Package compose puts a new face into a frame. It knows no networks and no files.
package compose

import "image"

// Side is the width and height of a new face, in pixels.
const Side = 256

// Patch is a part of a picture: 8 bits each of blue, green and red.
type Patch struct {
	Rect image.Rectangle
	Pix  []byte
}

// NewPatch makes a black one.
func NewPatch(r image.Rectangle) Patch { return Patch{Rect: r, Pix: make([]byte, 3*r.Dx()*r.Dy())} }

// row gives the pixels from (x, y) to the right end.
func (p Patch) row(x, y int) []byte {
	at := 3 * ((y-p.Rect.Min.Y)*p.Rect.Dx() + x - p.Rect.Min.X)
	return p.Pix[at : 3*(y-p.Rect.Min.Y+1)*p.Rect.Dx()]
}

// Blend mixes by the reference's whole numbers: t = a(255-m) + bm + 128, (t + t/256)/256.
func Blend(a, b, m byte) byte {
	t := uint32(a)*(255-uint32(m)) + uint32(b)*uint32(m) + 128
	return byte((t + t>>8) >> 8) //nolint:gosec // it is never more than 255
}

// Face is where and how a new face stands in a frame.
type Face struct {
	// Box is what the face covers; Crop is what the mask covers, in pixels of the frame. Mask may reach outside.
	Box, Crop image.Rectangle
	// Mask has 8 bits a pixel and the crop's size.
	Mask *image.Gray
}

// Draw puts a face of 256 × 256 pixels into onto, which holds the part of the frame that the mask touches. Level, 0 to 1,
// is how much of it is seen.
func (f Face) Draw(onto Patch, face []byte, level float32) {
	if level <= 0 {
		return
	}
	scaled := Resize(face, f.Box.Dx(), f.Box.Dy())
	area := f.Box.Intersect(f.Crop).Intersect(onto.Rect)
	share := uint32(min(level, 1)*256 + 0.5)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		to := onto.row(area.Min.X, y)
		from := scaled[3*((y-f.Box.Min.Y)*f.Box.Dx()+area.Min.X-f.Box.Min.X):]
		mask := f.Mask.Pix[(y-f.Crop.Min.Y)*f.Mask.Stride+area.Min.X-f.Crop.Min.X:]
		for x := range area.Dx() {
			m := byte(uint32(mask[x]) * share >> 8) //nolint:gosec // it is never more than the mask
			if m == 0 {
				continue
			}
			for c := 3 * x; c < 3*x+3; c++ {
				to[c] = Blend(to[c], from[c], m)
			}
		}
	}
}

// Touched is the part of a frame that a face can change: where its mask is not zero, inside box and frame.
func (f Face) Touched(frame image.Rectangle) image.Rectangle {
	area := f.Box.Intersect(f.Crop).Intersect(frame)
	var touched image.Rectangle
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := f.Mask.Pix[(y-f.Crop.Min.Y)*f.Mask.Stride:]
		for x := area.Min.X; x < area.Max.X; x++ {
			if row[x-f.Crop.Min.X] != 0 {
				touched = touched.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return touched
}

// Mix gives the picture between two, for frames that no network has drawn: share is that of the second, 0 to 1.
func Mix(first, second []byte, share float32) []byte {
	out := make([]byte, len(first))
	w := uint32(share*256 + 0.5)
	for i := range out {
		out[i] = byte((uint32(first[i])*(256-w) + uint32(second[i])*w + 128) >> 8) //nolint:gosec // it lies between the two
	}
	return out
}
