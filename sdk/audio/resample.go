package audio

import (
	"fmt"
	"math"

	"github.com/visavis-dev/visavis/sdk/speech"
)

const (
	// lobes of the windowed sinc on each side of its centre.
	lobes = 24
	// kaiserBeta gives about 80 dB of attenuation.
	kaiserBeta = 8.0
	// passband is the part of the lower Nyquist frequency that is kept.
	passband = 0.94
	// maxPhases bounds the table; rates with a finer ratio take the nearest phase.
	maxPhases = 2048
)

// Resampler changes the sample rate of a stream by a polyphase windowed sinc without delay: sample
// n of the output stands where n·from/to of the input was. Not safe for concurrent use.
type Resampler struct {
	from, to int64
	phases   int
	half     int
	table    [][]float32
	// history holds the input from sample first on.
	history     []float32
	first       int64
	given, made int64
}

// NewResampler goes from one rate to another, both in Hz.
func NewResampler(from, to int) (*Resampler, error) {
	for _, rate := range []int{from, to} {
		if rate < speech.MinSampleRate || rate > speech.MaxSampleRate {
			return nil, fmt.Errorf("resample: rate %d is not %d to %d", rate, speech.MinSampleRate, speech.MaxSampleRate)
		}
	}
	common := gcd(from, to)
	r := &Resampler{from: int64(from / common), to: int64(to / common)}
	if r.from == r.to {
		return r, nil
	}
	cutoff := passband * math.Min(1, float64(to)/float64(from))
	r.half = int(math.Ceil(lobes / cutoff))
	r.phases = int(min(r.to, maxPhases))
	r.table = make([][]float32, r.phases)
	for p := range r.table {
		r.table[p] = kernel(float64(p)/float64(r.phases), cutoff, r.half)
	}
	// What was before the first sample is silence.
	r.history = make([]float32, r.half)
	r.first = -int64(r.half)
	return r, nil
}

// kernel weighs the samples from −half+1 to half around a place between two samples.
func kernel(fraction, cutoff float64, half int) []float32 {
	taps := make([]float32, 2*half)
	sum := 0.0
	weights := make([]float64, len(taps))
	for i := range taps {
		x := float64(i-half+1) - fraction
		inside := 1 - (x/float64(half))*(x/float64(half))
		if inside <= 0 {
			continue
		}
		weights[i] = sinc(x*cutoff) * bessel(kaiserBeta*math.Sqrt(inside))
		sum += weights[i]
	}
	for i, w := range weights {
		taps[i] = float32(w / sum)
	}
	return taps
}

// Write takes input and appends what can be told of the output to dst.
func (r *Resampler) Write(dst, pcm []int16) []int16 {
	r.given += int64(len(pcm))
	if r.from == r.to {
		r.made = r.given
		return append(dst, pcm...)
	}
	for _, s := range pcm {
		r.history = append(r.history, float32(s))
	}
	return r.produce(dst, r.given-int64(r.half))
}

// Flush appends the rest. In all the output has ⌈input·to/from⌉ samples; the stream is over.
func (r *Resampler) Flush(dst []int16) []int16 {
	if r.from == r.to {
		return dst
	}
	r.history = append(r.history, make([]float32, r.half+1)...)
	return r.produce(dst, r.given)
}

// produce makes every sample that stands before input sample end.
func (r *Resampler) produce(dst []int16, end int64) []int16 {
	for ; r.made*r.from < end*r.to; r.made++ {
		at, rest := r.made*r.from/r.to, r.made*r.from%r.to
		phase := int(rest * int64(r.phases) / r.to)
		start := int(at - int64(r.half) + 1 - r.first)
		sum := float32(0)
		for i, w := range r.table[phase] {
			sum += w * r.history[start+i]
		}
		dst = append(dst, clip(float64(sum)))
	}
	r.forget(r.made*r.from/r.to - int64(r.half) + 1)
	return dst
}

// forget drops the input before a sample, now and then.
func (r *Resampler) forget(before int64) {
	n := int(before - r.first)
	if n < 4096 || n > len(r.history) {
		return
	}
	r.history = r.history[:copy(r.history, r.history[n:])]
	r.first = before
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel is the modified Bessel function of the first kind, order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1; k < 60 && term > 1e-12*sum; k++ {
		term *= (x / 2 / float64(k)) * (x / 2 / float64(k))
		sum += term
	}
	return sum
}
