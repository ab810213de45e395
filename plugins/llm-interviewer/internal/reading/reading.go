// Package reading sees what a candidate does with a message: answers, and how well; asks, refuses, insults. It knows
// sentences by their patterns and decides nothing.
package reading

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

//go:embed cues.yaml
var cueFile []byte

// Act is what a message does.
type Act string

// The acts.
const (
	Answer    Act = "answer"
	Silence   Act = "silence"
	Repeat    Act = "repeat"
	Time      Act = "time"
	Stop      Act = "stop"
	Insult    Act = "insult"
	Injection Act = "injection"
	AboutYou  Act = "about_you"
	Outcome   Act = "outcome"
	Feedback  Act = "feedback"
	Process   Act = "process"
	Team      Act = "team"
	OffTopic  Act = "off_topic"
	Refuse    Act = "refuse"
	Unknown   Act = "unknown"
	Nothing   Act = "nothing"
	Greeting  Act = "greeting"
	SmallTalk Act = "small_talk"
	Yes       Act = "yes"
	Thanks    Act = "thanks"
	Nervous   Act = "nervous"
	// Hearing asks whether one is heard.
	Hearing Act = "hearing"
	// Rephrase asks for the question in other words, Clarify how it is to be answered, Why what it is for; AskBack returns it.
	Rephrase Act = "rephrase"
	Clarify  Act = "clarify"
	Why      Act = "why"
	AskBack  Act = "ask_back"
	// Human asks for a person, Duration for how long it takes, Wanted for who is looked for.
	Human Act = "human"
	// Language asks for another one.
	Language Act = "language"
	Duration Act = "duration"
	Wanted   Act = "wanted"
	// Correct takes something back, Resume goes on after an end.
	Correct Act = "correct"
	Resume  Act = "resume"
	// NoExperience has nothing of the kind to tell, Unknown nothing at all.
	NoExperience Act = "no_experience"
	// Unclear is no language.
	Unclear Act = "unclear"
	// Question is one of another kind.
	Question Act = "question"
)

// Reading is what was seen in a message.
type Reading struct {
	Act Act
	// Aside is what an answer asks or demands besides; "" if nothing.
	Aside Act
	// Length counts letters and digits.
	Length int
	// Parts are what an answer has.
	Parts Parts
	// Tone is how it is said.
	Tone Tone
	// Name is the candidate's, where it was said in as many words.
	Name string
	// Claims are clauses of an answer that can be quoted, and Mentions things that can be named back, the best first.
	Claims, Mentions []string
}

// Reader reads messages. Safe for concurrent use.
type Reader struct {
	cues  []cue
	verbs *verbs
}

type cue struct {
	act      Act
	within   int
	patterns []pattern
	unless   []pattern
}

func (c cue) fits(text string, in scripts) bool {
	matches := func(p pattern) bool {
		return (in.hangul || !p.needs.hangul) && (in.latin || !p.needs.latin) && p.MatchString(text)
	}
	return slices.ContainsFunc(c.patterns, matches) && !slices.ContainsFunc(c.unless, matches)
}

// pattern is an expression, and the script without which no text fits it: half of them need not be tried.
type pattern struct {
	*regexp.Regexp

	needs scripts
}

// scripts are those that a text has letters of.
type scripts struct{ hangul, latin bool }

func scriptsOf(text string) scripts {
	return scripts{
		hangul: isKorean(text),
		latin:  strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Latin, r) }),
	}
}

// escaped are letters of an expression that stand for something else.
var escaped = regexp.MustCompile(`\\[a-zA-Z]`)

// needed is the one script that an expression is written in, if it is one.
func needed(expression string) scripts {
	in := scriptsOf(escaped.ReplaceAllString(expression, ""))
	if in.hangul == in.latin {
		return scripts{}
	}
	return in
}

