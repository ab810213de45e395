package espeak

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCleanGivesBareIPA(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"ˈɐ": "ɐ", "ˌiː": "i", "tɕ": "tɕ", "s-": "s", "q-": "k", "q": "k", "ph": "p", "kh": "k", "oʊ": "oʊ", "rʲ": "r", "i̪": "i", "ä": "a", "ɑ̃": "ɑ",
		"": "", "_": "",
	} {
		got, sounds := clean([]byte(raw + "\x00junk"))
		assert.True(t, sounds, raw)
		assert.Equal(t, want, got, raw)
	}
	for _, note := range []string{"(en)", "(en-us)", "5", "ː", "ˈ"} {
		_, sounds := clean([]byte(note))
		assert.False(t, sounds, note)
	}
	got, _ := clean([]byte("ˈɑ̃ːɑ")[:8]) // cut off inside a character
	assert.Equal(t, "ɑ", got)
}

func TestAppendPhonemeKeepsStartsRising(t *testing.T) {
	t.Parallel()
	var got []Phoneme
	for _, p := range []Phoneme{{0, ""}, {0, "a"}, {10, "l"}, {10, "m"}, {20, ""}, {30, ""}, {30, "b"}, {25, "c"}} {
		got = appendPhoneme(got, p)
	}
	assert.Equal(t, []Phoneme{{0, "a"}, {10, "m"}, {20, ""}, {30, "c"}}, got)
}
