package script

import (
	"slices"
	"strings"
	"unicode"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/book"
	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/reading"
)

const (
	// patience is how often a turn that is no answer brings the candidate back to a question before the next is asked.
	patience = 2
	// maxInsults ends an interview.
	maxInsults = 3
	// maxAsides is how many questions of the candidate are answered at the end.
	maxAsides = 3
)

// reply answers what was heard.
func (t *turn) reply() string {
	switch {
	case t.past.closed:
		return t.afterTheEnd()
	case !t.past.greeted:
		return t.opening()
	case t.heard.Act == reading.Stop:
		return t.line("stop", t.book.Stop)
	case t.heard.Act == reading.Insult:
		return t.insulted()
	case t.past.current == theirs:
		return t.answerTheirs()
	case t.past.current == lastWords:
		return t.ending()
	}
	switch t.heard.Act {
	case reading.Answer:
		return t.goOn()
	case reading.Repeat:
		return sentences(t.line("repeat", t.book.Repeat), t.past.question)
	case reading.Time:
		return t.line("time", t.book.Time)
	case reading.Silence:
		return t.silent()
	case reading.Refuse:
		return t.next(t.line("skip", t.book.Skip))
	case reading.Nothing:
		return t.next(t.line("skip", t.book.Skip))
	case reading.Unknown:
		return t.next(t.line("unknown", t.book.Unknown))
	case reading.Clarify:
		return t.line("clarify", t.book.Clarify)
	case reading.Greeting:
		return t.back(t.line("greet back", t.book.GreetBack))
	case reading.Yes:
		return t.thin()
	case reading.Stop, reading.Insult, reading.Injection, reading.AboutYou, reading.Outcome, reading.Process, reading.Team,
		reading.OffTopic, reading.Question:
	}
	return t.back(t.aside())
}

// opening is the first reply. What is asked or demanded is answered before the greeting's question.
func (t *turn) opening() string {
	switch t.heard.Act {
	case reading.Insult:
		return sentences(t.line("insult", t.book.Insult[:1]), t.ask(introduction))
	case reading.Injection, reading.OffTopic:
		return sentences(t.aside(), t.ask(introduction))
	case reading.AboutYou, reading.Outcome, reading.Process, reading.Team, reading.Question:
		return sentences(t.line("greet back", t.book.GreetBack), t.aside(), t.ask(introduction))
	case reading.Stop:
		return t.line("stop", t.book.Stop)
	case reading.Repeat:
		return sentences(t.line("nothing to repeat", t.book.NothingToRepeat), t.ask(introduction))
	case reading.Answer, reading.Silence, reading.Time, reading.Refuse, reading.Unknown, reading.Nothing, reading.Greeting,
		reading.Yes, reading.Clarify:
	}
	return t.begin()
}

// aside says what there is to say to something that is no answer.
func (t *turn) aside() string {
	b := t.book
	switch t.heard.Act {
	case reading.Injection:
		return t.line("injection", b.Injection)
	case reading.AboutYou:
		return t.line("about you", b.AboutYou)
	case reading.Outcome:
		return t.line("outcome", b.Outcome)
	case reading.Process:
		return t.line("process", b.Process)
	case reading.Team:
		return t.line("team", b.Team)
	case reading.OffTopic:
		return t.line("off topic", b.OffTopic)
	case reading.Answer, reading.Silence, reading.Repeat, reading.Time, reading.Stop, reading.Insult, reading.Refuse,
		reading.Unknown, reading.Nothing, reading.Greeting, reading.Yes, reading.Clarify, reading.Question:
	}
	return t.line("other question", b.OtherQuestion)
}

// back returns to the question, without saying it again, or goes on when that was done often enough.
func (t *turn) back(before string) string {
	tries := 0
	for _, n := range t.past.pushed {
		tries += n
	}
	if tries >= patience {
		return t.next(before)
	}
	return sentences(before, t.line("back", t.book.Back))
}

// silent waits, and goes on at last.
func (t *turn) silent() string {
	if t.past.pushed[reading.Silence] >= patience {
		return t.next(t.line("skip", t.book.Skip))
	}
	return t.line("silence", t.book.Silence)
}

