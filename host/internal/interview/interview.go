// Package interview knows what an interviewer is told to be, and keeps the conversations of clients that do not keep their
// own. It calls no language model.
package interview

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

//go:embed prompts
var prompts embed.FS

// Options of an Interview. Zero values take the defaults beside them.
type Options struct {
	// Expiry is how long a conversation is kept after its last turn: 1 hour.
	Expiry time.Duration
	// MaxConversations bounds those that are kept; the oldest goes first: 10,000.
	MaxConversations int
}

// Interview writes system prompts and keeps conversations. Safe for concurrent use.
type Interview struct {
	*conversations
	system *template.Template
}

// New reads the prompts.
func New(o Options) (*Interview, error) {
	if o.Expiry <= 0 {
		o.Expiry = time.Hour
	}
	if o.MaxConversations <= 0 {
		o.MaxConversations = 10000
	}
	system, err := template.ParseFS(prompts, "prompts/system.ko.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read prompts: %w", err)
	}
	return &Interview{conversations: newConversations(o), system: system}, nil
}

// System implements generation.Interview.
func (i *Interview) System(orgType, companyName, jobName string) (string, error) {
	var out strings.Builder
	err := i.system.Execute(&out, map[string]any{
		"Hospital": orgType == Hospital, "Company": oneLine(companyName), "Job": oneLine(jobName),
	})
	if err != nil {
		return "", fmt.Errorf("write system prompt: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}

// oneLine keeps a client's words from looking like lines of the prompt.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

var _ generation.Interview = (*Interview)(nil)
