package curve_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/curve"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
	"github.com/visavis-dev/visavis/sdk/face"
)

const frame = 0.04

type sound struct {
	from, to float64
	ipa      string
}

func load(t *testing.T) *viseme.Table {
	t.Helper()
	table, err := viseme.Load()
	require.NoError(t, err)
	return table
}

func track(t *testing.T, sounds ...sound) *curve.Track {
	t.Helper()
	table := load(t)
	track := curve.New(table)
	for _, s := range sounds {
		track.Add(s.from, s.to, table.Phoneme(s.ipa))
	}
	return track
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
			track := track(t, sound{0.2, from, "ɐ"}, sound{from, from + 0.012, ipa}, sound{from + 0.012, 0.9, "ɐ"})
			shut := 0
			for n := range 30 {
				now := (float64(n) + 0.5) * frame
				if p := track.At(now); p[face.MouthClose] >= 0.999 {
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
		p := track(t, sound{0, 0.3, ""}, sound{0.3, 0.6, tc.ipa}, sound{0.6, 1, ""}).At(0.5)
		shape := p[face.MouthStretch] - max(p[face.MouthFunnel], p[face.MouthPucker])
		assert.GreaterOrEqual(t, p[face.JawOpen], tc.minOpen, tc.ipa)
		assert.LessOrEqual(t, p[face.JawOpen], tc.maxOpen, tc.ipa)
		assert.GreaterOrEqual(t, shape, tc.minShape, tc.ipa)
		assert.LessOrEqual(t, shape, tc.maxShape, tc.ipa)
	}
}

func TestLabiodentalsBite(t *testing.T) {
	t.Parallel()
	p := track(t, sound{0, 0.3, "a"}, sound{0.3, 0.38, "f"}, sound{0.38, 0.7, "a"}).At(0.34)
	assert.InDelta(t, 1, p[face.MouthBite], 1e-9)
	assert.Zero(t, p[face.MouthClose], "the lips do not meet")
}

// Lips round well before the vowel, under consonants that do not care, and let go sooner.
func TestRoundingIsAnticipated(t *testing.T) {
	t.Parallel()
	coming := track(t, sound{0, 0.5, "i"}, sound{0.5, 0.6, "k"}, sound{0.6, 1, "u"})
	going := track(t, sound{0, 0.4, "u"}, sound{0.4, 0.5, "k"}, sound{0.5, 1, "i"})
	early, late := coming.At(0.57)[face.MouthPucker], going.At(0.43)[face.MouthPucker]
	assert.Greater(t, early, 0.5, "before the u")
	assert.Greater(t, coming.At(0.53)[face.MouthPucker], 0.15)
	assert.Greater(t, coming.At(0.55)[face.MouthPucker], going.At(0.45)[face.MouthPucker], "in the middle of the k")
	assert.Less(t, late, 1.)
}

func TestAWideMouthNarrowsBeforeItShuts(t *testing.T) {
	t.Parallel()
	long := track(t, sound{0.2, 0.5, "a"}, sound{0.5, 0.56, "m"}, sound{0.56, 0.9, "a"})
	jaw := func(track *curve.Track, now float64) float64 { return track.At(now)[face.JawOpen] }
	wide := jaw(long, 0.35)
	assert.Less(t, jaw(long, 0.45), 0.75*wide, "before")
	assert.Less(t, jaw(long, 0.58), 0.6*wide, "after")
	assert.Greater(t, jaw(long, 0.65), 0.8*wide)
	short := track(t, sound{0.2, 0.26, "m"}, sound{0.26, 0.33, "a"}, sound{0.33, 0.39, "m"})
	assert.Greater(t, jaw(short, 0.295), 0.3, "a short vowel is seen all the same")
}

// The jaw stays half open under lips that meet between two open vowels.
func TestLipsMeetWithoutTheJaw(t *testing.T) {
	t.Parallel()
	p := track(t, sound{0, 0.3, "a"}, sound{0.3, 0.36, "m"}, sound{0.36, 0.7, "a"}).At(0.33)
	assert.InDelta(t, 1, p[face.MouthClose], 1e-9)
	assert.Greater(t, p[face.JawOpen], 0.1)
}

func TestMouthRestsInPauses(t *testing.T) {
	t.Parallel()
	marked := track(t, sound{0, 0.3, "a"}, sound{0.3, 0.7, ""}, sound{0.7, 0.9, "a"})
	gap := track(t, sound{0, 0.3, "a"}, sound{0.7, 0.9, "a"})
	for name, track := range map[string]*curve.Track{"marked": marked, "a gap": gap} {
		assert.Greater(t, track.At(0.2)[face.JawOpen], 0.5, name)
		assert.Less(t, track.At(0.5)[face.JawOpen], 0.06, name)
		assert.Greater(t, track.At(0.8)[face.JawOpen], 0.5, name)
		assert.Less(t, track.At(1.3)[face.JawOpen], 0.02, "%s, afterwards", name)
	}
	assert.Less(t, track(t, sound{1, 2, "a"}).At(0.5)[face.JawOpen], 0.02, "before the first sound")
	short := track(t, sound{0, 0.3, "a"}, sound{0.3, 0.35, ""}, sound{0.35, 0.9, "a"})
	assert.Greater(t, short.At(0.325)[face.JawOpen], 0.5, "no rest between two words")
	assert.Equal(t, face.Coefficients{}, track(t).At(1), "nothing is said")
}

// What is drawn while the speech still comes is what would be drawn had it all been there.
func TestStreamEqualsWhole(t *testing.T) {
	t.Parallel()
	sounds := babble()
	whole := track(t, sounds...)
	table := load(t)
	stream := curve.New(table)
	known := 0
	for n := range 400 {
		now := (float64(n) + 0.5) * frame
		for known < len(sounds) && sounds[known].from < now+table.Movement.Lookahead {
			s := sounds[known]
			stream.Add(s.from, s.to, table.Phoneme(s.ipa))
			known++
		}
		require.Equal(t, whole.At(now), stream.At(now), "frame %d", n)
	}
	require.Equal(t, len(sounds), known)
}

func TestMovesSmoothly(t *testing.T) {
	t.Parallel()
	track := track(t, babble()...)
	last := track.At(0)
	for n := range 1200 {
		p := track.At(float64(n) * 0.01)
		for i, v := range p {
			step := 0.2
			if c := face.Coefficient(i); c == face.MouthClose || c == face.MouthPress || c == face.MouthBite {
				step = 0.35
			}
			require.True(t, v >= 0 && v <= 1, "%+v", p)
			require.Less(t, math.Abs(v-last[i]), step, "%s at %v", face.Coefficient(i), float64(n)*0.01)
		}
		last = p
	}
}

// parity is what the training's own reading of visemes.json makes of some sounds: models/voice writes it.
func TestTrainingMovesTheSame(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/parity.json")
	require.NoError(t, err)
	var parity struct {
		Sounds []struct {
			Start float64 `json:"start"`
			End   float64 `json:"end"`
			IPA   string  `json:"ipa"`
		} `json:"sounds"`
		Times []float64           `json:"times"`
		Faces []face.Coefficients `json:"faces"`
	}
	require.NoError(t, json.Unmarshal(data, &parity))
	require.NotEmpty(t, parity.Sounds)
	require.Len(t, parity.Faces, len(parity.Times))
	table := load(t)
	track := curve.New(table)
	for _, s := range parity.Sounds {
		targets := table.Phonemes(s.IPA)
		if len(targets) == 2 {
			change := s.Start + table.Movement.FirstVowel*(s.End-s.Start)
			track.Add(s.Start, change, targets[0])
			track.Add(change, s.End, targets[1])
			continue
		}
		track.Add(s.Start, s.End, targets[0])
	}
	for n, now := range parity.Times {
		want, got := parity.Faces[n], track.At(now)
		for i := range want {
			require.InDelta(t, want[i], got[i], 1e-6, "%s at %v", face.Coefficient(i), now)
		}
	}
}

// Whatever marks say, a mouth is at rest soon after the last of them.
func TestNoMouthStaysOpen(t *testing.T) {
	t.Parallel()
	for name, sounds := range map[string][]sound{
		"the last does not say when it ends": {{0, 0.2, "m"}, {0.2, 0.2, "a"}},
		"none says when it ends":             {{0, 0, "a"}, {0.2, 0.2, "m"}, {0.4, 0.4, "a"}},
		"it ends before it begins":           {{0.5, -1e14, "a"}},
		"it lies before the speech":          {{-1e14, -5, "a"}},
		"they are out of order":              {{0.4, 0.5, "a"}, {0.1, 0.2, "a"}},
		"they are at one place":              {{0.1, 0.1, "a"}, {0.1, 0.1, "a"}, {0, 0.05, "a"}},
	} {
		moving := track(t, sounds...)
		for n := range 50 {
			assert.Less(t, moving.At(1.2 + float64(n)*frame)[face.JawOpen], 0.06, "%s, frame %d", name, n)
		}
	}
}

func TestMarksOutOfOrder(t *testing.T) {
	t.Parallel()
	track := track(t, sound{5, 6, "a"}, sound{-3, -9, "m"}, sound{2, 1, "i"}, sound{7, 8, "a"})
	for n := range 100 {
		p := track.At(float64(n) * 0.1)
		require.False(t, math.IsNaN(p[face.JawOpen]) || math.IsNaN(p[face.MouthPucker]))
	}
	assert.Greater(t, track.At(7.5)[face.JawOpen], 0.5)
}
