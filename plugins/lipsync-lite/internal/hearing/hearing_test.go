package hearing_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/hearing"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
)

func open(t *testing.T) *hearing.Network {
	t.Helper()
	library, err := filepath.Abs("../../../../build/natives/onnxruntime/libonnxruntime.so")
	require.NoError(t, err)
	network, err := hearing.Open(library)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, network.Close()) })
	return network
}

func ear(t *testing.T, network *hearing.Network, rate int) *hearing.Ear {
	t.Helper()
	ear, err := network.NewEar(rate)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ear.Close()) })
	return ear
}

func noise(n int, loud float64) []int16 {
	random := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(loud * (2*random.Float64() - 1))
	}
	return pcm
}

// song is a tune of plain harmonic tones, four a second.
func song(rate int, seconds float64) []int16 {
	pcm := make([]int16, int(seconds*float64(rate)))
	notes := []float64{220, 277, 330, 440, 330, 277}
	for i := range pcm {
		at := float64(i) / float64(rate)
		note := int(at * 4)
		sum := 0.0
		for h := 1.0; h <= 8; h++ {
			sum += math.Sin(2*math.Pi*notes[note%len(notes)]*h*at) / h
		}
		pcm[i] = int16(5000 * math.Exp(-3*(at*4-float64(note))) * sum)
	}
	return pcm
}

// brass is held tones in which one sine turns another, more when louder.
func brass(rate int, seconds float64) []int16 {
	pcm := make([]int16, int(seconds*float64(rate)))
	turn := 0.0
	for i := range pcm {
		at := float64(i) / float64(rate)
		turn += 2 * math.Pi * 165 * math.Pow(2, math.Floor(at)*4/12) / float64(rate)
		breath := math.Min(1, math.Mod(at, 1)*12) * math.Exp(-math.Mod(at, 1))
		pcm[i] = int16(9000 * breath * math.Sin(turn+4*breath*math.Sin(turn)))
	}
	return pcm
}

// rain is drops, 150 a second.
func rain(rate int, seconds float64) []int16 {
	random := rand.New(rand.NewPCG(3, 4))
	pcm := make([]int16, int(seconds*float64(rate)))
	for i := range pcm {
		if random.Float64() < 150/float64(rate) {
			pcm[i] = int16(20000 * (2*random.Float64() - 1))
		}
	}
	return pcm
}

// parted is how far lips come apart between two times.
func parted(ear *hearing.Ear, from, to float64) float64 {
	widest := 0.0
	for now := from; now < to; now += 0.02 {
		c := ear.At(now)
		widest = math.Max(widest, c[face.JawOpen]*(1-c[face.MouthClose]))
	}
	return widest
}

func TestLipsStayClosedWhenNobodySpeaks(t *testing.T) {
	t.Parallel()
	const rate = 22050
	network := open(t)
	for name, tc := range map[string]struct {
		pcm   []int16
		bound float64
	}{
		"silence": {make([]int16, 4*rate), 0.03}, "nothing": {nil, 0.03}, "soft noise": {noise(4*rate, 60), 0.1},
		"noise": {noise(4*rate, 3000), 0.1}, "loud noise": {noise(4*rate, 30000), 0.1},
		"brass": {brass(rate, 4), 0.1}, "rain": {rain(rate, 4), 0.1},
		"music": {song(rate, 4), 0.25}, // tones that are built as a voice is: less than a spoken vowel
	} {
		ear := ear(t, network, rate)
		require.NoError(t, ear.Hear(tc.pcm))
		require.NoError(t, ear.End())
		assert.Less(t, parted(ear, 0, 4.5), tc.bound, name)
	}
}

func TestStreamEqualsWhole(t *testing.T) {
	t.Parallel()
	network := open(t)
	for _, rate := range []int{8000, 16000, 22050, 24000, 44100, 48000} {
		pcm := append(song(rate, 1), noise(rate, 2000)...)
		whole := ear(t, network, rate)
		require.NoError(t, whole.Hear(pcm))
		require.NoError(t, whole.End())
		stream := ear(t, network, rate)
		given := 0
		for n := range 50 {
			now := (float64(n) + 0.5) / 25
			until := min(len(pcm), int((now+hearing.Lookahead+0.005)*float64(rate))+1)
			for given < until { // in small pieces
				to := min(until, given+97)
				require.NoError(t, stream.Hear(pcm[given:to]))
				given = to
			}
			if given == len(pcm) {
				require.NoError(t, stream.End())
			}
			require.Equal(t, whole.At(now), stream.At(now), "frame %d at %d Hz", n, rate)
		}
		assert.Equal(t, face.Coefficients{}, whole.At(9), "past the end")
	}
}

// A long speech neither drifts nor piles up.
func TestLongSpeech(t *testing.T) {
	t.Parallel()
	const rate = 16000
	network := open(t)
	long := ear(t, network, rate)
	second := make([]int16, rate)
	for n := range 300 {
		require.NoError(t, long.Hear(second))
		for frame := range 25 {
			if at := float64(n) + float64(frame)/25; at > hearing.Lookahead {
				_ = long.At(at - hearing.Lookahead)
			}
		}
	}
	assert.Less(t, parted(long, 298, 299), 0.1)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, err := hearing.Open("/nowhere/libonnxruntime.so")
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "make natives")
	_, err = open(t).NewEar(1)
	require.Error(t, err)
}

func BenchmarkHear(b *testing.B) {
	const rate = 16000
	library, err := filepath.Abs("../../../../build/natives/onnxruntime/libonnxruntime.so")
	require.NoError(b, err)
	network, err := hearing.Open(library)
	require.NoError(b, err)
	ear, err := network.NewEar(rate)
	require.NoError(b, err)
	pcm := song(rate, 1)
	for b.Loop() {
		require.NoError(b, ear.Hear(pcm))
	}
}
