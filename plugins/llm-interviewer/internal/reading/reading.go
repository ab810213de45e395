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
	Process   Act = "process"
	Team      Act = "team"
	OffTopic  Act = "off_topic"
	Refuse    Act = "refuse"
	Unknown   Act = "unknown"
	Nothing   Act = "nothing"
	Greeting  Act = "greeting"
	Yes       Act = "yes"
	// Clarify asks how a question is to be answered.
	Clarify Act = "clarify"
	// Question is one of another kind.
	Question Act = "question"
)

// Reading is what was seen in a message.
type Reading struct {
	Act Act
	// Length counts letters and digits.
	Length int
	// Parts are what an answer has.
	Parts Parts
	// Mentions are things that can be named back, the best first.
	Mentions []string
}

// Reader reads messages. Safe for concurrent use.
type Reader struct {
	cues []cue
}

type cue struct {
	act      Act
	within   int
	patterns []*regexp.Regexp
	unless   []*regexp.Regexp
}

func (c cue) fits(text string) bool {
	matches := func(p *regexp.Regexp) bool { return p.MatchString(text) }
	return slices.ContainsFunc(c.patterns, matches) && !slices.ContainsFunc(c.unless, matches)
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
	r := &Reader{}
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

func compile(patterns []string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for _, p := range patterns {
		compiled, err := regexp.Compile("(?i)" + p)
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller says which
		}
		all = append(all, compiled)
	}
	return all, nil
}

// most is how much of a message is read, in bytes: nobody says more in one breath.
const most = 16 << 10

// Read looks at a message.
func (r *Reader) Read(text string) Reading {
	text = strings.Join(strings.Fields(clip(text)), " ")
	out := Reading{Length: letters(text), Parts: partsOf(text)}
	out.Act = r.act(text, out.Length)
	if out.Act == Answer {
		out.Mentions = mentions(text)
	}
	return out
}

// Act tells what a message does, and nothing else of it.
func (r *Reader) Act(text string) Act {
	text = strings.Join(strings.Fields(clip(text)), " ")
	return r.act(text, letters(text))
}

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

func (r *Reader) act(text string, length int) Act {
	if length == 0 || (utf8.RuneCountInString(text) <= 12 && hesitation.MatchString(text)) {
		return Silence
	}
	characters := utf8.RuneCountInString(text)
	for _, c := range r.cues {
		if characters <= c.within && c.fits(text) {
			return c.act
		}
	}
	if characters <= 120 && asks(text) {
		return Question
	}
	return Answer
}

// asks tells whether a text ends in a question. Korean speakers leave out the mark.
var asking = regexp.MustCompile(`(\?|나요|까요|가요|습니까|는지요|은지요)[.?!\s]*$`)

func asks(text string) bool { return asking.MatchString(text) }
