package prepare

import (
	"image"
	"math"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/raster"
)

// Parts of a face, by the parser's classes.
const (
	skin  = 1
	nose  = 10
	mouth = 11 // and the two lips behind it
	lips  = 13
)

// cheek is how far from the middle the mask is drawn wide, in pixels of a parsed face.
const cheek = 90

// seenParts is where a new face may be seen in a parsed one: MuseTalk 1.5's mask of the jaw, or 1.0's of skin and mouth.
func seenParts(classes []byte, jaw bool) raster.Picture {
	const side = networks.ParsedSide
	mask := raster.New(side, side, 1)
	for i, c := range classes {
		if c == skin || (!jaw && c >= mouth && c <= lips) {
			mask.Pix[i] = 255
		}
	}
	if !jaw {
		return mask
	}
	wide := mask.Dilate(jawKernel())
	narrow := wide.Erode(cheekKernel()).Erode(cheekKernel())
	for i, c := range classes {
		switch x := i%side - side/2; {
		case c >= mouth && c <= lips:
			mask.Pix[i] = 255
		case c == nose:
			mask.Pix[i] = 0
		case x > -cheek && x < cheek:
			mask.Pix[i] = wide.Pix[i]
		default:
			mask.Pix[i] = narrow.Pix[i]
		}
	}
	return mask
}

// jawKernel is a wedge that widens downwards, 33 × 33 around its middle.
func jawKernel() []image.Point {
	var all []image.Point
	for row := 10; row < 33; row++ {
		half := min(row-10, 10)
		for x := -half; x <= half; x++ {
			all = append(all, image.Pt(x, row-16))
		}
	}
	return all
}

// cheekKernel is OpenCV's ellipse of 35 × 3.
func cheekKernel() []image.Point {
	all := []image.Point{{X: 0, Y: -1}, {X: 0, Y: 1}}
	for x := -17; x <= 17; x++ {
		all = append(all, image.Pt(x, 0))
	}
	return all
}

// oval stands for the parts of a face that nobody parsed: the lower half of an ellipse in its box.
func oval(box, crop image.Rectangle) raster.Picture {
	mask := raster.New(crop.Dx(), crop.Dy(), 1)
	cx, cy := float64(box.Min.X+box.Max.X)/2, float64(box.Min.Y+box.Max.Y)/2
	rx, ry := float64(box.Dx())*0.46, float64(box.Dy())*0.48
	for y := range crop.Dy() {
		for x := range crop.Dx() {
			dx := (float64(crop.Min.X+x) + 0.5 - cx) / rx
			dy := (float64(crop.Min.Y+y) + 0.5 - cy) / ry
			if math.Hypot(dx, dy) <= 1 {
				mask.Pix[y*crop.Dx()+x] = 255
			}
		}
	}
	return mask
}

// upper is the share of a crop, from above, where nothing is seen of a new face.
const upper = 0.5

// finish keeps of a mask what lies in the box and below the middle, and softens it.
func finish(mask raster.Picture, box, crop image.Rectangle) *image.Gray {
	inner := box.Sub(crop.Min)
	for y := range mask.Height {
		for x := range mask.Width {
			if !image.Pt(x, y).In(inner) || y < int(float64(mask.Height)*upper) {
				mask.Pix[y*mask.Width+x] = 0
			}
		}
	}
	size := int(math.Floor(0.1*float64(mask.Width)/2)*2) + 1
	soft := mask.Blur(size)
	return &image.Gray{Pix: soft.Pix, Stride: soft.Width, Rect: image.Rect(0, 0, soft.Width, soft.Height)}
}
