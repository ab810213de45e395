// Package report judges an interview by what the candidate said: with a language backend that answers by a schema, or, when
// there is none, by stated rules. It says which.
package report

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
)

// The methods of a report.
const (
	ByModel = "llm"
	ByRules = "rules"
)

// Interview is what is judged.
type Interview struct {
	// Language of the report is ko or en.
	Language                      string
	OrgType, CompanyName, JobName string
	// Exchanges are in their order.
	Exchanges []Exchange
}

// Exchange is a question with its answer.
type Exchange struct {
	// Question may be empty, when the candidate spoke first.
	Question string
	Answer   string
}

// Report is the judgement.
type Report struct {
	// Method is ByModel or ByRules; Source names the backend, or is "rules".
	Method, Source string
	Language       string
	Summary        string
	Competencies   []Competency
	// Rules say how scores came about; empty when a model judged.
	Rules []string
}

// Competency is what was seen of one.
type Competency struct {
	// ID is one of questions.Competencies.
	ID string
	// Score is 1 to 5.
	Score int
	// Evidence are the candidate's own words.
	Evidence []string
	Advice   string
}

// Backend is a language backend that answers by a schema.
type Backend struct {
	// Label and the model's name make the source.
	Label string
	Model llm.Model
}

// Options of a Writer; all are required.
type Options struct {
	// Backends are asked in their order; there may be none.
	Backends func() []Backend
	// Competency finds what a question is about.
	Competency func(ctx context.Context, i Interview, question string) (string, error)
	Logger     hclog.Logger
}

// Writer writes reports. Safe for concurrent use.
type Writer struct {
	Options
}

// New makes a writer.
func New(o Options) *Writer { return &Writer{Options: o} }

// Write judges an interview. One without answers is fault.Invalid.
func (w *Writer) Write(ctx context.Context, i Interview) (Report, error) {
	if len(i.Exchanges) == 0 {
		return Report{}, fault.New(fault.Invalid, "write report", "평가할 답변이 없습니다", errors.New("the candidate said nothing"))
	}
	for _, b := range w.Backends() {
		r, err := ask(ctx, b, i)
		if err == nil {
			return r, nil
		}
		if ctx.Err() != nil {
			return Report{}, fmt.Errorf("write report: %w", ctx.Err())
		}
		w.Logger.Warn("report is not written by a language backend", "backend", b.Label, "error", err)
	}
	return w.byRules(ctx, i)
}
