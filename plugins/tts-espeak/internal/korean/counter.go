package korean

import (
	"regexp"
	"strconv"
	"strings"
)

// counters are the words that things are counted by in native numerals (세 개), and how a
// longer word goes on that only begins like one (3개월, 5명령).
func counters() map[string]string {
	return map[string]string{
		"시간": "", "번째": "", "번 째": "", "사람": "", "마리": "", "가지": "", "군데": "", "차례": "", "그루": "", "송이": "", "켤레": "",
		"조각": "", "바퀴": "", "상자": "", "그릇": "", "글자": "", "단어": "", "문장": "", "과목": "", "걸음": "", "모금": "", "방울": "",
		"포기": "", "자루": "", "세트": "", "끼": "", "쌍": "", "컵": "",
		"개": "월년국소인교", "명": "령확시절함예목", "살": "균림", "시": "리즈스장험그대민", "달": "러성라", "권": "한리장", "잔": "액고",
		"병": "원동렬행역", "장": "소점치비관기학르", "대": "로학리표상회통한화구출비응규", "곳": "", "배": "송포치터우경점너달분", "곡": "선물",
		"통": "계신화합로역장", "건": "강물설축", "팀": "장원", "줄": "이기", "벌": "금점써", "편": "의집도성", "칸": "막", "알": "고림바",
	}
}

// ordinalTail is what follows 번 when it counts (세 번 더) and does not number (삼번).
var ordinalTail = regexp.MustCompile(`^(?:의|씩|이나|만|정도|이상)|^ (?:더|정도|이상)`)

// groups follow 대 when it means the great ones: 4대 보험, 5대 그룹.
var groups = regexp.MustCompile(`^\s?(?:보험|그룹|요소|기업|강국|원칙|과제|전략|핵심|주요|가치|명문|도시|명절|산업|사업|은행|로펌|덕목|역량|키워드|트렌드|이슈|뉴스|\d|N\b)`)

// counter is the counter that a word is or begins with; "" when it is none. after is the word and all that follows.
func counter(after string) string {
	best := ""
	for name, others := range counters() {
		rest, found := strings.CutPrefix(after, name)
		if !found || len(name) < len(best) {
			continue
		}
		if next, _ := firstRune(rest); next == 0 || !strings.ContainsRune(others, next) {
			best = name
		}
	}
	if rest, found := strings.CutPrefix(after, "번"); found && best == "" && ordinalTail.MatchString(rest) {
		return "번"
	}
	return best
}

func firstRune(text string) (rune, bool) {
	for _, r := range text {
		return r, true
	}
	return 0, false
}

// counted reads a number of up to two digits before a counter; false where it is no native one.
func counted(digits, name, rest string) (string, bool) {
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil, len(digits) > 2, n == 0:
		return "", false
	case n >= 30 && name != "살": // thirty and more are counted in either way; only ages stay native
		return "", false
	case name == "시" && n > 12:
		return "", false
	case name == "대" && (n%10 == 0 || groups.MatchString(rest)): // 20대 is an age group, 2대 1 a ratio
		return "", false
	case n == 1 && strings.HasPrefix(name, "번") && name != "번":
		return "첫", true
	}
	return Native(n), true
}

var (
	counterPattern = regexp.MustCompile(`(\d+(?:[.,]\d+)*)\s?([가-힣])`)
	spanPattern    = regexp.MustCompile(`(\d+(?:[.,:]\d+)*)\s?[-~∼〜～]\s?(\d+)\s?([가-힣])`)
)

// readCounters reads the numbers before counters.
func readCounters(text string) string {
	return replaceAt(counterPattern, text, func(m []string, after string) (string, bool) {
		name := counter(after)
		if name == "" {
			return "", false
		}
		words, ok := counted(m[1], name, after[len(name):])
		return words + " ", ok
	})
}

// readSpans reads from-to before counters: 3~5명 is 세 명에서 다섯 명, and 2~3개 두세 개.
func readSpans(text string) string {
	return replaceAt(spanPattern, text, func(m []string, after string) (string, bool) {
		name := counter(after)
		if name == "" {
			return "", false
		}
		low, okLow := counted(m[1], name, after[len(name):])
		high, okHigh := counted(m[2], name, after[len(name):])
		if !okLow || !okHigh {
			return "", false
		}
		if about := neighbours(m[1], m[2]); about != "" && name != "시" {
			return about + " ", true
		}
		return low + " " + name + "에서 " + high + " ", true
	})
}

// neighbours are two numbers that follow each other, as one says them in one word.
func neighbours(low, high string) string {
	words := []string{"한두", "두세", "서너", "네다섯", "대여섯", "예닐곱", "일고여덟", "여덟아홉"}
	n, err := strconv.Atoi(low)
	if err != nil || n < 1 || n > len(words) || high != strconv.Itoa(n+1) {
		return ""
	}
	return words[n-1]
}

// replaceAt replaces what a pattern finds up to its last group, which begins what is given
// as after; false leaves it.
func replaceAt(pattern *regexp.Regexp, text string, replace func(match []string, after string) (string, bool)) string {
	var out strings.Builder
	done := 0
	for _, at := range pattern.FindAllStringSubmatchIndex(text, -1) {
		match := make([]string, len(at)/2)
		for i := range match {
			match[i] = text[at[2*i]:at[2*i+1]]
		}
		start := at[len(at)-2]
		words, ok := replace(match, text[start:])
		if !ok {
			continue
		}
		out.WriteString(text[done:at[0]])
		out.WriteString(words)
		done = start
	}
	out.WriteString(text[done:])
	return out.String()
}
