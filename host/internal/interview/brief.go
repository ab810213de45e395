package interview

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview/catalogue"
	"github.com/visavis-dev/visavis/host/internal/interview/prompts"
	"github.com/visavis-dev/visavis/host/internal/interview/retrieval"
	"github.com/visavis-dev/visavis/sdk/llm"
)

const (
	// topK questions stand in the prompt.
	topK = 5
	// maxQuestions go to a backend that reads them by itself.
	maxQuestions = 100
)

// Brief implements generation.Interview: the questions that fit what was said, when a job is named, and the prompt.
func (i *Interview) Brief(ctx context.Context, o generation.Occasion) (generation.Brief, error) {
	b := generation.Brief{Language: language(o)}
	organisation, known := i.Catalogue.Organisation(o.OrgType, o.CompanyName)
	if !known {
		organisation = catalogue.Organisation{Name: o.CompanyName}
	}
	job, isListed := i.Catalogue.Job(o.OrgType, o.JobName)
	if isListed {
		o.JobName = job.Name
	}
	if o.JobName != "" {
		hits, err := i.index.Search(ctx, retrieval.Query{
			Language: b.Language, OrgType: o.OrgType, JobName: o.JobName, CompanyName: organisation.Name, Said: turns(o),
		}, maxQuestions)
		if err != nil {
			return b, fmt.Errorf("find questions: %w", err)
		}
		b.Questions, b.Retrieved = given(hits)
	}
	data := prompts.Data{
		Company: organisation.In(b.Language), Industry: organisation.Industry, Values: organisation.Values, Themes: organisation.Themes,
		Job: o.JobName,
	}
	if b.Language == "en" {
		data.Job = cmp.Or(job.Title, data.Job)
	}
	b.Attributes = map[string]string{}
	if known {
		b.Attributes[llm.CompanyTitle] = data.Company
	}
	if isListed {
		b.Attributes[llm.JobTitle] = data.Job
	}
	if b.Language == "ko" { // profiles are in Korean
		b.Attributes[llm.CompanyValues] = strings.Join(organisation.Values, "\n")
	}
	var err error
	key := prompts.Key{OrgType: o.OrgType, Language: b.Language}
	if b.Bare, err = i.Prompts.Write(key, data); err != nil {
		return b, err //nolint:wrapcheck // it says what was done
	}
	for _, q := range b.Questions[:len(b.Retrieved)] {
		data.Questions = append(data.Questions, prompts.Question{Text: q.Text, Strong: q.Strong, FollowUps: q.FollowUps})
	}
	b.System, err = i.Prompts.Write(key, data)
	return b, err //nolint:wrapcheck // it says what was done
}

// given are hits as backends get them, and the ids and scores of those in the prompt.
func given(hits []retrieval.Hit) (all []llm.Question, top []generation.Retrieved) {
	for n, h := range hits {
		q := h.Question
		id := h.Set.ID + "/" + q.ID
		all = append(all, llm.Question{
			ID: id, Level: string(q.Level), Competency: q.Competency, Text: q.Text, Strong: q.Strong, FollowUps: q.FollowUps, Score: h.Score, Asked: h.Asked,
		})
		if n < topK && !h.Asked {
			top = append(top, generation.Retrieved{ID: id, Score: h.Score})
		}
	}
	return all, top
}

func turns(o generation.Occasion) []retrieval.Turn {
	var all []retrieval.Turn
	for _, m := range o.History {
		all = append(all, retrieval.Turn{Candidate: m.Role == "user", Text: m.Content})
	}
	return append(all, retrieval.Turn{Candidate: true, Text: o.Message})
}
