package reading

import (
	"regexp"
	"strings"
)

var ends = regexp.MustCompile(`[.?!…]+["'”’)]*\s+`)

// sentencesOf splits a text behind its full stops; each keeps its own.
func sentencesOf(text string) []string {
	var all []string
	from := 0
	for _, at := range ends.FindAllStringIndex(text, -1) {
		all = append(all, strings.TrimSpace(text[from:at[1]]))
		from = at[1]
	}
	if rest := strings.TrimSpace(text[from:]); rest != "" {
		all = append(all, rest)
	}
	return all
}

// enoughSaid is how many letters make an answer of what stands before a question.
const enoughSaid = 12

// see tells what a message does. An answer can end in a question or a request, and an injection can stand in an answer: what
// was answered is given as the rest.
func (r *Reader) see(text string) (act, aside Act, rest string) {
	act = r.act(text)
	if act == Injection {
		if rest = r.without(text, Injection); letters(rest) >= 2*enoughSaid && r.act(rest) == Answer {
			return Answer, Injection, rest
		}
		return act, "", text
	}
	all := sentencesOf(text)
	if len(all) < 2 || act == Insult || act == Silence {
		return act, "", text
	}
	if act, aside, rest = r.ending(act, all, text); aside != "" {
		return act, aside, rest
	}
	return r.beginning(act, all), "", text
}

// ending looks at the last sentence: what asks for something there counts for the whole.
func (r *Reader) ending(act Act, all []string, text string) (whole, aside Act, rest string) {
	before := strings.Join(all[:len(all)-1], " ")
	switch last := r.act(all[len(all)-1]); last {
	case Repeat, Rephrase, Time, Clarify, Stop, Refuse, Hearing:
		return last, "", text
	case Question, AboutYou, Human, Language, Why, AskBack, Outcome, Feedback, Duration, Wanted, Process, Team, OffTopic, SmallTalk:
		if letters(before) >= enoughSaid && r.act(before) == Answer {
			return Answer, last, before
		}
		if act == Answer {
			return last, "", text
		}
	case Answer, Silence, Insult, Injection, Unknown, NoExperience, Nothing, Greeting, Yes, Thanks, Nervous, Correct, Resume, Unclear:
	}
	return act, "", text
}

// beginning looks at the first sentence: after a lack that is owned up to, what follows may only say why, or answer after all.
func (r *Reader) beginning(act Act, all []string) Act {
	first, after := r.act(all[0]), strings.Join(all[1:], " ")
	switch {
	case act == Nervous && letters(r.without(strings.Join(all, " "), Nervous)) >= enoughSaid:
		return Answer
	case act != Answer && act != Unknown && act != NoExperience:
		return act
	case first != NoExperience && first != Unknown:
		return act
	case letters(after) >= 4*enoughSaid || however.MatchString(after):
		return Answer
	}
	return first
}

// without leaves out the sentences that do something.
func (r *Reader) without(text string, act Act) string {
	var kept []string
	for _, s := range sentencesOf(brackets.ReplaceAllString(text, " ")) {
		if r.act(s) != act {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " ")
}

var however = regexp.MustCompile(`(?i)하지만|다만|그래도|그렇지만|대신|그런데|생각|아마|\b(but|however|still|though|instead|maybe|probably)\b`)

// brackets are passages that only machines are meant to read.
var brackets = regexp.MustCompile(`(?i)\[/?(system|inst|assistant|user)\].*?\[/(system|inst|assistant|user)\]|<\|[^>]*\|>|\{[^}]*\}|<[^>]*>`)
