package hearing_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/curve"
)

// formants of vowels, in Hz, as people speak them.
func formants(vowel rune) [3]float64 {
	return map[rune][3]float64{
		'a': {800, 1250, 2600}, 'e': {480, 2000, 2600}, 'i': {300, 2300, 3000}, 'o': {430, 780, 2500}, 'u': {330, 760, 2400},
	}[vowel]
}

// say is a voice of pulses that passes through the formants of one vowel after the other, 0.3 s each.
func say(rate int, pitch float64, vowels string) []int16 {
	var pcm []int16
	phase := 0.0
	for _, vowel := range vowels {
		sound := make([]float64, rate*3/10)
		for i := range sound {
			phase += pitch / float64(rate)
			if phase >= 1 {
				phase--
				sound[i] = 1
			}
		}
		smooth(sound, rate)
		for _, f := range formants(vowel) {
			resonate(sound, f, rate)
		}
		loudest := 0.0
		for _, v := range sound {
			loudest = math.Max(loudest, math.Abs(v))
		}
		for i, v := range sound {
			fade := math.Min(1, math.Min(float64(i), float64(len(sound)-i))/float64(rate/50))
			pcm = append(pcm, int16(12000*fade*v/loudest))
		}
	}
	return pcm
}

// smooth gives pulses the slope of a voice at the lips, 6 dB an octave from 100 Hz on.
func smooth(sound []float64, rate int) {
	k, y := math.Exp(-2*math.Pi*100/float64(rate)), 0.0
	for i, x := range sound {
		y = (1-k)*x + k*y
		sound[i] = y
	}
}

// resonate lets a sound pass through one formant of 80 Hz.
func resonate(sound []float64, f float64, rate int) {
	r := math.Exp(-math.Pi * 80 / float64(rate))
	a, b := 2*r*math.Cos(2*math.Pi*f/float64(rate)), -r*r
	y1, y2 := 0.0, 0.0
	for i, x := range sound {
		y := (1-a-b)*x + a*y1 + b*y2
		sound[i], y1, y2 = y, y, y1
	}
}

func TestVowelsAreToldApart(t *testing.T) {
	t.Parallel()
	const order = "aiueoaiueo"
	for _, rate := range []int{8000, 24000} {
		for _, pitch := range []float64{110, 210} {
			ear := hear(rate, append(say(rate, pitch, order), make([]int16, rate)...))
			at := func(n int) curve.Pose { return ear.At(0.3*float64(n) + 0.15) }
			a, i, u, e, o := at(5), at(6), at(7), at(8), at(9)
			name := []any{"%d Hz, voice of %v Hz: a i u e o %+v", rate, pitch, []curve.Pose{a, i, u, e, o}}
			assert.Greater(t, a.Open, math.Max(math.Max(i.Open, u.Open), math.Max(e.Open, o.Open))+0.1, name...)
			assert.Less(t, math.Max(o.Shape, u.Shape), -0.3, name...)
			assert.Greater(t, math.Min(i.Shape, e.Shape), 0.1, name...)
			for _, spoken := range []curve.Pose{a, i, u, e, o} {
				assert.Greater(t, spoken.Open, 0.1, name...)
			}
		}
	}
}

func TestAVoiceIsNoNoiseHoweverLongItHolds(t *testing.T) {
	t.Parallel()
	const rate = 16000
	ear := hear(rate, say(rate, 120, "aaaaaaaaaaaaaaa"))
	assert.Greater(t, ear.At(3.75).Open, 0.5)
}
