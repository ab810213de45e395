// Package book holds everything that the interviewer can say, in each language, as text. It decides nothing.
package book

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/particle"
)

//go:embed ko.yaml en.yaml
var files embed.FS

// Book is what can be said in one language. Every field has lines.
type Book struct {
	Greeting        []string `yaml:"greeting"`
	GreetingNamed   []string `yaml:"greeting_named"`
	Introduction    []string `yaml:"introduction"`
	Motivation      []string `yaml:"motivation"`
	MotivationOpen  []string `yaml:"motivation_open"`
	Experience      []string `yaml:"experience"`
	JobKnowledge    []string `yaml:"job_knowledge"`
	Situation       []string `yaml:"situation"`
	Values          []string `yaml:"values"`
	Future          []string `yaml:"future"`
	Questions       []string `yaml:"questions"`
	AnythingElse    []string `yaml:"anything_else"`
	LastWords       []string `yaml:"last_words"`
	Farewell        []string `yaml:"farewell"`
	After           []string `yaml:"after"`
	Acknowledge     []string `yaml:"acknowledge"`
	AcknowledgeThin []string `yaml:"acknowledge_thin"`

	AckIntroduction []string `yaml:"acknowledge_introduction"`
	AckMotivation   []string `yaml:"acknowledge_motivation"`
	AckExperience   []string `yaml:"acknowledge_experience"`
	AckJobKnowledge []string `yaml:"acknowledge_job_knowledge"`
	AckSituation    []string `yaml:"acknowledge_situation"`
	AckValues       []string `yaml:"acknowledge_values"`
	AckFuture       []string `yaml:"acknowledge_future"`
	AckHard         []string `yaml:"acknowledge_hard"`
	AckLacking      []string `yaml:"acknowledge_lacking"`
	AckCorrection   []string `yaml:"acknowledge_correction"`
	Calm            []string `yaml:"calm"`

	PickUp          []string `yaml:"pick_up"`
	QuoteAsk        []string `yaml:"quote_ask"`
	Quote           []string `yaml:"quote"`
	BridgeJob       []string `yaml:"bridge_job_knowledge"`
	BridgeSituation []string `yaml:"bridge_situation"`
	BridgeValues    []string `yaml:"bridge_values"`
	Role            []string `yaml:"role"`
	Result          []string `yaml:"result"`
	Figure          []string `yaml:"figure"`
	SituationOf     []string `yaml:"situation_of"`
	Action          []string `yaml:"action"`
	Concrete        []string `yaml:"concrete"`
	Short           []string `yaml:"short"`
	ShortIntro      []string `yaml:"short_introduction"`
	Clarify         []string `yaml:"clarify"`
	Repeat          []string `yaml:"repeat"`
	NothingToRepeat []string `yaml:"nothing_to_repeat"`
	Time            []string `yaml:"time"`
	Silence         []string `yaml:"silence"`
	Skip            []string `yaml:"skip"`
	Unknown         []string `yaml:"unknown"`
	Insult          []string `yaml:"insult"`
	InsultEnd       []string `yaml:"insult_end"`
	Injection       []string `yaml:"injection"`
	OffTopic        []string `yaml:"off_topic"`
	SmallTalk       []string `yaml:"small_talk"`
	AboutYou        []string `yaml:"about_you"`
	Outcome         []string `yaml:"outcome"`
	Feedback        []string `yaml:"feedback"`
	Process         []string `yaml:"process"`
	Team            []string `yaml:"team"`
	OtherQuestion   []string `yaml:"other_question"`
	Back            []string `yaml:"back"`
	GreetBack       []string `yaml:"greet_back"`
	Stop            []string `yaml:"stop"`
	NoExperience    []string `yaml:"no_experience"`
	Rephrase        []string `yaml:"rephrase"`
	Unclear         []string `yaml:"unclear"`
	Hearing         []string `yaml:"hearing"`
	Why             []string `yaml:"why"`
	AskBack         []string `yaml:"ask_back"`
	Human           []string `yaml:"human"`
	OtherLanguage   []string `yaml:"other_language"`
	Duration        []string `yaml:"duration"`
	DurationEnd     []string `yaml:"duration_end"`
	DurationOpen    []string `yaml:"duration_open"`
	Wanted          []string `yaml:"wanted"`
	Resume          []string `yaml:"resume"`
	AfterThanks     []string `yaml:"after_thanks"`

	// Signs, in lower case, by which words of others are known.
	Hello            []string `yaml:"hello"`
	Introduces       []string `yaml:"introduces"`
	AsksIntroduction []string `yaml:"asks_introduction"`
	AsksQuestions    []string `yaml:"asks_questions"`
	AsksLastWords    []string `yaml:"asks_last_words"`
}

// Open reads the book of a language, ko or en.
func Open(language string) (*Book, error) {
	raw, err := files.ReadFile(language + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("open book: %w", err)
	}
	var b Book
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&b); err != nil {
		return nil, fmt.Errorf("read book %s: %w", language, err)
	}
	var lines map[string][]string
	if err := yaml.Unmarshal(raw, &lines); err != nil {
		return nil, fmt.Errorf("read book %s: %w", language, err)
	}
	if len(lines) != reflect.TypeFor[Book]().NumField() {
		return nil, errors.New("read book " + language + ": something has no lines")
	}
	for name, all := range lines {
		if len(all) == 0 {
			return nil, errors.New("read book " + language + ": no lines for " + name)
		}
	}
	return &b, nil
}

// Names fill a line's slots; each may be empty.
type Names struct {
	Company, Job, Mention string
	// Name is the candidate's, Value one of the organisation's.
	Name, Value string
}

// A slot is {company}; {company:word} with a word for when there is none; {company:word:을} with a particle too; or
// { at company}, which is left out whole when there is none.
var slot = regexp.MustCompile(`\{([^{}:]*?)(company|job|mention|name|value)(?::([^{}:]*)(?::([^{}:]*))?)?\}`)

// Fill puts names into a line.
func Fill(line string, n Names) string {
	line = slot.ReplaceAllStringFunc(line, func(match string) string {
		parts := slot.FindStringSubmatch(match)
		word := map[string]string{"company": n.Company, "job": n.Job, "mention": n.Mention, "name": n.Name, "value": n.Value}[parts[2]]
		word = strings.Join(strings.Fields(word), " ")
		if word == "" {
			word = parts[3]
		}
		if word == "" {
			return ""
		}
		return parts[1] + withParticle(word, parts[4])
	})
	return strings.Join(strings.Fields(line), " ")
}

// withParticle puts a particle behind a word in the form that fits; anything else is put there as it is.
func withParticle(word, form string) string {
	if pair, ok := particle.Named(form); ok {
		return particle.After(word, pair)
	}
	return word + form
}

// Mark is the longest part of a line without slots, by which it is known again.
func Mark(line string) string {
	if !strings.Contains(line, "{") {
		return line
	}
	longest := ""
	for _, part := range slot.Split(line, -1) {
		if part = strings.TrimSpace(part); len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}
