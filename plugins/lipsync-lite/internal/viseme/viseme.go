// Package viseme says what a face does for a sound: for a phoneme in IPA, or for a character. It knows no time but how
// fast a mouth moves.
package viseme

import (
	"strings"
	"unicode"

	"github.com/visavis-dev/visavis/sdk/face"
)

// Target is where the face wants to be for a sound, and how much it insists.
type Target struct {
	Face face.Coefficients
	// Insist says how much the sound insists on each group, 0 to 1: after Cohen and Massaro, what a sound does not insist
	// on is its neighbours'.
	Insist [Groups]float64
	// Pause is no sound at all: the mouth rests.
	Pause bool
}

// Phoneme gives the target of a phoneme in IPA. Stress and length marks and diacritics are passed over; of a diphthong
// or an affricate the last part counts that is known. A pause is "" or "_". An unknown sound is a small opening.
func (t *Table) Phoneme(ipa string) Target {
	if strings.Trim(ipa, "_|: \t") == "" {
		return t.Rest
	}
	found := t.Unknown
	for _, r := range ipa {
		if target, known := t.sounds[r]; known {
			found = target
		}
	}
	return found
}

// Phonemes gives the sounds of a phoneme one after the other: two for a diphthong, one for all else.
func (t *Table) Phonemes(ipa string) []Target {
	var vowels []Target
	for _, r := range ipa {
		if t.vowels[r] {
			vowels = append(vowels, t.sounds[r])
		}
	}
	if len(vowels) == 2 {
		return vowels
	}
	return []Target{t.Phoneme(ipa)}
}

// Part is a sound inside a character, as shares of the character's time.
type Part struct {
	From, To float64
	Target   Target
}

// Character gives the sounds of a character one after the other: a Hangul syllable is taken apart into its jamo.
// White space, punctuation and what has no sound give none.
func (t *Table) Character(r rune) []Part {
	if parts := t.syllable(r); parts != nil {
		return parts
	}
	if phoneme := letter(unicode.ToLower(r)); phoneme != "" {
		return []Part{{To: 1, Target: t.Phoneme(phoneme)}}
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return []Part{{To: 1, Target: t.Phoneme("ə")}} // a script whose sounds are not known: it speaks all the same
	}
	return nil
}

// letter is the sound that a Latin letter mostly has.
func letter(r rune) string {
	switch r {
	case 'a':
		return "a"
	case 'e':
		return "e"
	case 'i', 'y':
		return "i"
	case 'o':
		return "o"
	case 'u':
		return "u"
	case 'c', 'k', 'q', 'x', 'g':
		return "k"
	case 'j':
		return "ʒ"
	case 'b', 'd', 'f', 'h', 'l', 'm', 'n', 'p', 's', 't', 'v', 'w', 'z':
		return string(r)
	case 'r':
		return "ɹ"
	}
	return ""
}
