package report

import (
	"regexp"
	"strings"
)

// signal is something that makes an answer concrete.
type signal string

// The signals.
const (
	situation signal = "situation"
	role      signal = "role"
	action    signal = "action"
	result    signal = "result"
	figure    signal = "figure"
)

// shortest is from how many characters on an answer is judged.
const shortest = 12

// sign is how a signal is seen, and what is said of it.
type sign struct {
	name                           signal
	pattern                        *regexp.Regexp
	ruleKO, ruleEN, moreKO, moreEN string
}

func (s sign) rule(language string) string {
	if language == "en" {
		return s.ruleEN
	}
	return s.ruleKO
}

// signals are all, what should be mended first in front.
func signals() []sign {
	return []sign{
		{
			role, rolePattern, "본인의 역할: 본인이 맡은 일을 말한다", "Own part: says what the candidate's own part was",
			"팀이 한 일과 본인이 맡은 일을 나누어 말해 보세요.", "Say what your own part was, apart from the team's.",
		},
		{
			result, resultPattern, "결과: 무엇이 달라졌는지 말한다", "Result: says what changed",
			"그 일로 무엇이 달라졌는지 결과를 덧붙여 보세요.", "Add what changed because of it.",
		},
		{
			figure, figurePattern, "수치: 규모나 결과를 숫자로 말한다", "Figures: gives the size or the result in numbers",
			"규모와 결과를 숫자로 말해 보세요.", "Give the size and the result in numbers.",
		},
		{
			situation, situationPattern, "상황: 언제, 어떤 배경이었는지 말한다", "Situation: says when and against what background",
			"언제, 어떤 상황이었는지부터 말해 보세요.", "Begin with when it was and what the situation was.",
		},
		{
			action, actionPattern, "행동: 무엇을 했는지 말한다", "Action: says what was done",
			"실제로 한 행동을 순서대로 말해 보세요.", "Tell step by step what you did.",
		},
	}
}

var (
	rolePattern      = regexp.MustCompile(`(?i)제가|저는|저의|제 역할|맡[아았은]|담당|주도|\bI\b|\bmy\b`)
	situationPattern = regexp.MustCompile(`(?i)당시|상황|때문|문제가|학기|학년|인턴|재직|프로젝트|동아리|[을를] 때|었을 때|면서|\b(when|while|during|because|at the time)\b`)
	actionPattern    = regexp.MustCompile(`(?i)분석|설계|개선|제안|정리|조사|조율|설득|만들|바꾸|바꿨|확인|도입|작성|개발|운영|협의|기획|시도|적용|준비했|\b(built|designed|led|made|improved|analy[sz]ed|organi[sz]ed|wrote|changed|tested|proposed|introduced|checked)\b`)
	resultPattern    = regexp.MustCompile(`(?i)결과|성과|덕분|달성|향상|줄[었였]|줄어|줄일|늘[었렸]|늘어|높[였아]|낮[췄아]|해결|성공|수상|완료|배웠|배운|\b(result|as a result|reduced|increased|achieved|finished|solved|won|learn(ed|t))\b`)
	figurePattern    = regexp.MustCompile(`(?i)\d|[한두세네]\s?(명|배|번|달|시간|주|건)|절반|\b(half|twice|double|two|three|four|five|ten|hundred)\b`)
)

// evasion answers nothing: it does not know, or wants time, the question again, or an end. Whoever goes on after it has answered.
var evasion = regexp.MustCompile(`(?i)^((죄송합니다|죄송하지만|네|음+|아|글쎄요|저는|sorry|well|um+|thank you|thanks|honestly)[,.…\s]*)*` +
	`((그건|그\s?부분은|그\s?질문은|그것은)?\s?(아직\s?)?(잘\s?)?모르겠(습니다|어요|네요)` +
	`|(잠시만|잠깐만|조금만)\s?[가-힣\s]{0,12}시간을?\s?(좀\s?)?(주세요|주시겠어요|주시겠습니까|부탁드립니다)` +
	`|(질문을?\s?)?다시\s?(한\s?번\s?)?[가-힣\s]{0,8}(말씀해|질문해)\s?(주세요|주시겠어요|주시겠습니까|부탁드립니다)|(이만|여기서|면접을?)\s?[가-힣\s]{0,12}(마치|끝내|그만하)[가-힣\s]{1,8}` +
	`|i (really |honestly )?(do not|don.?t) know( that| this| about (that|it))?|i have no (idea|questions)|no idea|no questions` +
	`|(could|can|would) you (please )?(repeat|say) (that|it|the question)( again)?( please)?|(please )?(give me|just|one|let me have) (a |one )?(moment|minute|second)( please)?` +
	`|(good)?bye|i have to (go|leave)( now)?)[,.!?~\s]*(thank you|thanks|sorry|please|죄송합니다|감사합니다)?[.!?\s]*$`)

func signalsIn(text string) map[signal]bool {
	found := map[signal]bool{}
	for _, s := range signals() {
		if s.pattern.MatchString(text) {
			found[s.name] = true
		}
	}
	return found
}

func advice(missing signal, language string) string {
	for _, s := range signals() {
		switch {
		case s.name == missing && language == "en":
			return s.moreEN
		case s.name == missing:
			return s.moreKO
		}
	}
	if language == "en" {
		return "Keep to this way of answering: situation, own part, action, result."
	}
	return "지금처럼 상황, 역할, 행동, 결과의 순서로 답하시면 됩니다."
}

var sentenceEnd = regexp.MustCompile(`[.!?。…]+[\s"']*|\n+`)

// sentences parts an answer; each is a part of it, word for word.
func sentences(text string) []string {
	var all []string
	from := 0
	for _, at := range append(sentenceEnd.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		if isPoint(text, at) {
			continue
		}
		if s := strings.TrimSpace(text[from:at[1]]); s != "" {
			all = append(all, s)
		}
		from = at[1]
	}
	return all
}

// isPoint tells whether a place is a point inside a number, a name or an abbreviation, as in 0.8, Node.js and e.g.
func isPoint(text string, at []int) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	letter := func(i int) bool { return i >= 0 && i < len(text) && text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z' }
	before := at[0] - 1
	switch text[at[0]:at[1]] {
	case ".":
		return (digit(before) || letter(before)) && (digit(at[1]) || letter(at[1]))
	case ". ":
		return letter(before) && before > 0 && text[before-1] == '.'
	}
	return false
}
