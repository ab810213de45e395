// Package particle chooses Korean particles by the sound that a word ends in. It knows how Latin words and digits are read,
// not what they mean.
package particle

import (
	"slices"
	"strings"
	"unicode"
)

// Pair is a particle in its two forms: after a consonant, and after a vowel.
type Pair struct {
	consonant, vowel string
	// lieul says that a final ㄹ counts as a vowel, as for 로.
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

// Quoting is 이라는/라는.
func Quoting() Pair { return Pair{consonant: "이라는", vowel: "라는"} }

// Named finds the pair that a form belongs to.
func Named(form string) (Pair, bool) {
	for _, p := range []Pair{Topic(), Subject(), Object(), With(), Direction(), Quoting()} {
		if form == p.consonant || form == p.vowel {
			return p, true
		}
	}
	return Pair{}, false
}

// After gives a word with the right form of a particle behind it. Latin letters and digits count as they are read in
// Korean; what has no sound is passed over.
func After(word string, p Pair) string {
	last := ending(word)
	if last == consonant || last == lieul && !p.lieul {
		return word + p.consonant
	}
	return word + p.vowel
}

// sound is what a word ends in.
type sound int

const (
	vowel sound = iota
	consonant
	// lieul is the consonant ㄹ.
	lieul
)

func ending(word string) sound {
	runes := []rune(word)
	for i, r := range slices.Backward(runes) {
		switch {
		case r >= 0xAC00 && r <= 0xD7A3:
			return hangul(r)
		case r >= '0' && r <= '9':
			return digit(r)
		case unicode.Is(unicode.Latin, r):
			start := i
			for start > 0 && unicode.Is(unicode.Latin, runes[start-1]) {
				start--
			}
			return latin(string(runes[start : i+1]))
		}
	}
	return vowel
}

func hangul(r rune) sound {
	switch (r - 0xAC00) % 28 {
	case 0:
		return vowel
	case 8:
		return lieul
	}
	return consonant
}

// digit reads 영 일 이 삼 사 오 육 칠 팔 구; 십, 백, 천 and 만 end in consonants as 영 does.
func digit(r rune) sound {
	switch r {
	case '1', '7', '8':
		return lieul
	case '0', '3', '6':
		return consonant
	}
	return vowel
}

// longestAcronym is up to how many capitals are read one by one.
const longestAcronym = 4

func latin(word string) sound {
	if strings.ToUpper(word) == word && len(word) <= longestAcronym && !readAsWord(word) {
		return letter(rune(word[len(word)-1]))
	}
	return spoken(strings.ToLower(word))
}

// readAsWord tells the acronyms that are spoken as words: 캐드, 램, 텝스, 제이슨.
func readAsWord(word string) bool {
	return slices.Contains([]string{"CAD", "RAM", "TEPS", "JSON", "REST", "LINE", "TEAM", "LAB", "WEB", "MAC"}, word)
}

// letter is how a letter's name ends: 엘, 엠, 엔, 알, and vowels.
func letter(r rune) sound {
	switch r {
	case 'L', 'R':
		return lieul
	case 'M', 'N':
		return consonant
	}
	return vowel
}

// spoken is how a word of lower case ends when Koreans say it.
func spoken(word string) sound {
	n := len(word)
	last, before, third := at(word, n-1), at(word, n-2), at(word, n-3)
	if n == 1 {
		return letter(rune(strings.ToUpper(word)[0]))
	}
	switch last {
	case 'l':
		return lieul
	case 'm', 'n':
		return consonant
	case 'e': // a silent one: 구글, 온라인, 크롬
		switch {
		case before == 'l':
			return lieul
		case (before == 'n' || before == 'm') && isVowel(third):
			return consonant
		}
	case 'g':
		return when(before == 'n')
	case 'k':
		return when(isVowel(before) || before == 'c')
	case 'p':
		return when(isVowel(before) || before == 'p')
	case 'c':
		return when(isVowel(before))
	case 'b': // 웹, 랩; but 허브
		return when(isVowel(before) && !strings.HasSuffix(word, "hub"))
	case 't': // 깃, 봇, 넷; but 리액트, 부트
		return when(isVowel(before) && !isVowel(third))
	}
	return vowel
}

func when(closed bool) sound {
	if closed {
		return consonant
	}
	return vowel
}

func at(word string, i int) byte {
	if i < 0 {
		return 0
	}
	return word[i]
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }
