package script

import (
	"slices"
	"strings"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/book"
	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/reading"
)

// slot is a part of the interview.
type slot string

// The slots in the order of an interview.
const (
	introduction slot = "introduction"
	motivation   slot = "motivation"
	experience   slot = "experience"
	jobKnowledge slot = "job_knowledge"
	situation    slot = "situation"
	values       slot = "values"
	future       slot = "future"
	theirs       slot = "questions"
	lastWords    slot = "last_words"
	farewell     slot = "farewell"
	// unplanned is for questions that the plan has no place for.
	unplanned slot = ""
)

// past is what the conversation so far tells.
type past struct {
	// all is everything that the interviewer said.
	all string
	// lastReply is what the interviewer said last.
	lastReply string
	// filled counts the questions of each slot.
	filled map[slot]int
	// current is the slot of the last question, question the last question as it was asked, and of the question before
	// its follow-ups.
	current  slot
	question string
	main     Question
	// followed counts the follow-ups since the last question, followUps all of them.
	followed, followUps int
	// pushed counts the candidate's turns since the last question or follow-up that were no answer, by their act.
	pushed map[reading.Act]int
	// closed says that the interview has ended, stopped that the candidate ended it.
	closed, stopped bool
	// greeted says that the interviewer has spoken.
	greeted bool
	// asides counts the candidate's own questions that were answered at the end.
	asides int
}

func (p *past) has(words string) bool { return words != "" && strings.Contains(p.all, words) }

// recall reads what was said so far, but for the candidate's last turn. Of the candidate's turns only those since the last
// question are read closely.
func (t *turn) recall() past {
	p := past{filled: map[slot]int{}, pushed: map[reading.Act]int{}}
	var all strings.Builder
	var since []string
	for n, turn := range t.Turns {
		switch {
		case turn.Interviewer:
			all.WriteString(turn.Text)
			all.WriteByte('\n')
			p.lastReply = turn.Text
			p.greeted = true
			if t.noteInterviewer(&p, turn.Text) {
				since = nil
			}
		case n < len(t.Turns)-1:
			since = append(since, turn.Text)
		}
	}
	p.all = all.String()
	if p.closed {
		return p // what was said after the end does not matter
	}
	for _, text := range since {
		act := t.reader.Act(text)
		if act != reading.Answer {
			p.pushed[act]++
		}
		if p.current == theirs && isTheirs(act) {
			p.asides++
		}
	}
	return p
}

// anyOfTheirs counts the candidate's turns, but for the last, of which something holds.
func (t *turn) anyOfTheirs(holds func(string) bool) int {
	n := 0
	for i, turn := range t.Turns {
		if !turn.Interviewer && i < len(t.Turns)-1 && holds(turn.Text) {
			n++
		}
	}
	return n
}

// noteInterviewer finds out what a reply did: asked a question of a slot or followed up, which gives true, or neither.
func (t *turn) noteInterviewer(p *past, text string) bool {
	p.closed, p.stopped = t.closes(text), contains(text, t.book.Stop)
	if s, q, asked := t.slotOf(text); asked {
		again := q.Text == p.question && s == p.current
		if !again { // said again, it is the same question
			p.filled[s]++
			p.followed = 0
		}
		p.current, p.question, p.main = s, q.Text, q
		return !again
	}
	if f := t.followUpIn(text, p.main); f != "" {
		again := f == p.question
		if !again {
			p.followed++
			p.followUps++
		}
		p.question = f
		return !again
	}
	if p.current == "" || (strings.HasSuffix(strings.TrimSpace(text), "?") && !t.isOwn(text)) {
		// Somebody else, another language backend for one, asked in words of its own: it counts as the next in the plan.
		s, _ := t.open(*p)
		p.filled[s]++
		p.current, p.question, p.main, p.followed = s, lastSentence(text), Question{Text: lastSentence(text)}, 0
		return true
	}
	return false
}

// slotOf finds the question that a reply asks.
func (t *turn) slotOf(text string) (slot, Question, bool) {
	for n, q := range t.Questions {
		for _, form := range []string{q.Text, t.seasoned[n]} {
			if strings.Contains(text, form) {
				q.Text = form
				return t.slotOfLevel(q), q, true
			}
		}
	}
	for _, known := range t.general() {
		for _, line := range known.lines {
			if strings.Contains(text, book.Mark(line)) {
				return known.slot, Question{Level: string(known.slot), Text: t.fill(line, "")}, true
			}
		}
	}
	return "", Question{}, false
}

// slotOfLevel is where a question of a set belongs. Of those that open, one comes first and the others ask why.
func (t *turn) slotOfLevel(q Question) slot {
	switch q.Level {
	case "opening":
		if containsAny(q.Text, t.book.AsksIntroduction) {
			return introduction
		}
		if q.Competency == "" || q.Competency == "motivation" {
			return motivation
		}
		return unplanned
	case "closing":
		switch {
		case containsAny(q.Text, t.book.AsksLastWords):
			return lastWords
		case containsAny(q.Text, t.book.AsksQuestions):
			return theirs
		}
		return future
	}
	return slot(q.Level)
}

func containsAny(text string, signs []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(text, sign) })
}

// group are the book's questions of a slot.
type group struct {
	slot  slot
	lines []string
}

func (t *turn) general() []group {
	b := t.book
	return []group{
		{introduction, b.Introduction},
		{motivation, slices.Concat(b.Motivation, b.MotivationOpen)},
		{experience, b.Experience},
		{jobKnowledge, b.JobKnowledge},
		{situation, b.Situation},
		{values, b.Values},
		{future, b.Future},
		{theirs, b.Questions},
		{lastWords, b.LastWords},
	}
}

// followUpIn finds a follow-up in a reply, of the question or of the book.
func (t *turn) followUpIn(text string, q Question) string {
	for _, f := range q.FollowUps {
		if strings.Contains(text, f) {
			return f
		}
	}
	b := t.book
	for _, lines := range [][]string{b.Role, b.Result, b.Figure, b.SituationOf, b.Action, b.Short, b.ShortIntro, b.NoExperience, b.Concrete} {
		for _, f := range lines {
			if strings.Contains(text, f) {
				return f
			}
		}
	}
	return ""
}

// closes tells whether a reply ended the interview, or came after its end.
func (t *turn) closes(text string) bool {
	b := t.book
	return contains(text, b.Farewell, b.After, b.AfterThanks, b.Stop, b.InsultEnd)
}

// contains tells whether a text has one of some lines in it.
func contains(text string, all ...[]string) bool {
	for _, lines := range all {
		for _, l := range lines {
			if strings.Contains(text, book.Mark(l)) {
				return true
			}
		}
	}
	return false
}

// isOwn tells whether a reply is one of the book's that asks nothing new.
func (t *turn) isOwn(text string) bool {
	b := t.book
	return contains(text, b.AnythingElse, b.Repeat, b.Back, b.Silence, b.Time, b.Unclear, b.Resume)
}

// lastSentence is the last sentence of a reply.
func lastSentence(text string) string {
	text = strings.TrimSpace(text)
	body := strings.TrimRight(text, ".?! ")
	if at := strings.LastIndexAny(body, ".?!"); at >= 0 {
		return strings.TrimSpace(text[at+1:])
	}
	return text
}
