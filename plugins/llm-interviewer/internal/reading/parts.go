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
	situation = regexp.MustCompile(`(?i)당시|상황|다음\s?날|알고\s?보니|중에|한\s?분이|때문|문제가|어려움|학기|학년|인턴|재직|근무|프로젝트|동아리|실습|과제|[을를은던한인]\s때|적이\s?있|적도\s?있|때\s|일할|면서|작년|지난|하루는|한번은|년\s?전|처음에|았는데|었는데|했는데|\b(when|while|during|because|at the time|problem was|there was|last year|once|after|at first)\b`)
	role      = regexp.MustCompile(`(?i)제가|저는|저의|내가|제\s?역할|혼자|맡[아았은]|담당|주도|직접|팀장|리더|\bI\b|\bI'm\b|\bmy (role|part|job|task)\b`)
	together  = regexp.MustCompile(`(?i)저희|우리|팀원|팀에서|팀이|다\s?같이|다\s?함께|함께|같이|여럿이|조원|\b(we|our team|together|the team)\b`)
	action    = regexp.MustCompile(`(?i)분석|설계|개선|제안|정리|조사|조율|설득|만들|바꾸|바꿨|바꿔|확인|도입|작성|개발|운영|협의|기획|시도|적용|준비했|나눴|나누어|나눠|요청|측정|공유|배분|교육|찾아|찾았|보고[드했]|부탁|여쭤|여쭈|말씀드|전화|설명|옮[겨겼]|추적|기록|적었|적어|써\s?보|비교|시험|연습|공부|익혔|고쳤|고쳐|통역|사과|\b(built|designed|led|made|improved|analy[sz]ed|organi[sz]ed|wrote|changed|tested|proposed|introduced|checked|asked|talked|measured|split|trained|found|set up|automated|took|told|called|explained|showed|helped|moved|reported)\b`)
	result    = regexp.MustCompile(`(?i)결과|성과|덕분|달성|향상|줄[었였]|줄어|줄였|늘[었렸]|늘어|높[였아]|낮[췄아]|올[렸랐라]|빨라|단축|절감|감소|증가|합의(했|하|에)|채택|선정|통과|합격|해결(했|됐|되었|할)|성공|수상|완료|마칠\s?수|끝냈|마쳤|얻었|지켰|되셨|결국|나중에|계약했|계약을\s?(따|맺|성사)|([두세네몇석]|\d+)\s?(달|주|개월|일|년|시간)\s?(뒤|후|만에)|이어[졌지]|이어질|그\s?뒤로?는?|그\s?이후|이제는|받(았|으셨|게)|되(었|셨)|됐|확인되|막았|막을|찾아냈|없었|없어졌|사라|안\s?내시|안\s?하시|배웠|깨달|칭찬|소개해\s?주|반영|잡았|잡혔|풀렸|풀었|가능(했|해)|정했|결정했|골랐|택했|게\s?되|\b(results?|reduced|increased|achieved|finished|solved|saved|dropped|grew|improved|succeeded|delivered|cut|agreed|adopted|passed|won|went (up|down)|fell|rose|in the end|finally|turned out|thanked|as a result|so that|learned|eventually|since then|after that|kept)\b`)
	measured  = regexp.MustCompile(`(?i)줄[었였]|늘[었렸]|높[였아]|낮[췄아]|올[렸랐라]|빨라|단축|절감|감소|증가|향상|개선|매출|\b(reduced|increased|grew|dropped|saved|improved|cut|rose|fell|faster|more|less|fewer)\b`)
	figure    = regexp.MustCompile(`(?i)\d|[한두세네]\s?(명|배|번|달|시간|주|건|개월|가지|곳|대|분)|(다섯|여섯|일곱|여덟|아홉|열|스무|수십|수백)\s?(명|배|번|달|시간|주|건|개|곳|분)|절반|반으로|퍼센트|[일이삼사오육칠팔구십]\s?(년|개월)|\b(half|twice|double|two|three|four|five|six|seven|eight|nine|ten|twenty|dozen|hundred|percent)\b`)
	own       = regexp.MustCompile(`(?i)제가|저는|내가|제\s?역할|혼자|직접|맡[아았은]|담당|주도|\bI\b|\bI'm\b|\bmy (role|part|job|task)\b`)

	hard     = regexp.MustCompile(`(?i)힘들(었|어|고|지만)|속상|괴로|돌아가셨|편찮|눈물|우울|좌절|막막|서러|지쳐|지쳤|버거|번아웃|\b(struggled|painful|devastat|passed away|burn(ed|t) out|heartbreaking|exhausted)`)
	though   = regexp.MustCompile(`(힘들|지쳤|막막|버거)[가-힣]*지만`)
	lacking  = regexp.MustCompile(`(?i)(경험|경력|실무|자격증|인턴)[가-힣\s]{0,10}(없|못|않|부족)|해\s?보(지|진)\s?(못|않)|해\s?본\s?적[은이도]?\s?없|\b(no experience|never (done|worked|had|been)|(have not|haven.t) (done|worked|had|been))\b`)
	anxious  = regexp.MustCompile(`(?i)긴장(되|돼|됩|해서|(을|이)\s?(되|돼|많|좀))|떨(려|립니다|리네)|\bnervous\b`)
	seasoned = regexp.MustCompile(`(?i)(\d+|[일이삼사오육칠팔구십]{1,3}|여러|수)\s?년\s?(차|간|동안|넘게|째|정도)|(\d+)년\s?(일|근무|경력|담당|개발|운영)|경력직|팀장|파트장|재직|\b(\d+|two|three|four|five|six|seven|eight|nine|ten) years\b|\bsenior\b`)
	fresh    = regexp.MustCompile(`(?i)신입|졸업(을\s?앞둔|예정|반)|취업\s?준비|대학생|재학|휴학|이번에\s?졸업|\b(new graduate|fresh graduate|student)\b`)
)

