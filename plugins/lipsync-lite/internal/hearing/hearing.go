// Package hearing moves a mouth by the sound alone, for voices that do not tell what they say. It hears loudness,
// voicing and brightness; it does not know words.
package hearing

import (
	"math"

	"github.com/visavis-dev/visavis/sdk/face"
)

// Lookahead is how much sound after a moment its pose needs, in seconds.
const Lookahead = 0.06

const (
	// hop is the time between two looks at the sound, window the time that a look covers, in seconds.
	looksPerSecond = 100
	hop            = 1.0 / looksPerSecond
	window         = 0.03
	// silence is the loudness under which nothing is heard, of full scale 1.
	silence = 0.004
	// Voices repeat themselves 70 to 400 times a second.
	lowestVoice, highestVoice = 70, 400
	// floorRises and peakFalls are how fast the measures of steady noise and of loud speech adapt, per hop.
	floorRises, peakFalls = 1.02, 0.9985
)

// Ear listens to a stream of samples. Not safe for concurrent use.
type Ear struct {
	rate    int
	samples []float64
	// dropped counts the samples before samples[0] that are not needed any more.
	dropped int
	looks   []look
	floor   float64
	peak    float64
}

// look is what is heard at one moment.
type look struct {
	open, shape float64
}

// NewEar listens at a sample rate in Hz.
func NewEar(rate int) *Ear { return &Ear{rate: rate, floor: silence, peak: 0.05} }

// Hear takes the next samples.
func (e *Ear) Hear(pcm []int16) {
	for _, s := range pcm {
		e.samples = append(e.samples, float64(s)/(1<<15))
	}
	width := int(window * float64(e.rate))
	for {
		at := e.next() - e.dropped
		if at+width > len(e.samples) {
			break
		}
		e.looks = append(e.looks, e.look(e.samples[at:at+width]))
	}
	if keep := e.next() - e.dropped; keep > e.rate {
		e.samples = append(e.samples[:0], e.samples[keep:]...)
		e.dropped += keep
	}
}

// next is the sample at which the next look begins.
func (e *Ear) next() int { return len(e.looks) * e.rate / looksPerSecond }

func (e *Ear) look(w []float64) look {
	loud := level(w)
	e.floor = math.Max(silence, math.Min(loud, e.floor*floorRises))
	e.peak = math.Max(math.Max(loud, e.peak*peakFalls), 0.02)
	// What stands hardly above steady noise is no speech.
	if loud < silence || loud <= 2*e.floor {
		return look{}
	}
	above := (loud - 2*e.floor) / math.Max(e.peak-2*e.floor, e.floor)
	voiced := voicing(w, e.rate)
	open := math.Pow(math.Min(1, above), 0.8) * (0.12 + 0.68*voiced)
	return look{open: open, shape: brightness(w, e.rate) * math.Min(1, 3*above)}
}

func level(w []float64) float64 {
	sum := 0.0
	for _, v := range w {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(w)))
}

// voicing is how well the sound repeats itself at the pitch of a voice, 0 to 1.
func voicing(w []float64, rate int) float64 {
	best, energy := 0.0, 0.0
	for _, v := range w {
		energy += v * v
	}
	if energy == 0 {
		return 0
	}
	stride := max(1, rate/8000) // pitch needs no more than 8 kHz
	for lag := rate / highestVoice; lag <= rate/lowestVoice && lag < len(w)/2; lag += stride {
		sum, a, b := 0.0, 0.0, 0.0
		for i := 0; i+lag < len(w); i += stride {
			sum += w[i] * w[i+lag]
			a += w[i] * w[i]
			b += w[i+lag] * w[i+lag]
		}
		best = math.Max(best, sum/math.Sqrt(a*b+1e-12))
	}
	return math.Max(0, math.Min(1, (best-0.4)/0.4))
}

// brightness is -1 for a dark sound, as behind round lips, to 1 for a bright one, by the share of energy in its
// differences, which grow with the pitch and shrink with the sample rate.
func brightness(w []float64, rate int) float64 {
	diff, energy := 0.0, 1e-12
	for i := 1; i < len(w); i++ {
		d := w[i] - w[i-1]
		diff += d * d
		energy += w[i] * w[i]
	}
	return math.Max(-0.7, math.Min(0.7, 0.5*(math.Log10(diff/energy)+2*math.Log10(float64(rate)/22050)+1.4)))
}

// Heard is how much sound can be posed, in seconds.
func (e *Ear) Heard() float64 { return math.Max(0, float64(len(e.looks))*hop-Lookahead) }

// At gives the pose at a time: the mean of the looks around it, so that the mouth does not tremble. Past what was
// heard it is closed.
func (e *Ear) At(now float64) face.Coefficients {
	var open, shape, weight float64
	for offset := -4; offset <= 4; offset++ {
		i := int(math.Round((now-window/2)/hop)) + offset
		w := 1 - math.Abs(float64(offset))/5
		weight += w
		if i >= 0 && i < len(e.looks) {
			open += w * e.looks[i].open
			shape += w * e.looks[i].shape
		}
	}
	if open/weight < 0.03 {
		return face.Coefficients{}
	}
	shape /= weight
	return face.Coefficients{
		face.JawOpen: open / weight, face.MouthStretch: math.Max(0, shape), face.MouthFunnel: math.Max(0, -shape),
	}
}
