package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/script"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// modelName is how answers name this backend.
const modelName = "visavis-interviewer"

// settings are those of the manifest's schema.
type settings struct {
	// Seed makes interviews differ between deployments.
	Seed int64 `json:"seed"`
	// Questions is how many an interview has without follow-ups.
	Questions int `json:"questions"`
}

type engine struct {
	script   *script.Script
	settings settings
}

func open(_ context.Context, s settings, _ plugin.Env) (llm.Model, error) {
	loaded, err := script.Load()
	if err != nil {
		return nil, fmt.Errorf("open interviewer: %w", err)
	}
	return &engine{script: loaded, settings: s}, nil
}

// maxTurns bounds the messages that are read: fifty turns.
const maxTurns = 100

// Chat implements llm.Model.
func (e *engine) Chat(ctx context.Context, req llm.Request, out llm.Sink) (string, error) {
	for _, word := range strings.SplitAfter(e.script.Next(e.interview(req)), " ") {
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("answer: %w", err)
		}
		if err := out.Token(word); err != nil {
			return "", fmt.Errorf("answer: %w", err)
		}
	}
	return modelName, nil
}

func (e *engine) interview(req llm.Request) script.Interview {
	attributes := req.Attributes
	i := script.Interview{
		Company:  cmp.Or(attributes[llm.CompanyTitle], attributes[llm.CompanyName]),
		Job:      cmp.Or(attributes[llm.JobTitle], attributes[llm.JobName]),
		Language: attributes[llm.Language],
		Seed:     e.settings.Seed, Length: e.settings.Questions,
	}
	if values := attributes[llm.CompanyValues]; values != "" {
		i.Values = strings.Split(values, "\n")
	}
	for _, m := range req.Messages {
		if m.Role != llm.System {
			i.Turns = append(i.Turns, script.Turn{Interviewer: m.Role == llm.Assistant, Text: m.Content})
		}
	}
	i.Turns = i.Turns[max(0, len(i.Turns)-maxTurns):]
	for _, q := range req.Questions {
		i.Questions = append(i.Questions, script.Question{Level: q.Level, Competency: q.Competency, Text: q.Text, FollowUps: q.FollowUps, Asked: q.Asked})
	}
	return i
}
