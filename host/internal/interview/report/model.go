package report

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
	"github.com/visavis-dev/visavis/sdk/llm"
)

const (
	// maxTokens of a report, and its temperature: judgements should not be inventive.
	maxTokens   = 1600
	temperature = 0.2
	// maxAnswer bounds what is read of a backend, in bytes.
	maxAnswer = 64 << 10
	// maxTranscript bounds what a backend is sent of an interview, in characters, from its end.
	maxTranscript = 24000
)

//go:embed judge.tmpl
var judge string

//go:embed answer.schema.tmpl
var answer string

// judged is the answer of a backend.
type judged struct {
	Summary      string `json:"summary"`
	Competencies []struct {
		ID       string   `json:"competency"`
		Score    float64  `json:"score"`
		Evidence []string `json:"evidence"`
		Advice   string   `json:"advice"`
	} `json:"competencies"`
}

// schema is that of judged, as strict servers want it: all is required and nothing else allowed. Models write fields in its
// order, so that evidence comes before the score that rests on it.
func schema() (json.RawMessage, error) {
	var ids []string
	for _, l := range questions.Competencies() {
		ids = append(ids, l.ID)
	}
	quoted, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("write schema of report: %w", err)
	}
	return json.RawMessage(strings.Replace(answer, "{{.}}", string(quoted), 1)), nil
}

// ask lets a backend judge. What it says is checked: evidence must be the candidate's own words.
func ask(ctx context.Context, b Backend, i Interview) (Report, error) {
	prompt, err := brief(i)
	if err != nil {
		return Report{}, err
	}
	form, err := schema()
	if err != nil {
		return Report{}, err
	}
	sink := &sink{}
	model, err := b.Model.Chat(ctx, llm.Request{
		Messages:  []llm.Message{{Role: llm.System, Content: prompt}, {Role: llm.User, Content: transcript(i)}},
		MaxTokens: maxTokens, Temperature: temperature, Schema: form, Attributes: map[string]string{llm.Language: i.Language},
	}, sink)
	if err != nil {
		return Report{}, fmt.Errorf("ask for report: %w", err)
	}
	r, err := read(sink.text.String(), i)
	if err != nil {
		return Report{}, fmt.Errorf("read report: %w", err)
	}
	r.Method, r.Source = ByModel, fmt.Sprintf("%s (%s)", b.Label, model)
	return r, nil
}

func brief(i Interview) (string, error) {
	t, err := template.New("judge").Parse(judge)
	if err != nil {
		return "", fmt.Errorf("read prompt of report: %w", err)
	}
	var out strings.Builder
	if err := t.Execute(&out, struct {
		Interview
		Competencies []questions.Label
	}{i, questions.Competencies()}); err != nil {
		return "", fmt.Errorf("write prompt of report: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}

func transcript(i Interview) string {
	var out strings.Builder
	for n, e := range i.Exchanges {
		fmt.Fprintf(&out, "[%d] Interviewer: %s\n[%d] Candidate: %s\n", n+1, e.Question, n+1, e.Answer)
	}
	runes := []rune(out.String())
	return string(runes[max(0, len(runes)-maxTranscript):])
}

func read(text string, i Interview) (Report, error) {
	j, err := parse(text)
	if err != nil {
		return Report{}, err
	}
	r := Report{Language: i.Language, Summary: strings.TrimSpace(j.Summary)}
	seen := map[string]bool{}
	for _, c := range j.Competencies {
		own, score := i.own(c.Evidence), int(c.Score)
		if len(own) == 0 || float64(score) != c.Score || score < 1 || score > 5 || seen[c.ID] || !questions.KnownCompetency(c.ID) {
			continue
		}
		seen[c.ID] = true
		r.Competencies = append(r.Competencies, Competency{ID: c.ID, Score: score, Evidence: own, Advice: strings.TrimSpace(c.Advice)})
	}
	if len(r.Competencies) == 0 || r.Summary == "" {
		return Report{}, errors.New("nothing in it rests on what was said")
	}
	return r, nil
}

// mostBegins bounds where an object is looked for.
const mostBegins = 32

// parse finds the object in an answer: models that keep to a schema send it alone, others within a fence or words.
func parse(text string) (judged, error) {
	err := errors.New("there is no object in it")
	for range mostBegins {
		at := strings.IndexByte(text, '{')
		if at < 0 {
			break
		}
		var j judged
		if err = json.NewDecoder(strings.NewReader(text[at:])).Decode(&j); err == nil && len(j.Competencies) > 0 {
			return j, nil
		}
		text = text[at+1:]
	}
	return judged{}, fmt.Errorf("it is no JSON: %w", err)
}

// shortestQuote is from how many letters on words are somebody's own.
const shortestQuote = 4

// own gives the quotes that the candidate said, each once, without the marks that models put around them.
func (i Interview) own(quotes []string) []string {
	var all []string
	for _, quote := range quotes {
		if !i.said(quote) {
			quote = strings.Trim(strings.TrimSpace(quote), ".… \"'“”‘’「」『』")
		}
		letters := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, quote)
		if i.said(quote) && utf8.RuneCountInString(letters) >= shortestQuote && !slices.Contains(all, quote) {
			all = append(all, quote)
		}
	}
	return all
}

// said tells whether the candidate said these words.
func (i Interview) said(quote string) bool {
	wanted := strings.Join(strings.Fields(quote), " ")
	if wanted == "" {
		return false
	}
	return slices.ContainsFunc(i.Exchanges, func(e Exchange) bool {
		return strings.Contains(strings.Join(strings.Fields(e.Answer), " "), wanted)
	})
}

// sink keeps an answer.
type sink struct{ text strings.Builder }

// Token implements llm.Sink.
func (s *sink) Token(text string) error {
	if s.text.Len()+len(text) > maxAnswer {
		return errors.New("the answer is too long")
	}
	s.text.WriteString(text)
	return nil
}
