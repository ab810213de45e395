package polish

import "math"

const fullScale = 32768

const (
	// target is the level of the parts that sound, as RMS below full scale: about -18 LUFS.
	target = -18.0
	// gate tells sound from silence.
	gate = -45.0
	// maxGain and minGain bound what is made of an odd voice.
	maxGain, minGain = 14.0, -10.0
	// ceiling is never exceeded.
	ceiling = 0.84 // -1.5 dB
)

// Gain is the factor that brings samples to a comfortable level.
func Gain(samples []float64, rate int) float64 {
	block := max(1, rate/20)
	floor := math.Pow(10, gate/10)
	var sum float64
	var count int
	for start := 0; start < len(samples); start += block {
		piece := samples[start:min(start+block, len(samples))]
		if p := power(piece); p > floor {
			sum += p * float64(len(piece))
			count += len(piece)
		}
	}
	if count == 0 {
		return 1
	}
	db := min(max(target-10*math.Log10(sum/float64(count)), minGain), maxGain)
	return math.Pow(10, db/20)
}

func power(samples []float64) float64 {
	var sum float64
	for _, s := range samples {
		sum += s * s
	}
	return sum / float64(len(samples))
}

// Finish applies a gain and turns the samples into PCM. Peaks over the ceiling are turned
// down smoothly, beginning a few milliseconds before, and never clipped.
func Finish(samples []float64, gain float64, rate int) []int16 {
	block := max(1, rate/500)
	gains := limits(samples, gain, block)
	pcm := make([]int16, len(samples))
	for i, s := range samples {
		here, within := i/block, float64(i%block)/float64(block)
		g := gains[here]*(1-within) + gains[here+1]*within
		pcm[i] = int16(math.Round(s * gain * g * (fullScale - 1)))
	}
	return pcm
}

// limits gives the gain at every edge of a block, such that the line between two edges
// stays below what either block needs.
func limits(samples []float64, gain float64, block int) []float64 {
	count := (len(samples)+block-1)/block + 1
	need := make([]float64, count)
	for i := range need {
		need[i] = 1
		for _, s := range samples[min(i*block, len(samples)):min((i+1)*block, len(samples))] {
			need[i] = min(need[i], ceiling/max(math.Abs(s*gain), ceiling))
		}
	}
	gains := make([]float64, count)
	for i := range gains {
		gains[i] = min(need[i], need[max(0, i-1)])
	}
	const release, attack = 1.03, 1.12 // the most that the gain changes from edge to edge
	for i := 1; i < count; i++ {
		gains[i] = min(gains[i], gains[i-1]*release)
	}
	for i := count - 2; i >= 0; i-- {
		gains[i] = min(gains[i], gains[i+1]*attack)
	}
	return gains
}

// audible is the level above which a sample counts as sound: -54 dB.
const audible = 64

// Bounds gives the first audible sample and the one after the last; both are 0 in silence.
func Bounds(pcm []int16) (start, end int) {
	for start < len(pcm) && quiet(pcm[start]) {
		start++
	}
	if start == len(pcm) {
		return 0, 0
	}
	end = len(pcm)
	for quiet(pcm[end-1]) {
		end--
	}
	return start, end
}

func quiet(s int16) bool { return s > -audible && s < audible }
