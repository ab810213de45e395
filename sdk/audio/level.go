// Package audio works on mono PCM16: WAV files, sample rates, levels. It knows
// neither engines nor what is spoken.
package audio

import "math"

// RMS is the root mean square of samples, 0 (silence) to 1; 0 for none.
func RMS(pcm []int16) float64 {
	if len(pcm) == 0 {
		return 0
	}
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum/float64(len(pcm))) / 32768
}

// Peak is the largest magnitude of samples, 0 to 1.
func Peak(pcm []int16) float64 {
	peak := 0
	for _, s := range pcm {
		peak = max(peak, int(s), -int(s))
	}
	return float64(peak) / 32768
}

// silenceDB is what Decibels gives for silence.
const silenceDB = -120

// Decibels turns a level of 0 to 1 into dB below full scale, −120 at the least.
func Decibels(level float64) float64 {
	if level <= 0 {
		return silenceDB
	}
	return max(silenceDB, 20*math.Log10(level))
}
