// Package particle chooses Korean particles by the sound that a word ends in.
package particle

import (
	"slices"
	"unicode"
)

// Pair is a particle in its two forms: after a consonant, and after a vowel.
type Pair struct {
	consonant, vowel string
	// lieu says that a final ㄹ counts as a vowel, as for 로.
	lieul bool
}

// Topic is 은/는.
func Topic() Pair { return Pair{consonant: "은", vowel: "는"} }

// Subject is 이/가.
func Subject() Pair { return Pair{consonant: "이", vowel: "가"} }

// Object is 을/를.
func Object() Pair { return Pair{consonant: "을", vowel: "를"} }

// With is 과/와.
func With() Pair { return Pair{consonant: "과", vowel: "와"} }

// Direction is 으로/로.
func Direction() Pair { return Pair{consonant: "으로", vowel: "로", lieul: true} }

// After gives a word with the right form of a particle behind it. Latin letters and digits count as they are read in
// Korean; what has no sound is passed over.
func After(word string, p Pair) string {
	runes := []rune(word)
	for i, rune := range slices.Backward(runes) {
		final, lieul, sounds := ending(rune, i > 0 && unicode.IsLetter(runes[i-1]))
		if !sounds {
			continue
		}
		if final && (!lieul || !p.lieul) {
			return word + p.consonant
		}
		return word + p.vowel
	}
	return word + p.vowel
}

// ending tells how the last sound of a character is: whether it is a consonant, and whether that is ㄹ.
func ending(r rune, inWord bool) (final, lieul, sounds bool) {
	switch {
	case r >= 0xAC00 && r <= 0xD7A3:
		n := (r - 0xAC00) % 28
		return n != 0, n == 8, true
	case r >= '0' && r <= '9':
		// 영 일 이 삼 사 오 육 칠 팔 구
		return r == '0' || r == '1' || r == '3' || r == '6' || r == '7' || r == '8', r == '1' || r == '7' || r == '8', true
	case unicode.Is(unicode.Latin, r):
		return latin(unicode.ToLower(r), inWord)
	}
	return false, false, false
}

// latin is how a letter ends: as the last of a word by its sound, alone by its name (엘, 엠, 엔, 알).
func latin(r rune, inWord bool) (final, lieul, sounds bool) {
	switch r {
	case 'l':
		return true, true, true
	case 'm', 'n':
		return true, false, true
	case 'r':
		return !inWord, !inWord, true
	case 'b', 'c', 'k', 'p', 't', 'g', 'd':
		return inWord && r != 'd' && r != 't', false, true
	}
	return false, false, true
}
