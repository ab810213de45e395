// Command llm-echo is the smallest language plugin: it says again what was said, word by word.
package main

import (
	"context"
	"strings"
	"time"

	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

type echo struct {
	Prefix string `json:"prefix"`
}

func (e echo) Chat(ctx context.Context, req llm.Request, out llm.Sink) (string, error) {
	last := req.Messages[len(req.Messages)-1].Content
	for word := range strings.FieldsSeq(e.Prefix + " " + last) {
		if err := out.Token(word + " "); err != nil {
			return "", err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "echo", nil
}

func main() {
	llm.Serve(func(_ context.Context, e echo, _ plugin.Env) (llm.Model, error) { return e, nil })
}
