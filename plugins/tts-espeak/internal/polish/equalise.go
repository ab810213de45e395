// Package polish makes synthetic speech easier to listen to: tone, level, and silence at
// the ends. It works on whole sentences, and moves no sound in time.
package polish

import "math"

// biquad is a filter of second order, normalised so that a0 is 1.
type biquad struct {
	b0, b1, b2, a1, a2 float64
}

// tone brings the long-term spectrum of the formant synthesiser within about 5 dB of
// average human speech from 200 Hz to 8 kHz: less rumble, less of the honk at
// 1 kHz and of the buzz at 4 kHz, a little more air above.
func tone(rate float64) []biquad {
	return []biquad{
		highPass(rate, 65, 0.71),
		peak(rate, 1000, -5, 0.8),
		peak(rate, 3900, -3, 1.2),
		highShelf(rate, 5200, 3),
	}
}

// Equalise gives samples of full scale 1 with a better tone.
func Equalise(pcm []int16, rate int) []float64 {
	out := make([]float64, len(pcm))
	for i, s := range pcm {
		out[i] = float64(s) / fullScale
	}
	for _, f := range tone(float64(rate)) {
		f.run(out)
	}
	return out
}

func (f biquad) run(samples []float64) {
	var z1, z2 float64
	for i, x := range samples {
		y := f.b0*x + z1
		z1 = f.b1*x - f.a1*y + z2
		z2 = f.b2*x - f.a2*y
		samples[i] = y
	}
}

// The filters are those of the well-known audio equaliser cookbook; frequencies are in Hz, gains in dB.

func highPass(rate, frequency, q float64) biquad {
	sin, cos := math.Sincos(2 * math.Pi * frequency / rate)
	alpha := sin / (2 * q)
	return normal([3]float64{(1 + cos) / 2, -(1 + cos), (1 + cos) / 2}, [3]float64{1 + alpha, -2 * cos, 1 - alpha})
}

func peak(rate, frequency, gain, q float64) biquad {
	sin, cos := math.Sincos(2 * math.Pi * frequency / rate)
	alpha, a := sin/(2*q), math.Pow(10, gain/40)
	return normal([3]float64{1 + alpha*a, -2 * cos, 1 - alpha*a}, [3]float64{1 + alpha/a, -2 * cos, 1 - alpha/a})
}

func highShelf(rate, frequency, gain float64) biquad {
	sin, cos := math.Sincos(2 * math.Pi * frequency / rate)
	a := math.Pow(10, gain/40)
	s := math.Sqrt(2*a) * sin // slope 1
	return normal(
		[3]float64{a * ((a + 1) + (a-1)*cos + s), -2 * a * ((a - 1) + (a+1)*cos), a * ((a + 1) + (a-1)*cos - s)},
		[3]float64{(a + 1) - (a-1)*cos + s, 2 * ((a - 1) - (a+1)*cos), (a + 1) - (a-1)*cos - s},
	)
}

func normal(b, a [3]float64) biquad {
	return biquad{b0: b[0] / a[0], b1: b[1] / a[0], b2: b[2] / a[0], a1: a[1] / a[0], a2: a[2] / a[0]}
}
