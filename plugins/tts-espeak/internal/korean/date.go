package korean

import (
	"regexp"
	"strconv"
	"strings"
)

const (
	month = `(0?[1-9]|1[0-2])`
	day   = `(0?[1-9]|[12]\d|3[01])`
)

var (
	datePattern  = regexp.MustCompile(`\b(\d{4})(?:\s?[-/]\s?|\.\s?)` + month + `(?:\s?[-/]\s?|\.\s?)` + day + `\b(?:\.(\s|$|[가-힣]))?`)
	shortPattern = regexp.MustCompile(`\b(\d{2})([-./])(0[1-9]|1[0-2])([-./])(0[1-9]|[12]\d|3[01])\b(?:\.(\s|$|[가-힣]))?`)
	// A year and a month look like a decimal, unless the month has its nought or another year follows.
	monthsPattern = regexp.MustCompile(`\b((?:19|20)\d{2})\.\s?` + month + `\.?(\s?[-~∼〜～]\s?)((?:19|20)\d{2})\.\s?` + month + `\b`)
	yearPattern   = regexp.MustCompile(`\b((?:19|20)\d{2})\.(0[1-9]|1[0-2])\b`)
	paddedPattern = regexp.MustCompile(`\b0(\d\s?[월일시분초])`)
	monthPattern  = regexp.MustCompile(`\b(0?6|10)\s?월`)
	clockPattern  = regexp.MustCompile(`\b([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?\b`)
)

// readMonths reads from one month to another: 2022.3 ~ 2024.11.
func readMonths(text string) string {
	return monthsPattern.ReplaceAllString(text, "${1}년 ${2}월에서 ${4}년 ${5}월")
}

// readDates reads dates and times of day.
func readDates(text string) string {
	text = datePattern.ReplaceAllStringFunc(text, func(s string) string {
		m := datePattern.FindStringSubmatch(s)
		return Sino(m[1]) + "년 " + readMonth(m[2]+"월") + " " + plain(m[3]) + "일" + m[4]
	})
	text = shortPattern.ReplaceAllStringFunc(text, func(s string) string {
		m := shortPattern.FindStringSubmatch(s)
		if m[2] != m[4] {
			return s
		}
		return plain(m[1]) + "년 " + readMonth(m[3]+"월") + " " + plain(m[5]) + "일" + m[6]
	})
	text = yearPattern.ReplaceAllString(text, "${1}년 ${2}월")
	text = paddedPattern.ReplaceAllString(text, "$1")
	return clockPattern.ReplaceAllStringFunc(text, readClock)
}

// plain reads a number without its leading zeros.
func plain(digits string) string { return quantity(digits) }

// readMonth: two months have lost a consonant, 유월 and 시월.
func readMonth(s string) string {
	digits := strings.TrimSpace(strings.TrimSuffix(s, "월"))
	switch strings.TrimLeft(digits, "0") {
	case "6":
		return "유월"
	case "10":
		return "시월"
	default:
		return plain(digits) + "월"
	}
}

// readClock counts hours up to twelve in native numerals, as people do.
func readClock(s string) string {
	m := clockPattern.FindStringSubmatch(s)
	hour, _ := strconv.Atoi(m[1])
	words := plain(m[1]) + "시"
	if hour >= 1 && hour <= 12 {
		words = Native(hour) + "시"
	}
	for i, unit := range []string{"분", "초"} {
		if digits := strings.TrimLeft(m[i+2], "0"); digits != "" {
			words += " " + plain(digits) + unit
		}
	}
	return words
}