// New reads the cues.
func New() (*Reader, error) {
	var written []struct {
		Act      Act      `yaml:"act"`
		Within   int      `yaml:"within"`
		Patterns []string `yaml:"patterns"`
		Unless   []string `yaml:"unless"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(cueFile))
	decoder.KnownFields(true)
	if err := decoder.Decode(&written); err != nil {
		return nil, fmt.Errorf("read cues: %w", err)
	}
	verbs, err := newVerbs()
	if err != nil {
		return nil, err
	}
	r := &Reader{verbs: verbs}
	for _, w := range written {
		patterns, err := compile(w.Patterns)
		if err != nil {
			return nil, fmt.Errorf("read cue %s: %w", w.Act, err)
		}
		unless, err := compile(w.Unless)
		if err != nil {
			return nil, fmt.Errorf("read cue %s: %w", w.Act, err)
		}
		r.cues = append(r.cues, cue{act: w.Act, within: w.Within, patterns: patterns, unless: unless})
	}
	return r, nil
}

func compile(patterns []string) ([]pattern, error) {
	var all []pattern
	for _, p := range patterns {
		compiled, err := regexp.Compile("(?i)" + p)
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller says which
		}
		all = append(all, pattern{Regexp: compiled, needs: needed(p)})
	}
	return all, nil
}

// most is how much of a message is read, in bytes: nobody says more in one breath.
const most = 16 << 10

// Read looks at a message.
func (r *Reader) Read(text string) Reading {
	text = tidy(text)
	out := Reading{Tone: toneOf(text), Name: nameIn(text)}
	out.Act, out.Aside, text = r.see(text)
	out.Length, out.Parts = letters(text), partsOf(text)
	if out.Act == Answer || out.Act == Correct {
		said := brackets.ReplaceAllString(text, " ")
		out.Claims, out.Mentions = r.verbs.claims(said), mentions(said)
	}
	return out
}

// Act tells what a message does, and nothing else of it.
func (r *Reader) Act(text string) Act {
	act, _, _ := r.see(tidy(text))
	return act
}

// Insults tells whether a message is an insult, which Act would say too, but later.
func (r *Reader) Insults(text string) bool {
	text = tidy(text)
	for _, c := range r.cues {
		if c.act == Insult && utf8.RuneCountInString(text) <= c.within && c.fits(text, scriptsOf(text)) {
			return r.Act(text) == Insult
		}
	}
	return false
}

func tidy(text string) string { return strings.Join(strings.Fields(clip(text)), " ") }

func clip(text string) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

func letters(text string) int {
	n := 0
	for _, c := range text {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
	}
	return n
}

// hesitation is a message of sounds and signs alone.
var hesitation = regexp.MustCompile(`(?i)^([음흠으어아에저그hmueor\s.…,·~!?ㅡㅋㅎㅠㅜ-]|\.{2,})*$`)

func (r *Reader) act(text string) Act {
	if letters(text) == 0 || (utf8.RuneCountInString(text) <= 12 && hesitation.MatchString(text)) {
		return Silence
	}
	characters, in := utf8.RuneCountInString(text), scriptsOf(text)
	for _, c := range r.cues {
		if characters <= c.within && c.fits(text, in) {
			return c.act
		}
	}
	if characters <= 120 && asks(text) {
		return Question
	}
	return Answer
}

// Who asks leaves out the mark in Korean; a reason that is given ends in 니까요, and "right?" behind an answer asks nothing.
var (
	asking = regexp.MustCompile(`(\?|([있없하되시았었했겠됐셨르쓰가오나주]|[은인한는])나요|[^니]까요|[인은한던는]가요|습니까|[는은인]지요?|(궁금|알고\s?싶|여쭤보고\s?싶|묻고\s?싶)[가-힣]{1,4})[.?!\s]*$`)
	noAsk  = regexp.MustCompile(`^(아마|대략|한|약)\s.*\?$|(정도|쯤|걸요|같은데요?)\?$|(니까요|(생각|기억|차이|티|화|소리)[이가]?\s?나요|(그렇|맞|됐|되|아시|알|좋)(죠|지요|잖아요))[.?!\s]*$`)
)

func asks(text string) bool { return asking.MatchString(text) && !noAsk.MatchString(text) }
