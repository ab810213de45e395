package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/visavis-dev/visavis/plugins/llm-openai/internal/filter"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// settings are those of the manifest's schema.
type settings struct {
	URL               string  `json:"url"`
	Model             string  `json:"model"`
	APIKey            string  `json:"api_key"`
	FirstTokenTimeout float64 `json:"first_token_timeout_s"`
	IdleTimeout       float64 `json:"idle_timeout_s"`
	DisableThinking   bool    `json:"disable_thinking"`
}

// defaultTimeout is how long a server may say nothing.
const defaultTimeout = 30 * time.Second

// maxIdleLines bounds the comments with which a busy server keeps a connection alive; what really ends it is time.
const maxIdleLines = 20000

type engine struct {
	settings settings
	client   *openai.Client
	// server is its address for the log.
	server string
	// first and idle bound the silence before the first token, and between two.
	first, idle time.Duration
}

func open(_ context.Context, s settings, _ plugin.Env) (llm.Model, error) {
	transport, base, err := newTransport(s.URL, s.APIKey == "")
	if err != nil {
		return nil, err
	}
	config := openai.DefaultConfig(s.APIKey)
	config.BaseURL = base
	config.EmptyMessagesLimit = maxIdleLines
	config.HTTPClient = &http.Client{Transport: transport}
	e := &engine{settings: s, client: openai.NewClientWithConfig(config), server: serverOf(s.URL), first: defaultTimeout, idle: defaultTimeout}
	if s.FirstTokenTimeout > 0 {
		e.first = time.Duration(s.FirstTokenTimeout * float64(time.Second))
	}
	if s.IdleTimeout > 0 {
		e.idle = time.Duration(s.IdleTimeout * float64(time.Second))
	}
	return e, nil
}

// Check implements plugin.Checker. A server without a list of models is alive all the same.
func (e *engine) Check(ctx context.Context) error {
	_, err := e.client.ListModels(ctx)
	var answered *openai.APIError
	if errors.As(err, &answered) && unlisted(answered.HTTPStatusCode) {
		return nil
	}
	var status *openai.RequestError
	if errors.As(err, &status) && unlisted(status.HTTPStatusCode) {
		return nil
	}
	return e.explain(ctx, err)
}

// unlisted tells whether a server has no list of models.
func unlisted(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}

// Chat implements llm.Model.
func (e *engine) Chat(ctx context.Context, req llm.Request, out llm.Sink) (string, error) {
	watched, watch := newWatch(context.WithValue(ctx, fieldsKey{}, retrieval(req.Attributes)), e.first)
	defer watch.stop()
	stream, err := e.client.CreateChatCompletionStream(watched, e.request(req))
	if err != nil {
		return "", e.explain(watched, err)
	}
	defer func() { _ = stream.Close() }()
	a := &answer{out: out, filter: filter.New()}
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", e.explain(watched, err)
		}
		watch.again(e.idle)
		if err := a.take(chunk); err != nil {
			return "", err
		}
	}
	return e.settings.Model, e.located(a.end(watched))
}

// questionsWanted is how many questions a server that retrieves by itself should find.
const questionsWanted = 5

// retrieval tells a server that finds questions by itself what the interview is about; nil for one that does not.
func retrieval(attributes map[string]string) map[string]any {
	wanted, retrieves := attributes[llm.Retrieval]
	if !retrieves {
		return nil
	}
	fields := map[string]any{
		"question_set_rag_enabled": wanted == "true", "question_set_rag_org_type": attributes[llm.OrgType],
		"question_set_rag_job_name": attributes[llm.JobName], "question_set_rag_top_k": questionsWanted,
		"company_name": attributes[llm.CompanyName],
	}
	if wanted != "true" {
		delete(fields, "question_set_rag_job_name")
		delete(fields, "question_set_rag_top_k")
	}
	return fields
}

// answer is what has come of one.
type answer struct {
	out      llm.Sink
	filter   *filter.Filter
	heard    bool
	finished bool
}

func (a *answer) take(chunk openai.ChatCompletionStreamResponse) error {
	if len(chunk.Choices) == 0 {
		return nil // usage alone
	}
	choice := chunk.Choices[0]
	if choice.FinishReason != "" {
		a.finished = true
	}
	return a.say(a.filter.Feed(choice.Delta.Content))
}

func (a *answer) say(text string) error {
	if text == "" {
		return nil
	}
	a.heard = a.heard || strings.TrimSpace(text) != ""
	if err := a.out.Token(text); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

// end judges an answer whose stream has ended.
func (a *answer) end(ctx context.Context) error {
	const op = "chat"
	if err := a.say(a.filter.Flush()); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return explain(ctx, ctx.Err())
	case !a.finished:
		return fault.New(fault.Unavailable, op, "LLM 서버의 응답이 중간에 끊겼습니다", errors.New("the stream ended without a finish"))
	case !a.heard: // a server that answers can be asked again
		return fault.New(fault.Internal, op, "LLM 서버가 빈 응답을 보냈습니다", errors.New("the answer is empty"))
	}
	return nil
}

var _ plugin.Checker = (*engine)(nil)
