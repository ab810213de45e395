package script

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/book"
	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/reading"
)

// step is how many questions of a slot an interview has.
type step struct {
	slot  slot
	count int
}

// maxLength is more than the questions of any slot.
const maxLength = 100

// DefaultLength is how many questions an interview has without follow-ups; with them it takes fifteen turns or so.
const DefaultLength = 11

// plan spreads an interview's questions: one of each slot, and the others where there is most to learn.
func plan(length int) []step {
	steps := []step{
		{introduction, 1},
		{motivation, 1},
		{experience, 1},
		{jobKnowledge, 1},
		{situation, 1},
		{values, 1},
		{future, 1},
		{theirs, 1},
		{lastWords, 1},
	}
	if length == 0 {
		length = DefaultLength
	}
	more := []int{2, 3, 2, 3, 4, 2, 3, 5} // places of steps
	for n := range max(0, length-len(steps)) {
		steps[more[n%len(more)]].count++
	}
	return steps
}

// open is the slot that comes next, or the farewell. What was asked of a later slot does not skip an earlier one, but an
// interview never goes back: after a question of a slot only this and later ones follow.
func (t *turn) open(p past) (slot, bool) {
	steps := plan(t.Length)
	from := slices.IndexFunc(steps, func(s step) bool { return s.slot == p.current })
	for _, s := range steps[max(0, from):] {
		if p.filled[s.slot] < s.count {
			return s.slot, true
		}
	}
	return farewell, false
}

// ask gives the next question of a slot that was not asked: of the host's set, what fits best first, else of the book.
func (t *turn) ask(s slot) string {
	var spare string
	seasoned := reading.Seasoned(t.said) || t.anyOfTheirs(reading.Seasoned) > 0
	for _, q := range t.Questions {
		if q.Asked || t.slotOfLevel(q) != s {
			continue
		}
		text := q.Text
		if seasoned {
			text = toSeasoned(text)
		}
		switch {
		case t.past.has(text) || t.past.has(q.Text):
		case seasoned && toBeginners.MatchString(text):
			spare = cmp.Or(spare, text)
		default:
			return text
		}
	}
	return cmp.Or(spare, t.askOfBook(s))
}

func (t *turn) askOfBook(s slot) string {
	for _, g := range t.general() {
		if g.slot != s {
			continue
		}
		lines := g.lines
		if s == motivation && t.Company == "" && t.Job == "" {
			lines = t.book.MotivationOpen
		} else if s == motivation {
			lines = t.book.Motivation
		}
		var fresh []string
		for _, line := range lines {
			if !t.past.has(book.Mark(line)) {
				fresh = append(fresh, line)
			}
		}
		if len(fresh) > 0 {
			return t.fill(t.pick("ask "+string(s), fresh), "")
		}
	}
	return ""
}

// What a question grants to beginners sounds odd to people who have worked for years: a last sentence is left out, and a
// question that has it in its middle comes last.
var (
	grant       = regexp.MustCompile(`([?.]) [^?.]*(?:수업|실습|동아리|아르바이트|학교|봉사|팀 과제|개인 채널|개인 프로젝트|작은 일|크기는 작)[^?.]*(?:괜찮|좋)[^?.]*[.]$`)
	toBeginners = regexp.MustCompile(`(?:수업|실습|동아리|아르바이트|학교)[^?.]*(?:라도|여도|이어도|에서든)`)
)

func toSeasoned(question string) string { return grant.ReplaceAllString(question, "$1") }

// next gives the next question of the interview, or the farewell.
func (t *turn) next(before string) string {
	p := t.past
	for {
		s, more := t.open(p)
		if !more {
			return sentences(before, t.line("farewell", t.book.Farewell))
		}
		if q := t.ask(s); q != "" {
			return sentences(before, t.bridge(s), q)
		}
		p.filled[s] += maxLength // nothing of it is left
	}
}

// bridge leads over to a part of another kind, after an answer; other turns have words of their own for going on.
func (t *turn) bridge(s slot) string {
	if s == t.past.current || t.heard.Act != reading.Answer {
		return ""
	}
	switch s {
	case jobKnowledge:
		return t.line("bridge", t.book.BridgeJob)
	case situation:
		return t.line("bridge", t.book.BridgeSituation)
	case values:
		return t.line("bridge", t.book.BridgeValues)
	case introduction, motivation, experience, future, theirs, lastWords, farewell, unplanned:
	}
	return ""
}

// begin is the first thing that is said.
func (t *turn) begin() string {
	if t.introducesItself() {
		t.past.filled[introduction]++
		t.past.current = introduction
		return t.next(t.greeting())
	}
	return t.welcome("")
}

// welcome greets, says what there is to say first, and asks for an introduction.
func (t *turn) welcome(first string) string {
	q := t.ask(introduction)
	for _, hello := range t.book.Hello {
		if strings.HasPrefix(q, hello) { // a set's own opening may greet by itself
			return sentences(first, q)
		}
	}
	return sentences(t.greeting(), first, q)
}

// greeting is by name where the candidate said one.
func (t *turn) greeting() string {
	if t.heard.Name != "" {
		return t.line("greeting", t.book.GreetingNamed)
	}
	return t.line("greeting", t.book.Greeting)
}

// shortestIntroduction is how many letters an introduction has at least: a name alone is none.
const shortestIntroduction = 60

// introducesItself tells whether the candidate's first words are an introduction already.
func (t *turn) introducesItself() bool {
	if t.heard.Act != reading.Answer || t.heard.Length < shortestIntroduction {
		return false
	}
	said := strings.ToLower(t.said)
	return slices.ContainsFunc(t.book.Introduces, func(sign string) bool { return strings.Contains(said, sign) })
}
