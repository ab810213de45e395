package viseme

// Hangul syllables are numbered by their parts (Unicode, chapter 3.12): 19 initials, 21 vowels, 28 finals.
const (
	firstSyllable = 0xAC00
	lastSyllable  = 0xD7A3
	vowels        = 21
	finals        = 28
)

// syllable takes a Hangul syllable or a single jamo apart; nil for anything else.
func (t *Table) syllable(r rune) []Part {
	if r >= 'ㄱ' && r <= 'ㅎ' {
		return []Part{{To: 1, Target: t.Phoneme(jamo(r))}}
	}
	if r >= 'ㅏ' && r <= 'ㅣ' {
		return []Part{{To: 1, Target: t.Phoneme(vowelSounds(int(r - 'ㅏ'))[len(vowelSounds(int(r-'ㅏ')))-1])}}
	}
	if r < firstSyllable || r > lastSyllable {
		return nil
	}
	index := int(r - firstSyllable)
	initial, middle, final := index/(vowels*finals), index/finals%vowels, index%finals
	var parts []Part
	at, end := 0.0, 1.0
	if phoneme := initialSound(initial); phoneme != "" {
		parts = append(parts, Part{To: 0.3, Target: t.Phoneme(phoneme)})
		at = 0.3
	}
	last := finalSound(final)
	if last != "" {
		end = 0.72
	}
	sounds := vowelSounds(middle)
	if len(sounds) == 2 { // a glide is short
		parts = append(parts, Part{From: at, To: at + 0.15, Target: t.Phoneme(sounds[0])})
		at += 0.15
	}
	parts = append(parts, Part{From: at, To: end, Target: t.Phoneme(sounds[len(sounds)-1])})
	if last != "" {
		parts = append(parts, Part{From: end, To: 1, Target: t.Phoneme(last)})
	}
	return parts
}

// initialSound of ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ.
func initialSound(i int) string {
	return [19]string{"k", "k", "n", "t", "t", "ɾ", "m", "p", "p", "s", "s", "", "ɕ", "ɕ", "ɕ", "k", "t", "p", "h"}[i]
}

// vowelSounds of ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ, a glide first.
func vowelSounds(i int) []string {
	return [21][]string{
		{"a"},
		{"ɛ"},
		{"j", "a"},
		{"j", "ɛ"},
		{"ʌ"},
		{"e"},
		{"j", "ʌ"},
		{"j", "e"},
		{"o"},
		{"w", "a"},
		{"w", "ɛ"},
		{"w", "e"},
		{"j", "o"},
		{"u"},
		{"w", "ʌ"},
		{"w", "e"},
		{"w", "i"},
		{"j", "u"},
		{"ɯ"},
		{"ɯ", "i"},
		{"i"},
	}[i]
}

// finalSound of the 28 finals: none, ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ.
func finalSound(i int) string {
	return [28]string{
		"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ŋ",
		"t", "t", "k", "t", "p", "t",
	}[i]
}

// jamo is the sound of a consonant that stands alone.
func jamo(r rune) string {
	switch r {
	case 'ㅁ':
		return "m"
	case 'ㅂ', 'ㅃ', 'ㅍ', 'ㅄ':
		return "p"
	case 'ㄹ':
		return "l"
	case 'ㄴ', 'ㄷ', 'ㄸ', 'ㅌ':
		return "t"
	case 'ㅅ', 'ㅆ':
		return "s"
	case 'ㅈ', 'ㅉ', 'ㅊ':
		return "ɕ"
	case 'ㅎ':
		return "h"
	}
	return "k"
}
