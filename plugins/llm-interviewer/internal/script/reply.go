package script

import (
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
	case t.heard.Act == reading.Stop && t.past.current != lastWords: // there it is a farewell like any other
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
	case reading.Correct:
		return t.next(t.line("correction", t.book.AckCorrection))
	case reading.Silence:
		return t.silent()
	case reading.Unclear:
		return t.unclear()
	case reading.Refuse:
		return t.next(t.line("skip", t.book.Skip))
	case reading.Nothing, reading.NoExperience:
		return t.inexperienced()
	case reading.Unknown:
		return t.next(t.line("unknown", t.book.Unknown))
	case reading.Yes, reading.Thanks:
		return t.thin()
	case reading.Repeat, reading.Rephrase, reading.Time, reading.Clarify:
		return t.again()
	case reading.Greeting:
		return t.back(t.line("greet back", t.book.GreetBack))
	case reading.Nervous:
		return t.back(t.line("calm", t.book.Calm))
	case reading.Resume:
		return t.back("")
	case reading.Stop, reading.Insult, reading.Injection, reading.AboutYou, reading.Human, reading.Language, reading.Why, reading.AskBack, reading.Hearing,
		reading.Outcome, reading.Feedback, reading.Duration, reading.Wanted, reading.Process, reading.Team, reading.OffTopic, reading.SmallTalk, reading.Question:
	}
	return t.back(t.aside(t.heard.Act))
}

// again helps a candidate who has not taken in the question or is not ready; "" for any other.
func (t *turn) again() string {
	switch t.heard.Act { //nolint:exhaustive // the others are no such thing
	case reading.Repeat:
		return sentences(t.line("repeat", t.book.Repeat), t.past.question)
	case reading.Rephrase:
		return sentences(t.line("rephrase", t.book.Rephrase), t.past.question)
	case reading.Time:
		return t.line("time", t.book.Time)
	case reading.Clarify:
		return t.line("clarify", t.book.Clarify)
	}
	return ""
}

// opening is the first reply. What is asked or demanded is answered between the greeting and its question.
func (t *turn) opening() string {
	switch act := t.heard.Act; act { //nolint:exhaustive // most are answered by beginning
	case reading.Stop:
		return t.line("stop", t.book.Stop)
	case reading.Insult:
		return sentences(t.greeting(), t.line("insult", t.book.Insult[:1]), t.ask(introduction))
	case reading.Repeat, reading.Rephrase:
		return sentences(t.line("nothing to repeat", t.book.NothingToRepeat), t.ask(introduction))
	default:
		if isTheirs(act) {
			return t.welcome(t.aside(act))
		}
	}
	if t.heard.Aside != "" {
		return t.welcome(t.aside(t.heard.Aside))
	}
	if t.heard.Tone.Anxious {
		return t.welcome(t.line("calm", t.book.Calm))
	}
	return t.begin()
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

// unclear asks to say it again, and goes on at last.
func (t *turn) unclear() string {
	if t.past.pushed[reading.Unclear] >= patience {
		return t.next(t.line("skip", t.book.Skip))
	}
	return t.line("unclear", t.book.Unclear)
}

// inexperienced asks who has no such experience what they would do, and goes on otherwise.
func (t *turn) inexperienced() string {
	if t.past.current == experience && t.past.followed == 0 && t.past.followUps < maxFollowUps {
		if f := t.unsaid(t.book.NoExperience); f != "" {
			return f
		}
	}
	if t.heard.Act == reading.NoExperience {
		return t.next(t.line("unknown", t.book.Unknown))
	}
	return t.next(t.line("skip", t.book.Skip))
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
	before := t.anyOfTheirs(t.reader.Insults)
	if before+1 >= maxInsults {
		return t.line("insult end", t.book.InsultEnd)
	}
	return sentences(t.book.Insult[min(before, len(t.book.Insult)-1)], t.line("back", t.book.Back))
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