// Tone is how something is said.
type Tone struct {
	// Hard tells of something hard, Anxious of nerves, Lacking of experience that is not there.
	Hard, Anxious, Lacking bool
	// Joint is about several people without a word of oneself; Measured of a change that could be counted.
	Joint, Measured bool
	// Past tells what was done.
	Past bool
}

func toneOf(text string) Tone {
	return Tone{
		Hard: hard.MatchString(text) && !though.MatchString(text), Anxious: anxious.MatchString(text), Lacking: lacking.MatchString(text),
		Joint: together.MatchString(text) && !own.MatchString(text), Measured: measured.MatchString(text),
		Past: deeds(text) > 0,
	}
}

// Seasoned tells whether somebody who said this has worked for years.
func Seasoned(text string) bool { return seasoned.MatchString(text) && !fresh.MatchString(text) }

// acted are verbs in the past, whatever they say: two of them tell what somebody did. felt are those that tell how it was.
var (
	acted   = regexp.MustCompile(`[` + past() + `](습니다|고|으며|는데|어요|더니|지만|다가)`)
	actedEN = regexp.MustCompile(`\b(I|we|We|team|it|It|and|they|They|he|she|who|that) ([a-z]{2,}ed|took|told|made|wrote|went|found|built|led|gave|came|said|asked|got|kept|put|ran|sent|saw|spoke|taught|won)\b`)
	felt    = regexp.MustCompile(`(좋|많|있|없|같|싫|컸|작|어려|힘들|친절|재미있|행복|즐거|부족|필요|중요|가능|편|불편|다양|당황|긴장|훌륭|대단|심)(했|하였|았|었|웠|였)|이었`)
)

// past are the syllables that a stem in the past ends in: those that end in ㅆ, but for 있 and 겠.
func past() string {
	var all []rune
	for r := 0xAC00 + 20; r <= 0xD7A3; r += 28 {
		if r != '있' && r != '겠' {
			all = append(all, rune(r))
		}
	}
	return string(all)
}

func partsOf(text string) Parts {
	return Parts{
		Situation: situation.MatchString(text), Role: role.MatchString(text), Action: action.MatchString(text) || deeds(text) > 1,
		Result: result.MatchString(text), Figure: figure.MatchString(text),
	}
}

// deeds counts verbs in the past, two at most.
func deeds(text string) int {
	return len(acted.FindAllString(felt.ReplaceAllString(text, " "), 2)) + len(actedEN.FindAllString(text, 2))
}
