package reading

import "regexp"

var (
	surname = regexp.MustCompile(`^[김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기반라왕금옥육인맹제모탁국어은편용]`)
	named3  = regexp.MustCompile(`(?:지원자|지원한|지원하게 된|제 이름은|이름은|졸업한|졸업하는|전공한|담당한|일한|일하는|있는|^|안녕하세요[.,]?|안녕하십니까[.,]?)\s?([가-힣]{3})(?:입니다|이에요|예요|이고|이라고)|(?:^|[\s,.])([가-힣]{2,3}?)(?:이)?라고\s?(?:합니다|해요|하고요)`)
	namedEN = regexp.MustCompile(`\b[Mm]y name is ([A-Z][a-z]{1,14})\b|\b[Tt]his is ([A-Z][a-z]{1,14}) (?:speaking|from)\b`)
)

// nameIn is how a candidate who said a name is called; "" where that is not sure.
func nameIn(text string) string {
	if m := named3.FindStringSubmatch(text); m != nil {
		name := m[1] + m[2]
		if first := []rune(name); len(first) == 3 && surname.MatchString(name) && !trade.MatchString(name) {
			return name
		}
		return ""
	}
	if m := namedEN.FindStringSubmatch(text); m != nil {
		return m[1] + m[2]
	}
	return ""
}

// trade are words for people that look like names.
var trade = regexp.MustCompile(`(사|자|생|인|원|장|직|님|분|가|것|력)$`)
