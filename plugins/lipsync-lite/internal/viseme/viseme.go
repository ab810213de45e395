// Package viseme says what a mouth does for a sound: for a phoneme in IPA, or for a character. It knows no time.
package viseme

import (
	"strings"
	"unicode"
)

// Target is where the mouth wants to be for a sound, and how much it insists.
type Target struct {
	// Open is 0 (closed) to 1, Shape -1 (rounded) to 1 (spread).
	Open, Shape float64
	// OpenWeight and ShapeWeight say how much the sound insists on each, 0 to 1: after Cohen and Massaro, what a
	// sound does not insist on is its neighbours'.
	OpenWeight, ShapeWeight float64
	// Press shuts the lips, Bite lays the lower lip on the teeth, Tongue lifts the tongue's tip: 0 to 1.
	Press, Bite, Tongue float64
	// Pause is no sound at all: the mouth rests.
	Pause bool
}

func vowel(open, shape float64) Target {
	return Target{Open: open, Shape: shape, OpenWeight: 1, ShapeWeight: 1}
}

// consonant hardly opens the mouth and leaves the lips to its neighbours as far as weight says.
func consonant(open, shape, openWeight, shapeWeight float64) Target {
	return Target{Open: open, Shape: shape, OpenWeight: openWeight, ShapeWeight: shapeWeight}
}

func rest() Target { return Target{OpenWeight: 1, ShapeWeight: 0.6, Pause: true} }

// Phoneme gives the target of a phoneme in IPA. Stress and length marks and diacritics are passed over; of a diphthong
// or an affricate the last part counts that is known. A pause is "" or "_". An unknown sound is a small opening.
func Phoneme(ipa string) Target {
	if strings.Trim(ipa, "_|: \t") == "" {
		return rest()
	}
	found := consonant(0.15, 0, 0.3, 0.1)
	for _, r := range ipa {
		if t, known := sound(r); known {
			found = t
		}
	}
	return found
}

// Phonemes gives the sounds of a phoneme one after the other: two for a diphthong, one for all else.
func Phonemes(ipa string) []Target {
	var vowels []Target
	for _, r := range ipa {
		if t, known := vowelSound(r); known {
			vowels = append(vowels, t)
		}
	}
	if len(vowels) == 2 {
		return vowels
	}
	return []Target{Phoneme(ipa)}
}

// sound is the target of one IPA letter.
func sound(r rune) (Target, bool) {
	if t, known := vowelSound(r); known {
		return t, true
	}
	return consonantSound(r)
}

func vowelSound(r rune) (Target, bool) {
	switch r {
	case 'a', 'ɐ', 'ɑ', 'ä', 'ɶ', 'A':
		return vowel(0.78, 0.05), true
	case 'æ':
		return vowel(0.7, 0.35), true
	case 'ʌ', 'ɜ', 'ɝ', 'ɞ':
		return vowel(0.52, -0.05), true
	case 'ɔ', 'ɒ':
		return vowel(0.55, -0.6), true
	case 'o', 'ɤ', 'ɵ':
		return vowel(0.42, -0.85), true
	case 'u', 'ʊ', 'ɷ':
		return vowel(0.22, -1), true
	case 'e', 'ɛ', 'E':
		return vowel(0.45, 0.5), true
	case 'ø', 'œ':
		return vowel(0.4, -0.7), true
	case 'i', 'ɪ', 'I':
		return vowel(0.3, 0.85), true
	case 'y', 'ʏ':
		return vowel(0.2, -0.8), true
	case 'ɯ', 'ɨ', 'ʉ':
		return vowel(0.2, 0.4), true
	case 'ə', 'ɚ', '@':
		return vowel(0.32, 0), true
	}
	return Target{}, false
}

func consonantSound(r rune) (Target, bool) {
	switch r {
	case 'm', 'b', 'p', 'ɓ', 'β', 'ɸ':
		return Target{Press: 1, OpenWeight: 1, ShapeWeight: 0.1}, true
	case 'f', 'v', 'ɱ', 'ʋ':
		return Target{Open: 0.08, OpenWeight: 0.8, ShapeWeight: 0.2, Bite: 1}, true
	case 'θ', 'ð', 'l', 'ɫ', 'ɭ', 'ʎ':
		return Target{Open: 0.28, Shape: 0.1, OpenWeight: 0.55, ShapeWeight: 0.15, Tongue: 0.8}, true
	case 't', 'd', 'n', 'ɾ', 'r', 'ɖ', 'ʈ', 'ɳ', 'ɗ', 'T', 'D', 'N':
		return Target{Open: 0.17, Shape: 0.1, OpenWeight: 0.6, ShapeWeight: 0.15, Tongue: 0.35}, true
	case 's', 'z', 'S', 'Z':
		return consonant(0.1, 0.3, 0.75, 0.3), true
	case 'ʃ', 'ʒ', 'ɕ', 'ʑ', 'ʂ', 'ʐ', 'ç':
		return consonant(0.16, -0.35, 0.7, 0.4), true
	case 'k', 'ɡ', 'g', 'ŋ', 'x', 'ɣ', 'q', 'ʔ', 'c', 'ɟ', 'ɲ':
		return consonant(0.22, 0, 0.35, 0.05), true
	case 'h', 'ɦ', 'ħ':
		return consonant(0.25, 0, 0.12, 0.03), true
	case 'w', 'ʍ', 'ɥ', 'ɰ':
		return consonant(0.16, -1, 0.7, 1), true
	case 'j':
		return consonant(0.2, 0.7, 0.45, 0.5), true
	case 'ɹ', 'ɻ', 'ʁ', 'ʀ':
		return consonant(0.2, -0.45, 0.5, 0.4), true
	}
	return Target{}, false
}

// Part is a sound inside a character, as shares of the character's time.
type Part struct {
	From, To float64
	Target   Target
}

// Character gives the sounds of a character one after the other: a Hangul syllable is taken apart into its jamo.
// White space, punctuation and what has no sound give none.
func Character(r rune) []Part {
	if parts := syllable(r); parts != nil {
		return parts
	}
	if phoneme := letter(unicode.ToLower(r)); phoneme != "" {
		return []Part{{To: 1, Target: Phoneme(phoneme)}}
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return []Part{{To: 1, Target: vowel(0.35, 0)}} // a script whose sounds are not known: it speaks all the same
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
