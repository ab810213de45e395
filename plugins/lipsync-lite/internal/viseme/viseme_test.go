package viseme_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
)

func TestPhonemes(t *testing.T) {
	t.Parallel()
	for _, ipa := range []string{"m", "b", "p", "pʰ", "p͈", "ˈm", "m̩"} {
		assert.InDelta(t, 1, viseme.Phoneme(ipa).Press, 0, ipa)
	}
	for _, ipa := range []string{"f", "v"} {
		assert.InDelta(t, 1, viseme.Phoneme(ipa).Bite, 0, ipa)
	}
	for _, ipa := range []string{"", "_", "_:", " "} {
		assert.True(t, viseme.Phoneme(ipa).Pause, ipa)
	}
	for _, ipa := range []string{"a", "ɐ", "k", "t", "s", "u", "ɡ", "aɪ", "dʑ", "ʔ", "q", "☃"} {
		p := viseme.Phoneme(ipa)
		assert.False(t, p.Pause, ipa)
		assert.Zero(t, p.Press, ipa)
		assert.Positive(t, p.OpenWeight, ipa)
	}
	assert.Greater(t, viseme.Phoneme("ɐ").Open, viseme.Phoneme("e").Open)
	assert.Greater(t, viseme.Phoneme("e").Open, viseme.Phoneme("i").Open)
	assert.Less(t, viseme.Phoneme("u").Shape, viseme.Phoneme("ɯ").Shape, "ㅜ is round, ㅡ is not")
	assert.Equal(t, viseme.Phoneme("ɐ"), viseme.Phoneme("ˈɐː"), "stress and length do not matter")
}

func TestHangul(t *testing.T) {
	t.Parallel()
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
		parts := viseme.Character(tc.character)
		require.Len(t, parts, tc.sounds, string(tc.character))
		assert.Equal(t, tc.first, parts[0].Target.Press == 1, "%c begins", tc.character)
		assert.Equal(t, tc.last, parts[len(parts)-1].Target.Press == 1, "%c ends", tc.character)
		assert.Equal(t, viseme.Phoneme(tc.vowel), parts[tc.vowelAt].Target, "%c", tc.character)
	}
}

// Every character's sounds follow one another and fill its time.
func TestPartsFillTheCharacter(t *testing.T) {
	t.Parallel()
	check := func(r rune) {
		at := 0.0
		for _, p := range viseme.Character(r) {
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
		assert.Empty(t, viseme.Character(r), "%q is a pause", r)
	}
}
