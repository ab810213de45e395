// Package english writes out what English text abbreviates and eSpeak would read sign by sign: money, dates, numbers to
// dial, ranges and units. It makes no sound and knows no engine.
package english

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const number = `\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`

var (
	pagePattern   = regexp.MustCompile(`(?i)\b(?:https?://)([^\s?#]+)(?:[?#]\S*)?`)
	moneyPattern  = regexp.MustCompile(`(?:US)?([$€£₩¥])\s?(` + number + `)(?:\s?(million|billion|trillion|thousand|[kMB])\b)?`)
	datePattern   = regexp.MustCompile(`\b(\d{4})[-/.](0?[1-9]|1[0-2])[-/.](0?[1-9]|[12]\d|3[01])\b`)
	dialPattern   = regexp.MustCompile(`\+?\b\d{1,4}(?:-\d{2,4}){1,2}-\d{4}\b|\b\d{3}-\d{4}\b`)
	rangePattern  = regexp.MustCompile(`(\d)\s?[-–~]\s?(\d)`)
	unitPattern   = regexp.MustCompile(`\b(` + number + `)\s?(km/h|km|cm|mm|kg|mg|ml|GB|MB|KB|TB|GHz|MHz|kHz|Hz|ms|px|fps|m|g|L)\b`)
	numberPattern = regexp.MustCompile(`#(\d)`)
	versusPattern = regexp.MustCompile(`\bvs\b\.?`)
)

// Read writes a text as it is spoken.
func Read(text string) string {
	text = pagePattern.ReplaceAllString(text, "$1")
	text = moneyPattern.ReplaceAllStringFunc(text, readMoney)
	text = datePattern.ReplaceAllStringFunc(text, readDate)
	text = dialPattern.ReplaceAllStringFunc(text, readDialled)
	text = rangePattern.ReplaceAllString(text, "$1 to $2")
	text = unitPattern.ReplaceAllStringFunc(text, readUnit)
	text = numberPattern.ReplaceAllString(text, "number $1")
	text = versusPattern.ReplaceAllString(text, "versus")
	text = strings.NewReplacer("C#", "C sharp", "*", " ", "_", " ", "`", " ", "#", " ", "^", " ", "|", ", ", "•", ", ").Replace(text)
	return strings.Join(strings.Fields(text), " ")
}

func readMoney(s string) string {
	m := moneyPattern.FindStringSubmatch(s)
	name := map[string]string{"$": "dollars", "€": "euros", "£": "pounds", "₩": "won", "¥": "yen"}[m[1]]
	if m[2] == "1" && m[3] == "" {
		name = strings.TrimSuffix(name, "s")
	}
	size := m[3]
	if long, short := map[string]string{"k": "thousand", "M": "million", "B": "billion"}[size]; short {
		size = long
	}
	return strings.Join(strings.Fields(m[2]+" "+size+" "+name), " ")
}

func readDate(s string) string {
	m := datePattern.FindStringSubmatch(s)
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	return time.Month(month).String() + " " + ordinal(day) + ", " + m[1]
}

func ordinal(n int) string {
	end := "th"
	if n/10 != 1 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return strconv.Itoa(n) + end
}

// readDialled reads digit by digit, with a breath between the groups.
func readDialled(s string) string {
	var groups []string
	for group := range strings.SplitSeq(strings.TrimPrefix(s, "+"), "-") {
		groups = append(groups, strings.Join(strings.Split(group, ""), " "))
	}
	said := strings.Join(groups, ", ")
	if strings.HasPrefix(s, "+") {
		return "plus " + said
	}
	return said
}

func readUnit(s string) string {
	m := unitPattern.FindStringSubmatch(s)
	name := map[string]string{
		"km/h": "kilometers per hour", "km": "kilometers", "cm": "centimeters", "mm": "millimeters", "m": "meters",
		"kg": "kilograms", "mg": "milligrams", "g": "grams", "ml": "milliliters", "L": "liters",
		"KB": "kilobytes", "MB": "megabytes", "GB": "gigabytes", "TB": "terabytes", "Hz": "hertz", "kHz": "kilohertz",
		"MHz": "megahertz", "GHz": "gigahertz", "ms": "milliseconds", "px": "pixels", "fps": "frames per second",
	}[m[2]]
	if m[1] == "1" {
		name = strings.TrimSuffix(name, "s")
	}
	return m[1] + " " + name
}
