package main

import (
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
}

type engine struct {
	script *script.Script
	seed   int64
}

func open(_ context.Context, s settings, _ plugin.Env) (llm.Model, error) {
	loaded, err := script.Load()
	if err != nil {
		return nil, fmt.Errorf("open interviewer: %w", err)
	}
	return &engine{script: loaded, seed: s.Seed}, nil
}

// Chat implements llm.Model.
func (e *engine) Chat(ctx context.Context, req llm.Request, out llm.Sink) (string, error) {
	i := script.Interview{
		Company: req.Attributes[llm.CompanyName], Job: req.Attributes[llm.JobName], Language: req.Attributes[llm.Language], Seed: e.seed,
	}
	for _, m := range req.Messages {
		switch m.Role {
		case llm.Assistant:
			i.Asked = append(i.Asked, m.Content)
		case llm.User:
			i.Said = m.Content
		case llm.System:
		}
	}
	for _, word := range strings.SplitAfter(e.script.Next(i), " ") {
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("answer: %w", err)
		}
		if err := out.Token(word); err != nil {
			return "", fmt.Errorf("answer: %w", err)
		}
	}
	return modelName, nil
}
