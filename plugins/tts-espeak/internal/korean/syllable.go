package korean

import "strings"

// A syllable block's code point is first + (onset*vowels + vowel)*codas + coda, by
// the order of these lists. The space among the codas is "none".
const (
	first  = '가'
	last   = '힣'
	onsets = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
	vowels = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
	codas  = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

	vowelCount = 21
	codaCount  = 28
	jamoBytes  = 3
)

// none is the coda of an open syllable, and silent the onset that has no sound.
const (
	none   = 0
	silent = 'ㅇ'
)

// syllable is one block of Hangul, taken apart.
type syllable struct {
	onset, vowel, coda rune
}

func isSyllable(r rune) bool { return r >= first && r <= last }

func split(r rune) syllable {
	n := int(r - first)
	s := syllable{
		onset: at(onsets, n/(vowelCount*codaCount)),
		vowel: at(vowels, n/codaCount%vowelCount),
	}
	if coda := n % codaCount; coda > 0 {
		s.coda = at(codas, coda-1)
	}
	return s
}

func (s syllable) join() rune {
	coda := 0
	if s.coda != none {
		coda = index(codas, s.coda) + 1
	}
	place := (index(onsets, s.onset)*vowelCount+index(vowels, s.vowel))*codaCount + coda
	return first + rune(place) //nolint:gosec // below 11,172
}

func at(list string, i int) rune { return []rune(list[i*jamoBytes : (i+1)*jamoBytes])[0] }

func index(list string, jamo rune) int { return strings.IndexRune(list, jamo) / jamoBytes }
