package polish_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/polish"
)

const rate = 22050

// sine is a second of a tone.
func sine(frequency, amplitude float64) []int16 {
	pcm := make([]int16, rate)
	for i := range pcm {
		pcm[i] = int16(32767 * amplitude * math.Sin(2*math.Pi*frequency*float64(i)/rate))
	}
	return pcm
}

func rms(samples []float64) float64 {
	var sum float64
	for _, s := range samples[len(samples)/2:] {
		sum += s * s
	}
	return 20 * math.Log10(math.Sqrt(sum/float64(len(samples)-len(samples)/2)))
}

func TestEqualiseShapesTheTone(t *testing.T) {
	t.Parallel()
	flat := rms(polish.Equalise(sine(300, 0.3), rate))
	for frequency, want := range map[float64]float64{20: -20, 1000: -4.5, 3900: -2.6, 8000: 2} {
		got := rms(polish.Equalise(sine(frequency, 0.3), rate)) - flat
		assert.InDelta(t, want, got, 1.5, "%v Hz", frequency)
	}
}

func TestGainReachesTheTargetWhateverTheSilence(t *testing.T) {
	t.Parallel()
	loud := polish.Equalise(sine(300, 0.1), rate)
	spaced := append(append(make([]float64, rate), loud...), make([]float64, 3*rate)...)
	assert.InDelta(t, polish.Gain(loud, rate), polish.Gain(spaced, rate), 0.05)
	assert.InDelta(t, -18, rms(loud)+20*math.Log10(polish.Gain(loud, rate)), 0.3)
	assert.InDelta(t, 1, polish.Gain(make([]float64, rate), rate), 0, "silence stays silent")
	assert.LessOrEqual(t, polish.Gain(polish.Equalise(sine(300, 0.011), rate), rate), 5.02, "noise is not blown up")
}

func TestFinishNeverClips(t *testing.T) {
	t.Parallel()
	samples := make([]float64, rate)
	for i := range samples {
		samples[i] = 0.2 * math.Sin(float64(i)/7)
		if i%3000 < 40 {
			samples[i] *= 6
		}
	}
	pcm := polish.Finish(samples, 2, rate)
	var peak, before float64
	for i, s := range pcm {
		peak = max(peak, math.Abs(float64(s)))
		if math.Abs(samples[i]) < 0.1 {
			continue
		}
		gain := float64(s) / samples[i] / 32767
		if before != 0 {
			assert.InDelta(t, 1, gain/before, 0.06, "the gain glides")
		}
		before = gain
	}
	assert.LessOrEqual(t, peak, 0.841*32768)
	assert.Greater(t, peak, 0.7*32768, "it limits, it does not mute")
	quiet := polish.Finish(samples[100:2000], 1, rate)
	for i, s := range quiet {
		assert.InDelta(t, samples[100+i]*32767, float64(s), 1, "what needs no limit is left alone")
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	start, end := polish.Bounds([]int16{0, 3, -2, 500, 0, 0, -400, 7, 0})
	assert.Equal(t, []int{3, 7}, []int{start, end})
	start, end = polish.Bounds(make([]int16, 10))
	assert.Equal(t, []int{0, 0}, []int{start, end})
	start, end = polish.Bounds(nil)
	assert.Equal(t, []int{0, 0}, []int{start, end})
}
