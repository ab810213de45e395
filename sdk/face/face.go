// Package face names the coefficients that move a speaking face, which whatever hears or reads speech produces and
// whatever draws a face consumes (docs/face.md). It knows neither sound nor pictures.
package face

import "math"

// Version is that of the list. It changes when a coefficient is added, taken away, moved or means something else, so that
// a network and a pack that were made for different lists never meet unnoticed.
const Version = 1

// Coefficient is a place in Coefficients.
type Coefficient int

// The coefficients in their order; 0 is a face at rest, 1 as far as lively speech goes.
const (
	// JawOpen lowers the chin and the lower teeth.
	JawOpen Coefficient = iota
	// MouthClose brings the lips together whatever the jaw does: at 1 they touch.
	MouthClose
	// MouthPress presses lips that touch and rolls them in a little.
	MouthPress
	// MouthBite lays the lower lip on the edge of the upper teeth, which show: at 1 they touch.
	MouthBite
	// MouthFunnel rounds lips that are open and pushes them forward.
	MouthFunnel
	// MouthPucker draws the corners together and forward.
	MouthPucker
	// MouthStretch draws the corners apart.
	MouthStretch
	// MouthSmile lifts the corners. Speech leaves it alone: it is for expressions.
	MouthSmile
	// MouthLowerDown lowers the lower lip without the jaw and shows the lower teeth.
	MouthLowerDown
	// MouthUpperUp lifts the upper lip and shows the upper teeth.
	MouthUpperUp
	// TongueUp lifts the tongue's tip to the ridge behind the upper teeth.
	TongueUp
	// TongueOut shows the tongue's tip between the teeth.
	TongueOut
	// Count is how many there are.
	Count int = iota
)

// Coefficients are a face at a moment, each from 0 to 1.
type Coefficients [Count]float64

// Names are what files call the coefficients, in their order.
func Names() []string {
	return []string{
		"jawOpen", "mouthClose", "mouthPress", "mouthBite", "mouthFunnel", "mouthPucker", "mouthStretch", "mouthSmile",
		"mouthLowerDown", "mouthUpperUp", "tongueUp", "tongueOut",
	}
}

// String is the name.
func (c Coefficient) String() string { return Names()[c] }

// Clamp gives the coefficients with what lies outside 0 to 1 brought to its end, and what is no number at rest.
func (c Coefficients) Clamp() Coefficients {
	for i, v := range c {
		if math.IsNaN(v) {
			v = 0
		}
		c[i] = math.Max(0, math.Min(1, v))
	}
	return c
}
