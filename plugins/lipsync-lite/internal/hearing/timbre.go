package hearing

import "math"

const (
	// step is how far apart the frequencies are that are listened to, in Hz: about as far as a window tells apart.
	step = 50.0
	// lowest and highest frequency; between them lie a vowel's two formants, also on a telephone.
	lowest, highest = 200.0, 3200.0
	// A vowel is taken for shut when its first formant's band is shutAt dB louder below 550 Hz than above 600, and for
	// wide at wideAt; those of i are about -25 to -40, of u -15, of o -8 and of a 5.
	shutAt, wideAt = -22.0, 4.0
	// usual is how much weaker, in dB, the band of front vowels (1.5 to 3.2 kHz) is in a voice on the whole, and spread how
	// much more or less it is in i and in o. The measure follows the voice at a share of follow a look.
	usual, spread, follow = -18.0, 9.0, 0.01
	lowestUsual           = -34.0
	highestUsual          = -6.0
)

// vowel is what the lips do for a sound: open 0 to 1, shape -1 (rounded) to 1 (spread).
type vowel struct {
	open, shape float64
}

// timbre hears where the energy of a sound lies.
type timbre struct {
	// hann fades a window in and out; turns are 2·cos of the frequencies that are listened to.
	hann  []float64
	turns []float64
	faded []float64
	usual float64
}

func newTimbre(rate, width int) *timbre {
	t := &timbre{hann: make([]float64, width), faded: make([]float64, width), usual: usual}
	for i := range t.hann {
		t.hann[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(width))
	}
	for f := lowest; f <= highest; f += step {
		t.turns = append(t.turns, 2*math.Cos(2*math.Pi*f/float64(rate)))
	}
	return t
}

// hear tells the vowel of a window; a voice counts as far as it is voiced.
func (t *timbre) hear(w []float64, voiced float64) vowel {
	for i, v := range w {
		t.faded[i] = v * t.hann[i]
	}
	const tiny = 1e-9
	low, open, back, front := tiny, tiny, tiny, tiny
	for i, turn := range t.turns {
		f := lowest + step*float64(i)
		power := strength(t.faded, turn)
		if f < 550 {
			low += power
		}
		if f >= 600 && f < 1200 {
			open += power
		}
		if f < 1200 {
			back += power
		}
		if f >= 1500 {
			front += power
		}
	}
	height := 10 * math.Log10(open/low)
	place := 10 * math.Log10(front/back)
	t.usual += follow * voiced * (math.Max(lowestUsual, math.Min(highestUsual, place)) - t.usual)
	return vowel{
		open:  math.Max(0, math.Min(1, (height-shutAt)/(wideAt-shutAt))),
		shape: math.Max(-1, math.Min(0.8, (place-t.usual)/spread)),
	}
}

// strength is the power of one frequency, after Goertzel.
func strength(w []float64, turn float64) float64 {
	a, b := 0.0, 0.0
	for _, v := range w {
		a, b = v+turn*a-b, a
	}
	return a*a + b*b - turn*a*b
}
