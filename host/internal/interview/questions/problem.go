package questions

import (
	"errors"
	"fmt"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// SetError says what is wrong with a set, and where.
type SetError struct {
	// Line counts from 1; 0 is the set as a whole.
	Line int
	// Counted says that Line is the place in the list of questions.
	Counted bool
	// Reason is a Korean sentence without its end.
	Reason string
}

// Error implements error.
func (p *SetError) Error() string {
	if p.Line > 0 && p.Counted {
		return fmt.Sprintf("%d번째 질문: %s", p.Line, p.Reason)
	}
	if p.Line > 0 {
		return fmt.Sprintf("%d번째 줄: %s", p.Line, p.Reason)
	}
	return p.Reason
}

func wrong(line int, format string, args ...any) error {
	return &SetError{Line: line, Reason: fmt.Sprintf(format, args...)}
}

// Check makes a set that was not read from a file right, or says what is wrong: fault.Invalid with the place and the reason.
func Check(s Set) (Set, error) {
	d := &draft{set: s}
	d.set.Questions, d.set.BuiltIn = nil, false
	for i, q := range s.Questions {
		d.questions = append(d.questions, row{line: i + 1, question: q})
	}
	set, err := d.check()
	if problem, isProblem := errors.AsType[*SetError](err); isProblem {
		problem.Counted = true
	}
	if err != nil {
		return Set{}, invalid(err)
	}
	return set, nil
}

// invalid makes a fault of a problem, so that it reaches the client in words.
func invalid(err error) error {
	return fault.New(fault.Invalid, "read question set", err.Error(), err)
}
