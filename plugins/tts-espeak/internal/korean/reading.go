package korean

import (
	"regexp"
	"strconv"
	"strings"
)

// number is an amount, with commas between thousands or without, perhaps with decimals.
const number = `\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*`

var (
	datePattern     = regexp.MustCompile(`\b(\d{4})[-./](0?[1-9]|1[0-2])[-./](0?[1-9]|[12]\d|3[01])\b`)
	clockPattern    = regexp.MustCompile(`\b([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?\b`)
	phonePattern    = regexp.MustCompile(`\b(?:0\d{1,2}-\d{3,4}|1[568]\d\d)-\d{4}\b`)
	moneyPattern    = regexp.MustCompile(`([₩￦$€£¥])\s?(` + number + `)([천만억조]*)`)
	negativePattern = regexp.MustCompile(`(^|[\s(])[-−–](\d)`)
	rangePattern    = regexp.MustCompile(`(\d[%℃]?|[시분초일월년개명])\s?[~∼〜～]\s?(\d)`)
	fractionPattern = regexp.MustCompile(`\b(\d{1,2})/(\d{1,2})\b`)
	monthPattern    = regexp.MustCompile(`\b(0?6|10)\s?월`)
	unitPattern     = regexp.MustCompile(`(` + number + `)\s?(km/h|m/s|Mbps|Gbps|km|cm|mm|kg|mg|ml|mL|kHz|MHz|GHz|Hz|KB|MB|GB|TB|kW|dB|px|fps|ms|km²|㎢|m²|㎡|㎞|㎝|㎜|㎏|m³|℃|°C|°F|%p|[mgLtsWV]\b|[%‰°])`)
	counterPattern  = regexp.MustCompile(`\b(\d{1,2})\s?(시간|개(?:[^가-힣월년국]|[^월년국소]|$)|명|사람|살|시|달|마리|권|잔|병|장|대|가지|번(?:째| 째|의|씩|이나|만|정도| 정도| 더)|곳|군데|배|차례|그루|송이|켤레|곡|통|조각|끼|바퀴|건|팀|컵|상자|그릇|쌍|줄)`)
	numberPattern   = regexp.MustCompile(number)
	acronymPattern  = regexp.MustCompile(`\b(?:[A-Z]{1,3}|[BCDFGHJKLMNPQRSTVWXZ]{4,6})\b`)
	equationPattern = regexp.MustCompile(`([\d가-힣])\s?([+×÷*])\s?(\d)`)
)

// Read writes numbers, dates, times, units, symbols and short acronyms out in Hangul.
// Other words in Latin letters stay as they are.
func Read(text string) string {
	text = rangePattern.ReplaceAllString(text, "${1}에서 ${2}")
	text = datePattern.ReplaceAllStringFunc(text, readDate)
	text = clockPattern.ReplaceAllStringFunc(text, readClock)
	text = phonePattern.ReplaceAllStringFunc(text, readPhone)
	text = readMoney(text)
	text = readEquation(readEquation(text)) // the second number of one is the first of the next
	text = negativePattern.ReplaceAllString(text, "${1}마이너스 ${2}")
	text = fractionPattern.ReplaceAllString(text, "${2}분의 ${1}")
	text = monthPattern.ReplaceAllStringFunc(text, readMonth)
	text = readUnits(text)
	text = readCounters(text)
	text = numberPattern.ReplaceAllStringFunc(text, Sino)
	text = readSymbols(text)
	text = acronymPattern.ReplaceAllStringFunc(text, spell)
	return strings.Join(strings.Fields(text), " ")
}

func readDate(s string) string {
	m := datePattern.FindStringSubmatch(s)
	return Sino(m[1]) + "년 " + readMonth(m[2]+"월") + " " + plain(m[3]) + "일"
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

func readPhone(s string) string {
	parts := strings.Split(s, "-")
	for i, part := range parts {
		parts[i] = Digits(part)
	}
	return strings.Join(parts, ", ")
}

func readMoney(text string) string {
	return moneyPattern.ReplaceAllStringFunc(text, func(s string) string {
		m := moneyPattern.FindStringSubmatch(s)
		return Sino(m[2]) + m[3] + currency(m[1])
	})
}

func currency(sign string) string {
	switch sign {
	case "$":
		return " 달러"
	case "€":
		return " 유로"
	case "£":
		return " 파운드"
	case "¥":
		return " 엔"
	default:
		return "원"
	}
}

func readUnits(text string) string {
	return unitPattern.ReplaceAllStringFunc(text, func(s string) string {
		m := unitPattern.FindStringSubmatch(s)
		return Sino(m[1]) + " " + unit(m[2])
	})
}

func readCounters(text string) string {
	return counterPattern.ReplaceAllStringFunc(text, func(s string) string {
		m := counterPattern.FindStringSubmatch(s)
		n, _ := strconv.Atoi(m[1])
		// Thirty and more are counted in either way; only ages stay native. 20대 is an age group.
		if (n >= 30 && m[2] != "살") || (m[2] == "대" && n%10 == 0) || (m[2] == "시" && n > 12) || n == 0 {
			return Sino(m[1]) + m[2]
		}
		return Native(n) + " " + m[2]
	})
}

func readEquation(text string) string {
	return equationPattern.ReplaceAllStringFunc(text, func(s string) string {
		m := equationPattern.FindStringSubmatch(s)
		word := map[string]string{"+": " 더하기 ", "×": " 곱하기 ", "*": " 곱하기 ", "÷": " 나누기 "}[m[2]]
		return m[1] + word + m[3]
	})
}
