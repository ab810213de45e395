// Package atlas turns the coefficients of a face into a place among the rendered mouths of a pack. It knows no pictures.
package atlas

import (
	"math"

	"github.com/visavis-dev/visavis/sdk/face"
)

// Pose is a mouth in the terms of a pack's families (docs/packs.md): Open 0 to 1, Shape -1 (rounded) to 1 (spread), and
// the shares of the families press, bite and tongue.
type Pose struct {
	Open, Shape, Press, Bite, Tongue float64
}

const (
	// In the pictures a rounded or a spread mouth of the same opening has less jaw.
	jawLessRound, jawLessSpread = 0.42, 0.08
	// Lips part without the jaw, too.
	lowerParts, upperParts = 0.10, 0.06
)

// Of gives the pose for a face.
func Of(c face.Coefficients) Pose {
	shape := c[face.MouthStretch] - math.Max(c[face.MouthPucker], c[face.MouthFunnel])
	jaw := c[face.JawOpen] / (1 - jawLessRound*math.Max(0, -shape) - jawLessSpread*math.Max(0, shape))
	return Pose{
		Open:   math.Min(1, jaw+lowerParts*c[face.MouthLowerDown]+upperParts*c[face.MouthUpperUp]),
		Shape:  shape,
		Press:  math.Max(c[face.MouthClose], c[face.MouthPress]),
		Bite:   c[face.MouthBite],
		Tongue: math.Max(c[face.TongueUp], c[face.TongueOut]),
	}
}
