package script

import (
	"slices"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/reading"
)

// isTheirs tells whether an act asks something of the interviewer.
func isTheirs(a reading.Act) bool {
	return slices.Contains([]reading.Act{
		reading.Question, reading.AboutYou, reading.Human, reading.Language, reading.Why, reading.AskBack, reading.Hearing, reading.Outcome, reading.Feedback, reading.Duration,
		reading.Wanted, reading.Process, reading.Team, reading.OffTopic, reading.SmallTalk, reading.Injection,
	}, a)
}

// aside says what there is to say to something that is no answer.
func (t *turn) aside(act reading.Act) string {
	b := t.book
	lines := map[reading.Act][]string{
		reading.Injection: b.Injection,
		reading.AboutYou:  b.AboutYou,
		reading.Human:     b.Human,
		reading.Language:  b.OtherLanguage,
		reading.Why:       b.Why,
		reading.AskBack:   b.AskBack,
		reading.Hearing:   b.Hearing,
		reading.Outcome:   b.Outcome,
		reading.Feedback:  b.Feedback,
		reading.Duration:  t.duration(),
		reading.Wanted:    t.wanted(),
		reading.Process:   b.Process,
		reading.Team:      b.Team,
		reading.OffTopic:  b.OffTopic,
		reading.SmallTalk: b.SmallTalk,
	}[act]
	if lines == nil {
		lines = b.OtherQuestion
	}
	return t.line(string(act), lines)
}

// usual is up to how many questions an interview is of the usual length.
const usual = 14

func (t *turn) duration() []string {
	switch {
	case slices.Contains([]slot{values, future, theirs, lastWords}, t.past.current):
		return t.book.DurationEnd
	case t.Length > usual:
		return t.book.DurationOpen
	}
	return t.book.Duration
}

// wanted are lines about the organisation's values, nil where none is known.
func (t *turn) wanted() []string {
	if t.value() == "" {
		return nil
	}
	return t.book.Wanted
}

// value is one of the organisation's, another one each time.
func (t *turn) value() string {
	for _, v := range t.Values {
		if !t.past.has(v) {
			return v
		}
	}
	return ""
}

// answerTheirs answers the candidate's questions, as honestly as can be, and then asks for last words.
func (t *turn) answerTheirs() string {
	act := t.heard.Act
	if act == reading.Answer && t.heard.Aside != "" {
		act = t.heard.Aside
	}
	switch {
	case isTheirs(act) && t.past.asides < maxAsides:
		return sentences(t.aside(act), t.line("anything else", t.book.AnythingElse))
	case isTheirs(act):
		return t.next(t.aside(act))
	case t.again() != "":
		return t.again()
	case act == reading.Silence && t.past.pushed[reading.Silence] == 0:
		return t.line("silence", t.book.Silence)
	case act == reading.Answer && t.heard.Length >= thinAnswer:
		return t.next(t.plainly())
	}
	return t.next(t.line("acknowledge thin", t.book.AcknowledgeThin))
}

// ending hears the last words and says farewell.
func (t *turn) ending() string {
	switch {
	case t.again() != "":
		return t.again()
	case isTheirs(t.heard.Act):
		return sentences(t.aside(t.heard.Act), t.line("farewell", t.book.Farewell))
	case isTheirs(t.heard.Aside):
		return sentences(t.aside(t.heard.Aside), t.line("farewell", t.book.Farewell))
	case t.heard.Act == reading.Answer && t.heard.Length >= thinAnswer:
		return sentences(t.plainly(), t.line("farewell", t.book.Farewell))
	}
	return t.line("farewell", t.book.Farewell)
}

func (t *turn) afterTheEnd() string {
	switch act := t.heard.Act; act { //nolint:exhaustive // whatever else is said, the interview is over
	case reading.Resume:
		if t.past.stopped {
			return sentences(t.line("resume", t.book.Resume), t.past.question)
		}
	case reading.Thanks, reading.Greeting, reading.Yes, reading.Nothing, reading.Stop:
		return t.line("after thanks", t.book.AfterThanks)
	case reading.AboutYou, reading.Human, reading.Outcome, reading.Feedback, reading.Process, reading.Team, reading.Wanted:
		return sentences(t.aside(act), t.line("after", t.book.After))
	}
	return t.line("after", t.book.After)
}
