// Package korean turns written Korean into Korean written as it is spoken: numbers, units
// and symbols become words, and words follow the rules of standard pronunciation. It
// makes no sound and knows no engine.
package korean

import "strings"

// Pronounce respells Hangul by the rules of standard pronunciation (합니다 → 함니다,
// 신라 → 실라). Everything else stays, and so does
// what only a larger dictionary than ours could tell.
func Pronounce(text string) string {
	text = tenseFutures(respell(text))
	var out strings.Builder
	var word []syllable
	flush := func() {
		pronounceWord(word)
		for _, s := range word {
			out.WriteRune(s.join())
		}
		word = word[:0]
	}
	for _, r := range text {
		if isSyllable(r) {
			word = append(word, split(r))
			continue
		}
		flush()
		out.WriteRune(r)
	}
	flush()
	return out.String()
}

// pronounceWord goes through the seams between syllables from left to right: each may
// change the coda before and the onset after it.
func pronounceWord(word []syllable) {
	reduceVowels(word)
	for i := range word {
		if i+1 == len(word) {
			word[i].coda = neutral(word[i].coda)
			break
		}
		before, after := &word[i], &word[i+1]
		switch {
		case palatalise(before, after), aspirate(before, after), link(before, after):
		default:
			meet(before, after, i)
		}
	}
}

// nounsInUI end in 의 that belongs to the noun; elsewhere a last 의 is the particle.
const nounsInUI = "회의 동의 주의 논의 강의 정의 합의 협의 문의 토의 결의 호의 성의 창의 상의 임의 유의 심의 거의 의의 건의 항의 편의 예의 고의"

// reduceVowels: 의 is 이 inside a word and 에 as a particle, ㅢ after a consonant is ㅣ,
// ㅖ after one is ㅔ, and ㅈㅉㅊ swallow the glide of ㅕ.
func reduceVowels(word []syllable) {
	for i := range word {
		s := &word[i]
		switch {
		case s.vowel == 'ㅢ' && s.onset != silent:
			s.vowel = 'ㅣ'
		case s.vowel == 'ㅢ' && i > 0 && i == len(word)-1 && !endsInUI(word):
			s.vowel = 'ㅔ'
		case s.vowel == 'ㅢ' && i > 0:
			s.vowel = 'ㅣ'
		case s.vowel == 'ㅖ' && s.onset != silent && s.onset != 'ㄹ':
			s.vowel = 'ㅔ'
		case s.vowel == 'ㅕ' && (s.onset == 'ㅈ' || s.onset == 'ㅉ' || s.onset == 'ㅊ'):
			s.vowel = 'ㅓ'
		}
	}
}

func endsInUI(word []syllable) bool {
	end := string([]rune{word[len(word)-2].join(), word[len(word)-1].join()})
	return strings.Contains(nounsInUI, end)
}

// palatalise: ㄷ and ㅌ become ㅈ and ㅊ before 이, ㄷ becomes ㅊ before 히.
func palatalise(before, after *syllable) bool {
	if after.vowel != 'ㅣ' || after.coda == 'ㅇ' {
		return false
	}
	rest, moved := rune(none), rune(0)
	switch {
	case before.coda == 'ㄷ' && after.onset == silent:
		moved = 'ㅈ'
	case before.coda == 'ㄷ' && after.onset == 'ㅎ', before.coda == 'ㅌ' && after.onset == silent:
		moved = 'ㅊ'
	case before.coda == 'ㄾ' && after.onset == silent:
		rest, moved = 'ㄹ', 'ㅊ'
	default:
		return false
	}
	before.coda, after.onset = rest, moved
	return true
}

// aspirate joins ㅎ with its neighbour: ㅎ+ㄱ and ㄱ+ㅎ are ㅋ, and so on. Before a vowel
// the ㅎ of a coda is silent.
func aspirate(before, after *syllable) bool {
	if rest, ok := withoutH(before.coda); ok {
		switch after.onset {
		case 'ㄱ', 'ㄷ', 'ㅈ':
			before.coda, after.onset = rest, aspirated(after.onset)
		case 'ㅅ':
			before.coda, after.onset = rest, 'ㅆ'
		case silent:
			before.coda = rest
			if rest != none {
				before.coda, after.onset = none, rest
			}
		default:
			// 놓는 is 논는, 앓는 is 알른: what is left meets the next consonant.
			if rest == none {
				before.coda = 'ㅅ'
			} else {
				before.coda = rest
			}
			meet(before, after, 0)
		}
		return true
	}
	if after.onset != 'ㅎ' {
		return false
	}
	rest, moved := aspirates(before.coda)
	if moved == 0 {
		return false
	}
	before.coda, after.onset = rest, moved
	return true
}

// link moves a coda to the empty onset after it; of two consonants the second moves.
func link(before, after *syllable) bool {
	if after.onset != silent || before.coda == none || before.coda == 'ㅇ' {
		return false
	}
	before.coda, after.onset = divide(before.coda)
	return true
}

// meet lets a coda and an onset change each other. place is the number of the syllable in its word.
func meet(before, after *syllable, place int) {
	hard := hardens(before.coda)
	if before.coda == 'ㄺ' && after.onset == 'ㄱ' {
		before.coda = 'ㄹ' // 읽고 is 일꼬
	}
	before.coda = neutral(before.coda)
	coda, onset := before.coda, after.onset
	switch {
	case onset == 'ㄴ' && coda == 'ㄹ':
		after.onset = 'ㄹ'
	case onset == 'ㄹ' && coda == 'ㄴ':
		// 신라 is 실라, but the suffix of 판단력 keeps its ㄴ: 판단녁.
		if place > 0 && isSuffix(*after) {
			after.onset = 'ㄴ'
		} else {
			before.coda = 'ㄹ'
		}
	case onset == 'ㄹ' && coda != none && coda != 'ㄹ':
		before.coda, after.onset = nasal(coda), 'ㄴ'
	case onset == 'ㄴ' || onset == 'ㅁ':
		before.coda = nasal(coda)
	case hard:
		after.onset = tense(onset)
	}
}

func isSuffix(s syllable) bool { return strings.ContainsRune("력량론란", s.join()) }
