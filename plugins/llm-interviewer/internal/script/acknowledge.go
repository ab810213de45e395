package script

import (
	"slices"
	"strings"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/book"
)

// plainly acknowledges without naming anything.
func (t *turn) plainly() string { return t.line("acknowledge", t.book.Acknowledge) }

// acknowledge shows that an answer was heard: what was said to have been done, a thing, or at least of what kind it was.
func (t *turn) acknowledge() string {
	tone := t.heard.Tone
	switch {
	case tone.Anxious && t.fresh(t.book.Calm):
		return t.line("calm", t.book.Calm)
	case tone.Hard && t.fresh(t.book.AckHard):
		return t.line("hard", t.book.AckHard)
	case tone.Lacking && t.fresh(t.book.AckLacking):
		return t.line("lacking", t.book.AckLacking)
	case t.heard.Length < thinAnswer:
		return t.line("acknowledge thin", t.book.AcknowledgeThin)
	case !t.namedLast():
		if claim := t.claim(); claim != "" {
			return t.naming("quote", t.book.Quote, claim)
		}
		if thing := t.unnamed(t.heard.Mentions); thing != "" {
			return t.naming("pick up", t.book.PickUp, thing)
		}
	}
	if lines := t.ofItsKind(); lines != nil && t.dice("kind")%4 != 0 {
		return t.line("acknowledge "+string(t.past.current), lines)
	}
	return t.plainly()
}

// ofItsKind are the lines for the kind of question that was answered, as long as there is one that was not said.
func (t *turn) ofItsKind() []string {
	b := t.book
	lines := map[slot][]string{
		introduction: b.AckIntroduction,
		motivation:   b.AckMotivation,
		experience:   b.AckExperience,
		jobKnowledge: b.AckJobKnowledge,
		situation:    b.AckSituation,
		values:       b.AckValues,
		future:       b.AckFuture,
	}[t.past.current]
	if slices.ContainsFunc(b.NoExperience, func(l string) bool { return strings.HasSuffix(l, t.past.question) }) {
		lines = b.AckSituation // what would be done, not what was
	}
	if !t.fresh(lines) || t.past.current == experience && !t.heard.Tone.Past {
		return nil
	}
	return lines
}

// fresh tells whether one of some lines was not said yet.
func (t *turn) fresh(lines []string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return !t.past.has(book.Mark(l)) })
}

// claim is the best of what the candidate said to have done, "" when all was named or there is none.
func (t *turn) claim() string { return t.unnamed(t.heard.Claims) }

// unnamed is the first of what could be named that the interviewer has not said yet.
func (t *turn) unnamed(all []string) string {
	for _, one := range all {
		if !strings.Contains(t.past.all, one) {
			return one
		}
	}
	return ""
}

// naming is a line about something that was said.
func (t *turn) naming(what string, lines []string, mention string) string {
	var fresh []string
	for _, l := range lines {
		if !t.past.has(book.Mark(l)) {
			fresh = append(fresh, l)
		}
	}
	if len(fresh) == 0 {
		fresh = lines
	}
	return t.fill(t.pick(what, fresh), mention)
}

// namedLast tells whether the last reply named something back: twice in a row sounds like a parrot.
func (t *turn) namedLast() bool {
	for _, l := range slices.Concat(t.book.PickUp, t.book.Quote, t.book.QuoteAsk) {
		if strings.Contains(t.past.lastReply, book.Mark(l)) {
			return true
		}
	}
	return false
}