// thin asks for more once, then goes on.
func (t *turn) thin() string {
	if t.past.followed == 0 && t.past.pushed[reading.Yes] == 0 && t.past.current != introduction {
		if f := t.unsaid(t.book.Short); f != "" {
			return f
		}
	}
	return t.next(t.acknowledge())
}

// insulted sets a limit and ends at last.
func (t *turn) insulted() string {
	if t.past.insults+1 >= maxInsults {
		return t.line("insult end", t.book.InsultEnd)
	}
	return sentences(t.book.Insult[min(t.past.insults, len(t.book.Insult)-1)], t.line("back", t.book.Back))
}

// isTheirs tells whether an act asks something of the interviewer.
func isTheirs(a reading.Act) bool {
	return slices.Contains([]reading.Act{
		reading.Question, reading.AboutYou, reading.Outcome, reading.Process, reading.Team, reading.OffTopic, reading.Injection,
	}, a)
}

// answerTheirs answers the candidate's questions, as honestly as can be, and then asks for last words.
func (t *turn) answerTheirs() string {
	switch {
	case isTheirs(t.heard.Act) && t.past.asides < maxAsides:
		return sentences(t.aside(), t.line("anything else", t.book.AnythingElse))
	case isTheirs(t.heard.Act):
		return t.next(t.aside())
	case t.heard.Act == reading.Repeat:
		return sentences(t.line("repeat", t.book.Repeat), t.past.question)
	case t.heard.Act == reading.Time:
		return t.line("time", t.book.Time)
	case t.heard.Act == reading.Silence && t.past.pushed[reading.Silence] == 0:
		return t.line("silence", t.book.Silence)
	}
	return t.next(t.acknowledge())
}

// ending hears the last words and says farewell.
func (t *turn) ending() string {
	switch {
	case t.heard.Act == reading.Repeat:
		return sentences(t.line("repeat", t.book.Repeat), t.past.question)
	case t.heard.Act == reading.Time:
		return t.line("time", t.book.Time)
	case isTheirs(t.heard.Act):
		return sentences(t.aside(), t.line("farewell", t.book.Farewell))
	case t.heard.Act == reading.Answer && t.heard.Length >= thinAnswer:
		return sentences(t.plainly(), t.line("farewell", t.book.Farewell))
	}
	return t.line("farewell", t.book.Farewell)
}

func (t *turn) afterTheEnd() string {
	if isTheirs(t.heard.Act) && t.heard.Act != reading.Injection && t.heard.Act != reading.OffTopic {
		return sentences(t.aside(), t.line("after", t.book.After))
	}
	return t.line("after", t.book.After)
}

// unsaid chooses a line that was not said yet; "" when all were.
func (t *turn) unsaid(lines []string) string {
	var fresh []string
	for _, l := range lines {
		if !t.past.has(l) {
			fresh = append(fresh, l)
		}
	}
	if len(fresh) == 0 {
		return ""
	}
	return t.pick("unsaid "+fresh[0], fresh)
}

// plainly acknowledges without naming anything.
func (t *turn) plainly() string { return t.line("acknowledge", t.book.Acknowledge) }

// acknowledge names back something that was said, now and then, and only what was not named before.
func (t *turn) acknowledge() string {
	if t.heard.Length < thinAnswer {
		return t.line("acknowledge thin", t.book.AcknowledgeThin)
	}
	if t.pickedUpLast() {
		return t.plainly()
	}
	for _, mention := range t.heard.Mentions {
		if !strings.Contains(t.past.all, mention) {
			if unicode.IsDigit(rune(mention[0])) {
				return t.fill(t.pick("pick up", t.book.PickUpFigure), mention)
			}
			return t.fill(t.pick("pick up", t.book.PickUp), mention)
		}
	}
	return t.plainly()
}

// pickedUpLast tells whether the last reply named something back: twice in a row sounds like a parrot.
func (t *turn) pickedUpLast() bool {
	for _, l := range slices.Concat(t.book.PickUp, t.book.PickUpFigure) {
		if strings.Contains(t.past.lastReply, book.Mark(l)) {
			return true
		}
	}
	return false
}
