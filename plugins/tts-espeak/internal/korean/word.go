package korean

import (
	"regexp"
	"strings"
)

var (
	acronymPattern = regexp.MustCompile(`\b(?:[A-Z]{1,3}|[BCDFGHJKLMNPQRSTVWXZ]{4,6})\b`)
	namePattern    = regexp.MustCompile(`\.NET\b|\bC\+\+|\bC#|\b(?:K-POP|K-Pop|A[0-4]|B2B|B2C|B2G|P2P|GPT-[45]o?|O2O|RAM|ROM|POP|LAN|SIM|PIN|SaaS|PaaS|IaaS|SWOT|CRUD|JSON|NASA)\b`)
	ordinalPattern = regexp.MustCompile(`\bNo\.\s?(\d)`)
	scriptPattern  = regexp.MustCompile(`\.js\b`)
)

// readNames reads what is known by a name of its own, and neither by its letters nor as English.
func readNames(text string) string {
	text = ordinalPattern.ReplaceAllString(text, "넘버 $1")
	text = scriptPattern.ReplaceAllString(text, " 제이에스")
	names := map[string]string{
		".NET": "닷넷", "C++": "씨 플러스 플러스", "C#": "씨 샵", "K-POP": "케이팝", "K-Pop": "케이팝",
		"A0": "에이제로", "A1": "에이원", "A2": "에이투", "A3": "에이쓰리", "A4": "에이포",
		"B2B": "비투비", "B2C": "비투씨", "B2G": "비투지", "P2P": "피투피", "GPT-4": "지피티 포", "GPT-4o": "지피티 포오", "GPT-5": "지피티 파이브", "GPT-5o": "지피티 파이브오", "O2O": "오투오",
		"RAM": "램", "ROM": "롬", "POP": "팝", "LAN": "랜", "SIM": "심", "PIN": "핀", "SaaS": "사스", "PaaS": "파스", "IaaS": "아이아스",
		"SWOT": "스왓", "CRUD": "크루드", "JSON": "제이슨", "NASA": "나사",
	}
	return namePattern.ReplaceAllStringFunc(text, func(s string) string { return names[s] })
}

// unit is a unit's name; all that unitPattern finds have one.
func unit(sign string) string {
	names := map[string]string{
		"km": "킬로미터", "㎞": "킬로미터", "m": "미터", "cm": "센티미터", "㎝": "센티미터", "mm": "밀리미터", "㎜": "밀리미터",
		"kg": "킬로그램", "㎏": "킬로그램", "g": "그램", "mg": "밀리그램", "t": "톤",
		"L": "리터", "ml": "밀리리터", "mL": "밀리리터",
		"m²": "제곱미터", "㎡": "제곱미터", "km²": "제곱킬로미터", "㎢": "제곱킬로미터", "m³": "세제곱미터",
		"km/h": "킬로미터 퍼 아워", "m/s": "미터 퍼 세컨드", "Mbps": "메가비피에스", "Gbps": "기가비피에스",
		"Hz": "헤르츠", "kHz": "킬로헤르츠", "MHz": "메가헤르츠", "GHz": "기가헤르츠",
		"KB": "킬로바이트", "MB": "메가바이트", "GB": "기가바이트", "TB": "테라바이트",
		"W": "와트", "kW": "킬로와트", "V": "볼트", "dB": "데시벨", "px": "픽셀", "fps": "에프피에스",
		"s": "초", "h": "시간", "ms": "밀리초", "℃": "도", "°C": "도", "°F": "화씨 도", "°": "도",
		"%": "퍼센트", "%p": "퍼센트포인트", "‰": "퍼밀",
	}
	return names[sign]
}

// readSymbols names the signs that people say, and turns the others into short breaks.
func readSymbols(text string) string {
	return strings.NewReplacer(
		"&", " 앤 ", "%", " 퍼센트 ", "℃", " 도 ", "@", " 골뱅이 ", "₩", " 원 ", "$", " 달러 ", "€", " 유로 ",
		"²", " 제곱", "³", " 세제곱", "↑", " 이상 ", "↓", " 이하 ",
		"㎡", " 제곱미터", "㎢", " 제곱킬로미터", "㎞", " 킬로미터", "㎝", " 센티미터", "㎜", " 밀리미터", "㎏", " 킬로그램",
		"+", " 플러스 ", "=", " 이퀄 ", "×", " 곱하기 ", "÷", " 나누기 ", "±", " 플러스마이너스 ", "≒", " 약 ",
		"~", " ", "^", " ", "_", " ", "*", " ", "#", " ", "|", ", ", "<", " ", ">", " ", "\\", " ",
		"·", ", ", "ㆍ", ", ", "/", ", ", "—", ", ", "–", ", ", "→", ", ", "•", ", ",
	).Replace(text)
}

// spell reads capitals by the Korean names of the letters.
func spell(letters string) string {
	names := []string{
		"에이", "비", "씨", "디", "이", "에프", "지", "에이치", "아이", "제이", "케이", "엘", "엠",
		"엔", "오", "피", "큐", "알", "에스", "티", "유", "브이", "더블유", "엑스", "와이", "제트",
	}
	var out strings.Builder
	for _, r := range letters {
		out.WriteString(names[r-'A'])
	}
	return out.String()
}
