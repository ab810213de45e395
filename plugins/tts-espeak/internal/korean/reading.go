package korean

import (
	"regexp"
	"strings"
)

// number is an amount, with commas between thousands or without, perhaps with decimals.
const number = `\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*`

var (
	listPattern     = regexp.MustCompile(`(^|\s)(\d{1,2})[.)]\s+(\D)`)
	phonePattern    = regexp.MustCompile(`(?:\+\d{1,3}[-. ]\(?\d{1,3}\)?[-. ]|\(0\d{1,2}\)\s?|\b0\d{1,2}[-. ])\d{3,4}[-. ]\d{4}\b|\b1[568]\d\d-\d{4}\b`)
	dialPattern     = regexp.MustCompile(`\b\d+(?:-\d+){2,}\b|\b\d{3,4}-\d{4}\b|\b\d{6}-\d{7}\b`)
	moneyPattern    = regexp.MustCompile(`(?:US)?([₩￦$€£¥])\s?(` + number + `)([천만억조]*)`)
	negativePattern = regexp.MustCompile(`(^|[\s(])[-−–](\d)`)
	positivePattern = regexp.MustCompile(`(^|[\s(])\+(\d)`)
	rangePattern    = regexp.MustCompile(`(\d[%℃]?|[시분초일월년개명세살층호원점등위차회주급])\s?[~∼〜～]\s?(\d)`)
	weekPattern     = regexp.MustCompile(`([월화수목금토일])\s?[~∼〜～]\s?([월화수목금토일])`)
	gluedPattern    = regexp.MustCompile(`(오전|오후|[시월년])(\d)`)
	hyphenPattern   = regexp.MustCompile(`(\d)-(\d+(?:[.,]\d+)*)(\s?(?:[년개월일주시분초세살회%만천억원도점명]|km|kg|cm))`)
	minusPattern    = regexp.MustCompile(`(\d)\s?[-−]\s?(\d+)(\s?=)`)
	dashPattern     = regexp.MustCompile(`(\d)-(\d)`)
	ratioPattern    = regexp.MustCompile(`(\d)\s?:\s?([\dN])`)
	dayPattern      = regexp.MustCompile(`\b(\d)\.(\d{1,2})(절|\s?(?:전쟁|혁명|민주화|광복절|사변))`)
	dotPattern      = regexp.MustCompile(`\b(\d{1,2})[·ㆍ](\d{1,2})\b`)
	fractionPattern = regexp.MustCompile(`\b(\d{1,2}(?:\.\d+)?)/(\d{1,2}(?:\.\d+)?)\b`)
	unitPattern     = regexp.MustCompile(`(` + number + `)\s?(km/h|m/s|Mbps|Gbps|km|cm|mm|kg|mg|ml|mL|kHz|MHz|GHz|Hz|KB|MB|GB|TB|kW|dB|px|fps|ms|km²|㎢|m²|㎡|㎞|㎝|㎜|㎏|m³|℃|°C|°F|%p|[mgLtsWVh]\b|[%‰°])`)
	numberPattern   = regexp.MustCompile(number)
	equationPattern = regexp.MustCompile(`(\d)\s?([+×÷*])\s?(\d)`)
)

// Read writes numbers, dates, times, units, symbols, addresses and short acronyms out in
// Hangul. Other words in Latin letters stay as they are.
func Read(text string) string {
	text = readAddresses(text)
	text = readNames(text)
	text = listPattern.ReplaceAllString(text, "${1}${2}, ${3}")
	text = phonePattern.ReplaceAllStringFunc(text, readDialled)
	text = readSpans(readMonths(text))
	text = weekPattern.ReplaceAllString(gluedPattern.ReplaceAllString(text, "$1 $2"), "${1}에서 ${2}")
	text = rangePattern.ReplaceAllString(text, "${1}에서 ${2}")
	text = dayPattern.ReplaceAllString(text, "${1}·${2}${3}") // 6.25 전쟁 is a day, no decimal
	text = readDates(text)
	text = dialPattern.ReplaceAllStringFunc(text, readDialled)
	text = readMoney(text)
	text = minusPattern.ReplaceAllString(text, "${1} 빼기 ${2}${3}")
	text = hyphenPattern.ReplaceAllString(text, "${1}에서 ${2}${3}")
	text = dashPattern.ReplaceAllString(text, "${1} 다시 ${2}")
	text = readEquation(readEquation(text)) // the second number of one is the first of the next
	text = negativePattern.ReplaceAllString(text, "${1}마이너스 ${2}")
	text = positivePattern.ReplaceAllString(text, "${1}플러스 ${2}")
	text = ratioPattern.ReplaceAllString(text, "${1} 대 ${2}")
	text = dotPattern.ReplaceAllStringFunc(text, Digits) // 5·18 is 오일팔
	text = fractionPattern.ReplaceAllStringFunc(text, readFraction)
	text = monthPattern.ReplaceAllStringFunc(text, readMonth)
	text = readUnits(text)
	text = readCounters(text)
	text = numberPattern.ReplaceAllStringFunc(text, Sino)
	text = readSymbols(text)
	text = acronymPattern.ReplaceAllStringFunc(text, spell)
	text = readJamo(text)
	return strings.Join(strings.Fields(text), " ")
}

// readDialled reads numbers that people dial or copy, digit by digit.
func readDialled(s string) string {
	var words []string
	for _, group := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		words = append(words, Digits(group))
	}
	said := strings.Join(words, ", ")
	if strings.HasPrefix(s, "+") {
		return "플러스 " + said
	}
	return said
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

// readFraction: 1/2 is 이분의 일, and 24/7 no fraction.
func readFraction(s string) string {
	above, below, _ := strings.Cut(s, "/")
	if len(above) > len(below) || (len(above) == len(below) && above > below) {
		return above + ", " + below
	}
	return below + "분의 " + above
}

func readUnits(text string) string {
	return unitPattern.ReplaceAllStringFunc(text, func(s string) string {
		m := unitPattern.FindStringSubmatch(s)
		return Sino(m[1]) + " " + unit(m[2])
	})
}

func readEquation(text string) string {
	return equationPattern.ReplaceAllStringFunc(text, func(s string) string {
		m := equationPattern.FindStringSubmatch(s)
		word := map[string]string{"+": " 더하기 ", "×": " 곱하기 ", "*": " 곱하기 ", "÷": " 나누기 "}[m[2]]
		return m[1] + word + m[3]
	})
}
