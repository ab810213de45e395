package viseme_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
	"github.com/visavis-dev/visavis/sdk/face"
)

func load(t *testing.T) *viseme.Table {
	t.Helper()
	table, err := viseme.Load()
	require.NoError(t, err)
	return table
}

// The file names only what there is: a slip in a name would be a sound that does nothing.
func TestTheTableIsWhole(t *testing.T) {
	t.Parallel()
	table := load(t)
	m := table.Movement
	var moved []face.Coefficient
	for _, f := range m.Fades {
		assert.Positive(t, f.Before)
		assert.Positive(t, f.After)
		assert.Positive(t, f.Power)
		moved = append(moved, f.Coefficients...)
	}
	for _, c := range m.Closures {
		assert.Positive(t, c.Rise)
		assert.Positive(t, c.Fall)
		assert.GreaterOrEqual(t, c.Hold, 0.)
		moved = append(moved, c.Coefficient)
	}
	moved = append(moved, face.MouthSmile) // no sound's business
	assert.Len(t, moved, face.Count)
	for _, c := range moved {
		assert.True(t, c >= 0 && int(c) < face.Count)
	}
	assert.Greater(t, m.Fades[viseme.Rounding].Before, m.Fades[viseme.Rounding].After, "lips round early")
	for _, r := range "aɐæʌɔoueøiyɯəmpbfvθðltdnɾsʃkhwjɹ" {
		p := table.Phoneme(string(r))
		assert.NotEqual(t, table.Unknown, p, "%c", r)
		assert.Equal(t, p.Face.Clamp(), p.Face, "%c", r)
		assert.Positive(t, p.Insist[viseme.Jaw], "%c", r)
	}
	assert.Equal(t, table.Unknown, table.Phoneme("☃"))
}

func TestPhonemes(t *testing.T) {
	t.Parallel()
	table := load(t)
	for _, ipa := range []string{"m", "b", "p", "pʰ", "p͈", "ˈm", "m̩"} {
		assert.InDelta(t, 1, table.Phoneme(ipa).Face[face.MouthClose], 0, ipa)
	}
	for _, ipa := range []string{"f", "v"} {
		assert.InDelta(t, 1, table.Phoneme(ipa).Face[face.MouthBite], 0, ipa)
	}
	for _, ipa := range []string{"", "_", "_:", " "} {
		assert.True(t, table.Phoneme(ipa).Pause, ipa)
	}
	for _, ipa := range []string{"a", "ɐ", "k", "t", "s", "u", "ɡ", "aɪ", "dʑ", "ʔ", "q", "☃"} {
		p := table.Phoneme(ipa)
		assert.False(t, p.Pause, ipa)
		assert.Zero(t, p.Face[face.MouthClose], ipa)
		assert.Positive(t, p.Insist[viseme.Jaw], ipa)
	}
	jaw := func(ipa string) float64 { return table.Phoneme(ipa).Face[face.JawOpen] }
	assert.Greater(t, jaw("ɐ"), jaw("e"))
	assert.Greater(t, jaw("e"), jaw("i"))
	assert.Greater(t, table.Phoneme("u").Face[face.MouthPucker], 0.8)
	assert.Zero(t, table.Phoneme("ɯ").Face[face.MouthPucker], "ㅜ is round, ㅡ is not")
	assert.Equal(t, table.Phoneme("ɐ"), table.Phoneme("ˈɐː"), "stress and length do not matter")
	assert.Len(t, table.Phonemes("aɪ"), 2)
	assert.Len(t, table.Phonemes("tɕ"), 1)
}

func TestHangul(t *testing.T) {
	t.Parallel()
	table := load(t)
	for _, tc := range []struct {
		character   rune
		first, last bool // lips meet at the beginning, at the end
		sounds      int
		vowel       string
		vowelAt     int
	}{
		{character: '마', first: true, sounds: 2, vowel: "a", vowelAt: 1},
		{character: '밥', first: true, last: true, sounds: 3, vowel: "a", vowelAt: 1},
		{character: '임', last: true, sounds: 2, vowel: "i", vowelAt: 0},
		{character: '앞', last: true, sounds: 2, vowel: "a", vowelAt: 0},
		{character: '삶', last: true, sounds: 3, vowel: "a", vowelAt: 1},
		{character: '값', last: true, sounds: 3, vowel: "a", vowelAt: 1},
		{character: '뽀', first: true, sounds: 2, vowel: "o", vowelAt: 1},
		{character: '표', first: true, sounds: 3, vowel: "o", vowelAt: 2},
		{character: '과', sounds: 3, vowel: "a", vowelAt: 2},
		{character: '의', sounds: 2, vowel: "i", vowelAt: 1},
		{character: '강', sounds: 3, vowel: "a", vowelAt: 1},
		{character: '아', sounds: 1, vowel: "a", vowelAt: 0},
	} {
		parts := table.Character(tc.character)
		require.Len(t, parts, tc.sounds, string(tc.character))
		assert.Equal(t, tc.first, parts[0].Target.Face[face.MouthClose] == 1, "%c begins", tc.character)
		assert.Equal(t, tc.last, parts[len(parts)-1].Target.Face[face.MouthClose] == 1, "%c ends", tc.character)
		assert.Equal(t, table.Phoneme(tc.vowel), parts[tc.vowelAt].Target, "%c", tc.character)
	}
}

// Every character's sounds follow one another and fill its time.
func TestPartsFillTheCharacter(t *testing.T) {
	t.Parallel()
	table := load(t)
	check := func(r rune) {
		at := 0.0
		for _, p := range table.Character(r) {
			require.InDelta(t, at, p.From, 1e-9, "%c", r)
			require.Greater(t, p.To, p.From, "%c", r)
			at = p.To
		}
		require.InDelta(t, 1, at, 1e-9, "%c", r)
	}
	for r := '가'; r <= '힣'; r++ {
		check(r)
	}
	for r := 'ㄱ'; r <= 'ㅣ'; r++ {
		check(r)
	}
	for _, r := range "abcdefghijklmnopqrstuvwxyzAZ09漢あé" {
		check(r)
	}
	for _, r := range " \n.,!?…·-'\"" {
		assert.Empty(t, table.Character(r), "%q is a pause", r)
	}
}
