package main

import (
	"slices"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"github.com/visavis-dev/visavis/sdk/llm"
)

func (e *engine) request(req llm.Request) openai.ChatCompletionRequest {
	r := openai.ChatCompletionRequest{
		Model: e.settings.Model, Stream: true, Temperature: float32(req.Temperature),
		MaxTokens: req.MaxTokens, //nolint:staticcheck // vLLM and llama.cpp know this field, not all know its successor
	}
	if reasons(r.Model) {
		limitReasoning(&r)
	}
	if e.settings.DisableThinking {
		r.ChatTemplateKwargs = map[string]any{"enable_thinking": false}
	}
	if req.Schema != nil {
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "answer", Schema: req.Schema, Strict: true},
		}
	}
	for _, m := range req.Messages {
		r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: string(m.Role), Content: m.Content})
	}
	return r
}

// reasons tells whether a model is one of OpenAI's that think before they answer: they refuse max_tokens and a
// temperature of their caller's.
func reasons(model string) bool {
	return slices.ContainsFunc([]string{"o1", "o3", "o4", "gpt-5", "gpt-6"}, func(series string) bool {
		return strings.HasPrefix(model, series)
	})
}

// thoughts is what a model that thinks may spend besides the answer, in tokens: both count together.
const thoughts = 2000

func limitReasoning(r *openai.ChatCompletionRequest) {
	if r.MaxTokens > 0 { //nolint:staticcheck // it is moved to its successor
		r.MaxCompletionTokens = r.MaxTokens + thoughts //nolint:staticcheck // as above
	}
	r.MaxTokens, r.Temperature = 0, 0 //nolint:staticcheck // as above
	if !strings.Contains(r.Model, "chat") {
		r.ReasoningEffort = openai.ReasoningEffortLow
	}
}
