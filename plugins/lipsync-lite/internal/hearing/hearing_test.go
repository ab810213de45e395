package hearing_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/hearing"
	"github.com/visavis-dev/visavis/sdk/face"
)

// sing is a voice in syllables of a quarter of a second: a fundamental with harmonics that fade with their number.
func sing(rate int, seconds, fade float64) []int16 {
	pcm := make([]int16, int(seconds*float64(rate)))
	for i := range pcm {
		at := float64(i) / float64(rate)
		sum := 0.0
		for h := 1.0; h <= 12; h++ {
			sum += math.Sin(2*math.Pi*150*h*at) * math.Pow(fade, h)
		}
		pcm[i] = int16(4000 * (0.5 - 0.5*math.Cos(2*math.Pi*4*at)) * sum)
	}
	return pcm
}

func noise(n int, loud float64) []int16 {
	random := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(loud * (2*random.Float64() - 1))
	}
	return pcm
}

func hear(rate int, pcm []int16) *hearing.Ear {
	ear := hearing.NewEar(rate)
	ear.Hear(pcm)
	return ear
}

func widest(ear *hearing.Ear, from, to float64) float64 {
	widest := 0.0
	for now := from; now < to; now += 0.01 {
		widest = math.Max(widest, ear.At(now)[face.JawOpen])
	}
	return widest
}

func TestMouthFollowsSyllables(t *testing.T) {
	t.Parallel()
	const late = 90 // seconds: the clock does not drift
	for _, rate := range []int{8000, 11025, 16000, 22050, 44100, 48000} {
		song := sing(rate, 2, 0.6)
		ear := hear(rate, append(append(song, make([]int16, (late-2)*rate)...), song...))
		for _, start := range []float64{1, late + 1} {
			assert.Greater(t, ear.At(start + 0.125)[face.JawOpen], 0.4, "%d Hz, loud at %v", rate, start)
			assert.Less(t, ear.At(start)[face.JawOpen], 0.2, "%d Hz, soft at %v", rate, start)
		}
	}
}

func TestShutInSilenceAndSteadyNoise(t *testing.T) {
	t.Parallel()
	const rate = 16000
	assert.Zero(t, widest(hear(rate, make([]int16, 3*rate)), 0, 3))
	assert.Zero(t, widest(hear(rate, noise(3*rate, 60)), 0, 3), "soft noise")
	assert.Less(t, widest(hear(rate, noise(8*rate, 3000)), 4, 8), 0.05, "loud noise, once it is known")
	pause := append(sing(rate, 2, 0.6), make([]int16, rate)...)
	ear := hear(rate, append(pause, sing(rate, 1, 0.6)...))
	assert.Zero(t, widest(ear, 2.1, 2.9), "a pause")
	assert.Greater(t, widest(ear, 3, 4), 0.4, "speech again")
}

func TestBrightSoundsSpread(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{16000, 44100} {
		dark, bright := hear(rate, sing(rate, 2, 0.3)), hear(rate, sing(rate, 2, 0.95))
		assert.Greater(t, bright.At(1.125)[face.MouthStretch]-bright.At(1.125)[face.MouthFunnel], dark.At(1.125)[face.MouthStretch]-dark.At(1.125)[face.MouthFunnel]+0.3, "%d Hz", rate)
	}
}

func TestStreamEqualsWhole(t *testing.T) {
	t.Parallel()
	const rate = 22050
	pcm := append(sing(rate, 2, 0.7), noise(rate, 2000)...)
	whole := hear(rate, pcm)
	ear := hearing.NewEar(rate)
	given := 0
	for n := range 70 {
		now := (float64(n) + 0.5) / 25
		until := min(len(pcm), int((now+hearing.Lookahead)*rate)+1)
		for given < until { // in small pieces
			to := min(until, given+100)
			ear.Hear(pcm[given:to])
			given = to
		}
		require.Equal(t, whole.At(now), ear.At(now), "frame %d", n)
	}
	assert.Equal(t, face.Coefficients{}, whole.At(9), "past the end")
}

func BenchmarkHear(b *testing.B) {
	const rate = 22050
	pcm := sing(rate, 1, 0.7)
	ear := hearing.NewEar(rate)
	for b.Loop() {
		ear.Hear(pcm)
	}
}
