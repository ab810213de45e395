package generation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
)

// maxHistory is the number of messages that go to a backend: 50 turns.
const maxHistory = 100

// PrepareChat checks that somebody can answer and gives the work to be done.
func (p *Pipeline) PrepareChat(_ context.Context, req ChatRequest) (Run[ChatResult], error) {
	system, err := p.Interview.System(req.OrgType, req.CompanyName, req.JobName)
	if err != nil {
		return nil, internal("write system prompt", err)
	}
	if err := p.anyBackend(); err != nil {
		return nil, err
	}
	return func(ctx context.Context, emit Emit) (ChatResult, error) {
		result, err := p.chat(ctx, req, system, emit)
		if err != nil {
			return ChatResult{}, err
		}
		return result, emit(ChatDone{
			Type: "done", Response: result.Response, LLMSource: result.LLMSource, LLMParams: result.LLMParams,
		})
	}, nil
}

func (p *Pipeline) anyBackend() error {
	var errs []error
	for _, b := range p.Backends {
		err := p.Engines.Available(b.Function)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return fault.New(fault.Unavailable, "find language backend", "사용할 수 있는 LLM이 없습니다", errors.Join(errs...))
}

// chat asks the backends in turn and tells each token.
func (p *Pipeline) chat(ctx context.Context, req ChatRequest, system string, emit Emit) (ChatResult, error) {
	started := time.Now()
	history := p.history(req)
	call := llm.Request{
		Messages:  conversation(system, history, req.Message),
		MaxTokens: p.MaxTokens, Temperature: p.Temperature, Attributes: attributes(req),
	}
	answer, err := p.askInTurn(ctx, call, emit)
	if err != nil {
		return ChatResult{}, err
	}
	if !req.Stateless {
		p.Interview.Remember(req.Conversation, req.Message, answer.text)
	}
	return ChatResult{
		Response:  answer.text,
		LLMSource: fmt.Sprintf("%s (%s)", answer.label, answer.model),
		LLMParams: LLMParams{
			Model: answer.model, MaxTokens: p.MaxTokens, Temperature: p.Temperature,
			SystemPrompt: system, HistoryCount: len(history), OrgType: req.OrgType,
			JobName: orNull(req.JobName), CompanyName: orNull(req.CompanyName),
			QuestionSetRAGEnabled: req.JobName != "",
		},
		Elapsed: SecondsOf(time.Since(started)),
	}, nil
}

// history is what of the conversation goes to the backend, oldest first.
func (p *Pipeline) history(req ChatRequest) []Message {
	history := req.History
	if !req.Stateless {
		history = p.Interview.History(req.Conversation)
	}
	return history[max(0, len(history)-maxHistory):]
}

func conversation(system string, history []Message, message string) []llm.Message {
	messages := make([]llm.Message, 0, len(history)+2)
	messages = append(messages, llm.Message{Role: llm.System, Content: system})
	for _, m := range history {
		messages = append(messages, llm.Message{Role: llm.Role(m.Role), Content: m.Content})
	}
	return append(messages, llm.Message{Role: llm.User, Content: message})
}

func attributes(req ChatRequest) map[string]string {
	all := map[string]string{llm.OrgType: req.OrgType, llm.CompanyName: req.CompanyName, llm.JobName: req.JobName}
	for key, value := range all {
		if value == "" {
			delete(all, key)
		}
	}
	return all
}

type answer struct {
	text, label, model string
}

// askInTurn passes over a backend that fails before its first token. One that fails
// later has been heard by the client, so its error ends the answer.
func (p *Pipeline) askInTurn(ctx context.Context, call llm.Request, emit Emit) (answer, error) {
	var failures []error
	for _, backend := range p.Backends {
		a, begun, err := p.ask(ctx, backend, call, emit)
		switch {
		case err == nil:
			return a, nil
		case isCancelled(ctx, err) || begun:
			return answer{}, internal("ask "+backend.Function, err)
		}
		if fault.KindOf(err) != fault.Unconfigured {
			p.Logger.Warn("language backend passed over", "function", backend.Function, "error", err)
		}
		failures = append(failures, err)
	}
	return answer{}, fault.New(fault.Unavailable, "ask language backends",
		"LLM 응답을 생성할 수 없습니다. 잠시 후 다시 시도해 주세요", errors.Join(failures...))
}

// ask calls one backend; begun tells whether the client has heard of it.
func (p *Pipeline) ask(ctx context.Context, backend Backend, call llm.Request, emit Emit) (a answer, begun bool, err error) {
	model, err := p.Engines.Model(backend.Function)
	if err != nil {
		return answer{}, false, err //nolint:wrapcheck // a fault already
	}
	sink := &tokenSink{emit: emit}
	name, err := model.Chat(ctx, call, sink)
	if err == nil && strings.TrimSpace(sink.text.String()) == "" {
		err = fault.New(fault.Unavailable, "ask "+backend.Function, "", errors.New("the answer is empty"))
	}
	if err != nil {
		return answer{}, sink.begun, err
	}
	return answer{text: strings.TrimSpace(sink.text.String()), label: backend.Label, model: name}, sink.begun, nil
}

// tokenSink tells tokens as events and keeps the whole. Leading white space is
// held back: an answer of white space alone is none.
type tokenSink struct {
	emit  Emit
	text  strings.Builder
	begun bool
}

// Token implements llm.Sink.
func (s *tokenSink) Token(text string) error {
	if !s.begun {
		text = strings.TrimLeft(text, " \t\r\n")
	}
	if text == "" {
		return nil
	}
	s.begun = true
	s.text.WriteString(text)
	return s.emit(Token{Type: "token", Content: text})
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
