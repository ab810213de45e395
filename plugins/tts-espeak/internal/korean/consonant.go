package korean

// neutral is how a coda sounds when nothing follows: seven sounds are left of 27. The
// sound [ㄷ] is written ㅅ, as it is in most words.
func neutral(coda rune) rune {
	switch coda {
	case 'ㄲ', 'ㅋ', 'ㄳ', 'ㄺ':
		return 'ㄱ'
	case 'ㄷ', 'ㅆ', 'ㅈ', 'ㅊ', 'ㅌ', 'ㅎ':
		return 'ㅅ'
	case 'ㅍ', 'ㅄ', 'ㄿ':
		return 'ㅂ'
	case 'ㄵ', 'ㄶ':
		return 'ㄴ'
	case 'ㄼ', 'ㄽ', 'ㄾ', 'ㅀ':
		return 'ㄹ'
	case 'ㄻ':
		return 'ㅁ'
	default:
		return coda
	}
}

// divide gives what stays of a coda before a vowel, and what moves to it.
func divide(coda rune) (stays, moves rune) {
	switch coda {
	case 'ㄳ':
		return 'ㄱ', 'ㅆ'
	case 'ㄵ':
		return 'ㄴ', 'ㅈ'
	case 'ㄺ':
		return 'ㄹ', 'ㄱ'
	case 'ㄻ':
		return 'ㄹ', 'ㅁ'
	case 'ㄼ':
		return 'ㄹ', 'ㅂ'
	case 'ㄽ':
		return 'ㄹ', 'ㅆ'
	case 'ㄾ':
		return 'ㄹ', 'ㅌ'
	case 'ㄿ':
		return 'ㄹ', 'ㅍ'
	case 'ㅄ':
		return 'ㅂ', 'ㅆ'
	default:
		return none, coda
	}
}

// withoutH gives what is left of a coda in which ㅎ sounds.
func withoutH(coda rune) (rest rune, ok bool) {
	switch coda {
	case 'ㅎ':
		return none, true
	case 'ㄶ':
		return 'ㄴ', true
	case 'ㅀ':
		return 'ㄹ', true
	default:
		return coda, false
	}
}

// aspirates gives what a coda and a ㅎ after it become; moved is 0 when they stay apart.
func aspirates(coda rune) (rest, moved rune) {
	switch coda {
	case 'ㄱ', 'ㄲ', 'ㅋ', 'ㄳ':
		return none, 'ㅋ'
	case 'ㄺ':
		return 'ㄹ', 'ㅋ'
	case 'ㄷ', 'ㅅ', 'ㅆ', 'ㅊ', 'ㅌ':
		return none, 'ㅌ'
	case 'ㅈ':
		return none, 'ㅊ'
	case 'ㄵ':
		return 'ㄴ', 'ㅊ'
	case 'ㅂ', 'ㅍ', 'ㅄ':
		return none, 'ㅍ'
	case 'ㄼ':
		return 'ㄹ', 'ㅍ'
	default:
		return coda, 0
	}
}

func aspirated(onset rune) rune {
	switch onset {
	case 'ㄱ':
		return 'ㅋ'
	case 'ㄷ':
		return 'ㅌ'
	case 'ㅈ':
		return 'ㅊ'
	default:
		return onset
	}
}

func tense(onset rune) rune {
	switch onset {
	case 'ㄱ':
		return 'ㄲ'
	case 'ㄷ':
		return 'ㄸ'
	case 'ㅂ':
		return 'ㅃ'
	case 'ㅅ':
		return 'ㅆ'
	case 'ㅈ':
		return 'ㅉ'
	default:
		return onset
	}
}

// nasal is how a neutral coda sounds before a nasal.
func nasal(coda rune) rune {
	switch coda {
	case 'ㄱ':
		return 'ㅇ'
	case 'ㅅ':
		return 'ㄴ'
	case 'ㅂ':
		return 'ㅁ'
	default:
		return coda
	}
}

// hardens tells whether a coda makes the consonant after it tense.
func hardens(coda rune) bool {
	switch neutral(coda) {
	case 'ㄱ', 'ㅅ', 'ㅂ':
		return true
	default:
		return coda == 'ㄵ' || coda == 'ㄼ' || coda == 'ㄾ'
	}
}
