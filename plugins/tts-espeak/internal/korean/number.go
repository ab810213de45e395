package korean

import (
	"strconv"
	"strings"
)

// maxDigits is the longest number read as one quantity (up to 천경); longer ones are read
// digit by digit.
const maxDigits = 20

// Sino reads an unsigned number as quantities are read: "1,234.5" is 천이백삼십사 점 오.
// Leading zeros, and more parts than one after a point, are read digit by digit.
func Sino(number string) string {
	parts := strings.Split(strings.ReplaceAll(number, ",", ""), ".")
	whole := parts[0]
	words := []string{}
	if len(whole) > maxDigits || (len(whole) > 1 && whole[0] == '0') {
		words = append(words, Digits(whole))
	} else {
		words = append(words, quantity(whole))
	}
	for _, part := range parts[1:] {
		if len(parts) > 2 {
			words = append(words, "점", quantity(part))
		} else {
			words = append(words, "점", strings.ReplaceAll(Digits(part), "공", "영"))
		}
	}
	return strings.Join(words, " ")
}

// Digits reads every digit on its own, zero as 공, as in telephone numbers; long ones in
// groups of four.
func Digits(number string) string {
	var out strings.Builder
	for i, r := range number {
		if i > 0 && i%4 == 0 && len(number) > 8 {
			out.WriteByte(' ')
		}
		if r >= '0' && r <= '9' {
			out.WriteString([]string{"공", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"}[r-'0'])
		}
	}
	return out.String()
}

// quantity reads a whole number in groups of ten thousand.
func quantity(digits string) string {
	digits = strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return "영"
	case len(digits) > maxDigits:
		return Digits(digits)
	}
	groups := []string{"", "만", "억", "조", "경"}
	var words []string
	for group := (len(digits) - 1) / 4; group >= 0; group-- {
		end := len(digits) - group*4
		word := thousands(digits[max(0, end-4):end])
		if word == "" {
			continue
		}
		if word == "일" && group == 1 && len(words) == 0 {
			word = "" // 10000 is 만, not 일만
		}
		words = append(words, word+groups[group])
	}
	return strings.Join(words, " ")
}

// thousands reads up to four digits; "" is nought.
func thousands(digits string) string {
	places := []string{"", "십", "백", "천"}
	var out strings.Builder
	for i, r := range digits {
		if r == '0' {
			continue
		}
		place := len(digits) - 1 - i
		if r != '1' || place == 0 {
			out.WriteString(Digits(string(r)))
		}
		out.WriteString(places[place])
	}
	return out.String()
}

// Native counts 1 to 99 with Korean's own numerals, as before a counter (세 개, 스무 살).
// Outside of that range it is Sino.
func Native(n int) string {
	if n < 1 || n > 99 {
		return Sino(strconv.Itoa(n))
	}
	if n == 20 {
		return "스무"
	}
	tens := []string{"", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"}
	ones := []string{"", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"}
	return tens[n/10] + ones[n%10]
}
