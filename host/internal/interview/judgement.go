package interview

import (
	"context"
	"slices"

	"github.com/visavis-dev/visavis/host/internal/interview/report"
)

// Competency finds what a question is about by the question that it is most like.
func (i *Interview) Competency(ctx context.Context, of report.Interview, question string) (string, error) {
	hit, found, err := i.index.Nearest(ctx, of.Language, of.OrgType, question)
	if err != nil {
		return "", err //nolint:wrapcheck // it says what was done
	}
	if !found {
		return "communication", nil
	}
	return hit.Question.Competency, nil
}

// Language tells what an interview is held in by what the candidate said.
func Language(answers []string) string {
	for _, answer := range slices.Backward(answers) {
		if spoken := spokenIn(answer); spoken != "" {
			return spoken
		}
	}
	return "ko"
}
