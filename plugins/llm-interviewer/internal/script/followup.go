package script

// thinAnswer is how many letters an answer has that says too little.
const thinAnswer = 25

const (
	// maxFollowUps of an interview, and of one question.
	maxFollowUps, maxFollowed = 4, 1
)

// goOn follows up on what an answer lacks, or asks the next question.
func (t *turn) goOn() string {
	if f := t.followUp(); f != "" && t.heard.Length < thinAnswer {
		return f // thanks for little would sound like mockery
	} else if f != "" {
		return sentences(t.acknowledge(), f)
	}
	return t.next(t.acknowledge())
}

// followUp is a question after what is missing; "" when nothing is, or enough was asked.
func (t *turn) followUp() string {
	p := t.past
	if p.followed >= maxFollowed || p.followUps >= maxFollowUps {
		return ""
	}
	if p.current == introduction && t.heard.Length < thinAnswer/2 {
		return t.unsaid(t.book.ShortIntro)
	}
	if p.current == introduction {
		return ""
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
	case introduction, theirs, lastWords, farewell, unplanned:
	}
	return ""
}

// missing asks for the part that an experience lacks most.
func (t *turn) missing() string {
	parts := t.heard.Parts
	switch {
	case parts.Count() >= 5:
		return ""
	case !parts.Role:
		return t.unsaid(t.book.Role)
	case !parts.Result:
		return t.unsaid(t.book.Result)
	case !parts.Action:
		return t.unsaid(t.book.Action)
	case !parts.Situation:
		return t.unsaid(t.book.SituationOf)
	}
	return t.unsaid(t.book.Figure)
}

// own prefers the follow-ups that were written for the question.
func (t *turn) own(otherwise []string) string {
	if f := t.unsaid(t.past.main.FollowUps); f != "" {
		return f
	}
	return t.unsaid(otherwise)
}
