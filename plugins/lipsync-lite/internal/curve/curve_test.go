package curve_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/curve"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
)

const frame = 0.04

type sound struct {
	from, to float64
	ipa      string
}

func track(sounds ...sound) *curve.Track {
	t := &curve.Track{}
	for _, s := range sounds {
		t.Add(s.from, s.to, viseme.Phoneme(s.ipa))
	}
	return t
}

// babble is speech with sounds of 30 to 120 ms, pauses, and ends that are told and not told.
func babble() []sound {
	phonemes := []string{"ɐ", "m", "i", "p", "o", "", "n", "a", "b", "u", "s", "f", "e", "m", "ʌ"}
	var sounds []sound
	at := 0.05
	for n := range 120 {
		length := 0.03 + 0.01*float64((n*7)%10)
		s := sound{from: at, to: at + length, ipa: phonemes[(n*11)%len(phonemes)]}
		if n%3 == 0 {
			s.to = s.from // lasts until the next
		}
		sounds = append(sounds, s)
		at += length
		if n%13 == 12 {
			at += 0.4 // nobody says anything
		}
	}
	return sounds
}

func TestLipsMeetAtEveryBilabial(t *testing.T) {
	t.Parallel()
	for _, ipa := range []string{"m", "b", "p", "pʰ", "p͈", "ɓ"} {
		for offset := range 8 { // wherever the sound lies between two frames, and however short it is
			from := 0.5 + float64(offset)*0.005
			track := track(sound{0.2, from, "ɐ"}, sound{from, from + 0.012, ipa}, sound{from + 0.012, 0.9, "ɐ"})
			shut := 0
			for n := range 30 {
				now := (float64(n) + 0.5) * frame
				if p := track.At(now); p.Press >= 0.999 {
					shut++
					assert.InDelta(t, from, now, 0.06, ipa)
				}
			}
			assert.GreaterOrEqual(t, shut, 1, "%s at %v", ipa, from)
			assert.LessOrEqual(t, shut, 3)
		}
	}
}

func TestVowelsOpenAndRound(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		ipa                                  string
		minOpen, maxOpen, minShape, maxShape float64
	}{
		{"a", 0.6, 1, -0.3, 0.3},
		{"i", 0.1, 0.35, 0.5, 1},
		{"u", 0.1, 0.35, -1, -0.6},
		{"o", 0.25, 0.6, -1, -0.5},
		{"e", 0.3, 0.6, 0.2, 0.8},
	} {
		p := track(sound{0, 0.3, ""}, sound{0.3, 0.6, tc.ipa}, sound{0.6, 1, ""}).At(0.5)
		assert.GreaterOrEqual(t, p.Open, tc.minOpen, tc.ipa)
		assert.LessOrEqual(t, p.Open, tc.maxOpen, tc.ipa)
		assert.GreaterOrEqual(t, p.Shape, tc.minShape, tc.ipa)
		assert.LessOrEqual(t, p.Shape, tc.maxShape, tc.ipa)
	}
}

func TestMouthRestsInPauses(t *testing.T) {
	t.Parallel()
	marked := track(sound{0, 0.3, "a"}, sound{0.3, 0.7, ""}, sound{0.7, 0.9, "a"})
	gap := track(sound{0, 0.3, "a"}, sound{0.7, 0.9, "a"})
	for name, track := range map[string]*curve.Track{"marked": marked, "a gap": gap} {
		assert.Greater(t, track.At(0.2).Open, 0.5, name)
		assert.Less(t, track.At(0.5).Open, 0.06, name)
		assert.Greater(t, track.At(0.8).Open, 0.5, name)
		assert.Less(t, track.At(1.3).Open, 0.02, "%s, afterwards", name)
	}
	assert.Less(t, track(sound{1, 2, "a"}).At(0.5).Open, 0.02, "before the first sound")
	short := track(sound{0, 0.3, "a"}, sound{0.3, 0.35, ""}, sound{0.35, 0.9, "a"})
	assert.Greater(t, short.At(0.325).Open, 0.5, "no rest between two words")
	assert.Equal(t, curve.Pose{}, track().At(1), "nothing is said")
}

func TestAWideMouthNarrowsBeforeItShuts(t *testing.T) {
	t.Parallel()
	long := track(sound{0.2, 0.5, "a"}, sound{0.5, 0.56, "m"}, sound{0.56, 0.9, "a"})
	wide := long.At(0.35).Open
	assert.Less(t, long.At(0.45).Open, 0.75*wide, "before")
	assert.Less(t, long.At(0.58).Open, 0.6*wide, "after")
	assert.Greater(t, long.At(0.65).Open, 0.8*wide)
	short := track(sound{0.2, 0.26, "m"}, sound{0.26, 0.33, "a"}, sound{0.33, 0.39, "m"})
	assert.Greater(t, short.At(0.295).Open, 0.3, "a short vowel is seen all the same")
}

// What is drawn while the speech still comes is what would be drawn had it all been there.
func TestStreamEqualsWhole(t *testing.T) {
	t.Parallel()
	sounds := babble()
	whole := track(sounds...)
	stream := &curve.Track{}
	known := 0
	for n := range 400 {
		now := (float64(n) + 0.5) * frame
		for known < len(sounds) && sounds[known].from < now+curve.Lookahead {
			s := sounds[known]
			stream.Add(s.from, s.to, viseme.Phoneme(s.ipa))
			known++
		}
		require.Equal(t, whole.At(now), stream.At(now), "frame %d", n)
	}
	require.Equal(t, len(sounds), known)
}

func TestMovesSmoothly(t *testing.T) {
	t.Parallel()
	track := track(babble()...)
	last := track.At(0)
	for n := range 1200 {
		p := track.At(float64(n) * 0.01)
		assert.Less(t, math.Abs(p.Open-last.Open), 0.2, "at %v", float64(n)*0.01)
		assert.Less(t, math.Abs(p.Press-last.Press), 0.3)
		for _, v := range []float64{p.Open, p.Press, p.Bite, p.Tongue, math.Abs(p.Shape)} {
			require.True(t, v >= 0 && v <= 1, "%+v", p)
		}
		last = p
	}
}

func TestMarksOutOfOrder(t *testing.T) {
	t.Parallel()
	track := track(sound{5, 6, "a"}, sound{-3, -9, "m"}, sound{2, 1, "i"}, sound{7, 8, "a"})
	for n := range 100 {
		p := track.At(float64(n) * 0.1)
		require.False(t, math.IsNaN(p.Open) || math.IsNaN(p.Shape))
	}
	assert.Greater(t, track.At(7.5).Open, 0.5)
}
