package korean

import (
	"regexp"
	"strings"
)

// laughs bounds how often one laughs or cries: ㅋㅋㅋㅋㅋㅋㅋㅋ is a matter of the eye.
const laughs = 3

var (
	laughPattern = regexp.MustCompile(`[ㅋㅎ]{2,}`)
	cryPattern   = regexp.MustCompile(`[ㅠㅜ]{2,}`)
	jamoPattern  = regexp.MustCompile(`[ㄱ-ㅎㅏ-ㅣ]`)
)

// readJamo reads letters that stand alone: laughter and tears as they sound, others by their names.
func readJamo(text string) string {
	text = laughPattern.ReplaceAllStringFunc(text, func(s string) string {
		sounds := strings.NewReplacer("ㅋ", "크", "ㅎ", "흐").Replace(s)
		return string([]rune(sounds)[:min(laughs, len([]rune(sounds)))])
	})
	text = cryPattern.ReplaceAllString(text, "흑흑")
	return jamoPattern.ReplaceAllStringFunc(text, func(s string) string {
		letter := []rune(s)[0]
		if letter >= 'ㅏ' {
			return string(syllable{onset: silent, vowel: letter}.join())
		}
		return " " + letterName(letter) + " "
	})
}

func letterName(letter rune) string {
	names := map[rune]string{
		'ㄱ': "기역", 'ㄲ': "쌍기역", 'ㄴ': "니은", 'ㄷ': "디귿", 'ㄸ': "쌍디귿", 'ㄹ': "리을", 'ㅁ': "미음", 'ㅂ': "비읍", 'ㅃ': "쌍비읍",
		'ㅅ': "시옷", 'ㅆ': "쌍시옷", 'ㅇ': "이응", 'ㅈ': "지읒", 'ㅉ': "쌍지읒", 'ㅊ': "치읓", 'ㅋ': "키읔", 'ㅌ': "티읕", 'ㅍ': "피읖", 'ㅎ': "히읗",
	}
	if name, known := names[letter]; known {
		return name
	}
	first, second := divide(letter) // ㄳ and its like are two letters
	return strings.TrimSpace(names[first] + " " + strings.TrimPrefix(names[second], "쌍"))
}
