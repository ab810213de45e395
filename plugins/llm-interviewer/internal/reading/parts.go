package reading

import "regexp"

// Parts are what makes an answer concrete.
type Parts struct {
	Situation, Role, Action, Result, Figure bool
}

// Count is how many there are.
func (p Parts) Count() int {
	n := 0
	for _, has := range []bool{p.Situation, p.Role, p.Action, p.Result, p.Figure} {
		if has {
			n++
		}
	}
	return n
}

var (
	situation = regexp.MustCompile(`(?i)당시|상황|때문|문제가|어려움|학기|학년|인턴|재직|근무|프로젝트|동아리|[을를은던]\s때|했을\s때|면서|\b(when|while|during|because|at the time|problem was|there was)\b`)
	role      = regexp.MustCompile(`(?i)제가|저는|저의|제\s?역할|혼자|맡[아았은]|담당|주도|팀장|리더|\bI\b|\bI'm\b|\bmy (role|part|job|task)\b`)
	action    = regexp.MustCompile(`(?i)분석|설계|개선|제안|정리|조사|조율|설득|만들|바꾸|바꿨|확인|도입|작성|개발|운영|협의|기획|시도|적용|준비했|나눴|나누어|요청|측정|공유|배분|교육|찾아|찾았|\b(built|designed|led|made|improved|analy[sz]ed|organi[sz]ed|wrote|changed|tested|proposed|introduced|checked|asked|talked|measured|split|trained|found|set up|automated)\b`)
	result    = regexp.MustCompile(`(?i)결과|성과|덕분|달성|향상|줄[었였]|줄어|줄였|늘[었렸]|늘어|높[였아]|낮[췄아]|올[렸랐라]|빨라|단축|절감|감소|증가|합의(했|하|에)|채택|선정|통과|합격|해결(했|됐|되었|할)|성공|수상|완료|마칠\s?수|끝냈|마쳤|얻었|지켰|되셨|\b(result|reduced|increased|achieved|finished|solved|saved|dropped|grew|improved by|succeeded|delivered|cut|agreed|adopted|passed|won|went (up|down)|fell|rose)\b`)
	figure    = regexp.MustCompile(`(?i)\d|[한두세네]\s?(명|배|번|달|시간|주|건|개월|가지)|(다섯|여섯|일곱|여덟|아홉|열|스무|수십|수백)\s?(명|배|번|달|시간|주|건|개|곳)|절반|퍼센트|\b(half|twice|double|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|percent)\b`)
)

func partsOf(text string) Parts {
	return Parts{
		Situation: situation.MatchString(text), Role: role.MatchString(text), Action: action.MatchString(text),
		Result: result.MatchString(text), Figure: figure.MatchString(text),
	}
}
