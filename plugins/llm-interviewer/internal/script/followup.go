package script

import "cmp"

// thinAnswer is how many letters an answer has that says too little.
const thinAnswer = 25

const (
	// maxFollowUps of an interview, and of one question.
	maxFollowUps, maxFollowed = 5, 1
)

// goOn follows up on what an answer lacks, or asks the next question. What was asked besides is answered first.
func (t *turn) goOn() string {
	if t.heard.Aside != "" {
		return t.next(t.aside(t.heard.Aside))
	}
	f := t.followUp()
	switch {
	case f == "":
		return t.next(t.acknowledge())
	case t.heard.Length < thinAnswer: // thanks for little would sound like mockery
		return f
	}
	if claim := t.claim(); claim != "" && !t.namedLast() {
		return sentences(t.naming("quote ask", t.book.QuoteAsk, claim), f)
	}
	return sentences(t.acknowledge(), f)
}

// followUp is a question after what is missing; "" when nothing is, or enough was asked.
func (t *turn) followUp() string {
	p := t.past
	if p.followed >= maxFollowed || p.followUps >= maxFollowUps {
		return ""
	}
	if p.current == introduction && t.heard.Length < thinAnswer {
		return t.unsaid(t.book.ShortIntro)
	}
	if p.current == introduction || t.heard.Tone.Lacking {
		return ""
	}
	if t.heard.Length < thinAnswer && p.current == experience {
		return cmp.Or(t.unsaid(t.book.Short), t.own(nil)) // a question's own follow-ups take a story for granted
	}
	if t.heard.Length < thinAnswer {
		return t.own(t.book.Short)
	}
	switch p.current {
	case experience:
		return t.missing()
	case jobKnowledge, situation, motivation, values:
		if t.heard.Length < 2*thinAnswer && t.heard.Parts.Count() < 2 {
			return t.own(t.book.Short)
		}
		if t.dice("deeper")%3 == 0 {
			return t.own(nil)
		}
	case introduction, future, theirs, lastWords, farewell, unplanned:
	}
	return ""
}

// missing asks for the part that an experience lacks most.
func (t *turn) missing() string {
	parts, tone := t.heard.Parts, t.heard.Tone
	switch {
	case !tone.Past: // a view, or what would be done
		return t.unsaid(t.book.Concrete)
	case tone.Joint:
		return t.unsaid(t.book.Role)
	case !parts.Action:
		return t.unsaid(t.book.Action)
	case !parts.Result:
		return t.unsaid(t.book.Result)
	case !parts.Figure && tone.Measured:
		return t.unsaid(t.book.Figure)
	case !parts.Situation:
		return t.unsaid(t.book.SituationOf)
	case t.dice("deeper")%2 == 0:
		return t.own(nil)
	}
	return ""
}

// own prefers the follow-ups that were written for the question.
func (t *turn) own(otherwise []string) string {
	if f := t.unsaid(t.past.main.FollowUps); f != "" {
		return f
	}
	return t.unsaid(otherwise)
}
