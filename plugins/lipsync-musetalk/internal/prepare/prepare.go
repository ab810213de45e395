// Package prepare finds the face in each frame of a film and makes what MuseTalk needs of it: box, crop, mask and latent. It
// reads no films and writes no packs.
package prepare

import (
	"image"
	"math"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/raster"
)

// Models are the networks that it asks.
type Models interface {
	Detect(picture []byte, width, height int) ([]networks.Place, error)
	Find(picture []byte) ([][2]float32, error)
	Parse(picture []byte) ([]byte, error)
	Encode(pictures []float32, n int) ([]float32, error)
}

// Preparer prepares frames. Safe for concurrent use.
type Preparer struct {
	Models Models
	// Box, unless empty, is where the face is in all frames: nobody looks for it.
	Box image.Rectangle
	// Parses tells that the models can tell the parts of a face apart; else masks are ovals.
	Parses bool
	// First makes boxes and masks as MuseTalk 1.0 does, with Shift pixels between nose and middle.
	First bool
	Shift int
}

// Face is what was made of a frame.
type Face struct {
	Box, Crop image.Rectangle
	Mask      *image.Gray
	// Latent has 8 × 32 × 32 values.
	Latent []float32
}

// Prepare makes what is needed of a frame of blue, green and red; nil when it shows no face.
func (p *Preparer) Prepare(frame raster.Picture) (*Face, error) {
	box := p.Box.Intersect(image.Rect(0, 0, frame.Width, frame.Height))
	if p.Box.Empty() {
		var err error
		if box, err = p.find(frame); err != nil {
			return nil, err
		}
	}
	if box.Empty() {
		return nil, nil //nolint:nilnil // no face and no error, as it says above
	}
	f := &Face{Box: box, Crop: Crop(box)}
	var err error
	if f.Mask, err = p.mask(frame, f); err != nil {
		return nil, err
	}
	f.Latent, err = p.latent(frame.Cut(box))
	return f, err
}

const (
	// certain is the score from which a place is a face.
	certain = 0.5
	// padding is how much more than the whole picture the landmarks' network sees.
	padding = 1.25
	// below is how many pixels MuseTalk 1.5 adds under the chin.
	below = 10
	// expand is how much larger a crop is than its box.
	expand = 1.5
)

// The face among the points of a person, and the middle of its nose among them.
const (
	faceFirst, faceLast = 23, 91
	noseMiddle          = 29
)

// find gives the face's box: by its points where they make one, else as it was detected. It is empty when there is no face.
func (p *Preparer) find(frame raster.Picture) (image.Rectangle, error) {
	none := image.Rectangle{}
	places, err := p.Models.Detect(frame.Pix, frame.Width, frame.Height)
	if err != nil {
		return none, err //nolint:wrapcheck // it says what was done
	}
	best := networks.Place{Score: certain}
	for _, place := range places {
		if place.Score > best.Score {
			best = place
		}
	}
	if best.Score == certain {
		return none, nil
	}
	points, err := p.points(frame)
	if err != nil {
		return none, err
	}
	box := boxOf(points, p.shift())
	if box.Dx() <= 0 || box.Dy() <= 0 || box.Min.X < 0 {
		box = image.Rectangle{Min: image.Pt(whole(best.Left), whole(best.Top)), Max: image.Pt(whole(best.Right), whole(best.Bottom))}
	}
	if !p.First {
		box.Max.Y += below
	}
	if box.Dx() <= 0 || box.Dy() <= 0 {
		return none, nil
	}
	return box.Intersect(image.Rect(0, 0, frame.Width, frame.Height)), nil
}

func (p *Preparer) shift() int {
	if p.First {
		return p.Shift
	}
	return 0
}

func whole(v float32) int { return int(max(v, 0)) }

// points finds the 68 points of the face of one person who fills the frame.
func (p *Preparer) points(frame raster.Picture) ([]image.Point, error) {
	const wide, high = networks.PersonWidth, networks.PersonHeight
	width, height := float64(frame.Width)*padding, float64(frame.Height)*padding
	if width > height*wide/high {
		height = width * high / wide
	} else {
		width = height * wide / high
	}
	ratio := width / wide
	left, top := float64(frame.Width)/2-width/2, float64(frame.Height)/2-height/2
	found, err := p.Models.Find(frame.Warp(wide, high, ratio, left, top).Pix)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what was done
	}
	points := make([]image.Point, 0, faceLast-faceFirst)
	for _, at := range found[faceFirst:faceLast] {
		points = append(points, image.Pt(int(float64(at[0])*ratio+left), int(float64(at[1])*ratio+top)))
	}
	return points, nil
}

// boxOf is as far above the nose as the chin is below it. It may be inside out.
func boxOf(points []image.Point, shift int) image.Rectangle {
	box := image.Rectangle{Min: image.Pt(math.MaxInt, 0), Max: image.Pt(math.MinInt, math.MinInt)}
	for _, at := range points {
		box.Min.X, box.Max.X, box.Max.Y = min(box.Min.X, at.X), max(box.Max.X, at.X), max(box.Max.Y, at.Y)
	}
	box.Min.Y = max(0, 2*(points[noseMiddle].Y+shift)-box.Max.Y)
	return box
}

// Crop is the square around a box that its mask is for; it may leave the frame.
func Crop(box image.Rectangle) image.Rectangle {
	middle := image.Pt((box.Min.X+box.Max.X)/2, (box.Min.Y+box.Max.Y)/2)
	half := int(float64(max(box.Dx(), box.Dy())/2) * expand)
	return image.Rect(middle.X-half, middle.Y-half, middle.X+half, middle.Y+half)
}

func (p *Preparer) mask(frame raster.Picture, f *Face) (*image.Gray, error) {
	if !p.Parses {
		return finish(oval(f.Box, f.Crop), f.Box, f.Crop), nil
	}
	const side = networks.ParsedSide
	classes, err := p.Models.Parse(frame.Cut(f.Crop).Resample(side, side, raster.Bilinear()).Pix)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what was done
	}
	seen := seenParts(classes, !p.First).Resample(f.Crop.Dx(), f.Crop.Dy(), raster.Bicubic())
	return finish(seen, f.Box, f.Crop), nil
}

// latent encodes a face without its lower half, and whole.
func (p *Preparer) latent(face raster.Picture) ([]float32, error) {
	const side = networks.EncodedSide
	scaled := face.Lanczos4(side, side)
	const plane = side * side
	both := make([]float32, 6*plane)
	for i := range plane {
		for c := range 3 { // red, green, blue
			v := float32(scaled.Pix[3*i+2-c])/255*2 - 1
			both[(3+c)*plane+i] = v
			if i >= plane/2 {
				v = -1
			}
			both[c*plane+i] = v
		}
	}
	return p.Models.Encode(both, 2) //nolint:wrapcheck // it says what was done
}
