package generation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
)

// maxHistory is the number of messages that go to a backend: 50 turns.
const maxHistory = 100

// PrepareChat checks that somebody can answer and gives the work to be done.
func (p *Pipeline) PrepareChat(_ context.Context, req ChatRequest) (Run[ChatResult], error) {
	if err := p.anyBackend(); err != nil {
		return nil, err
	}
	return func(ctx context.Context, emit Emit) (ChatResult, error) {
		result, err := p.chat(ctx, req, emit)
		if err != nil {
			return ChatResult{}, err
		}
		return result, emit(ChatDone{
			Type: "done", Response: result.Response, LLMSource: result.LLMSource, LLMParams: result.LLMParams,
		})
	}, nil
}

func (p *Pipeline) anyBackend() error {
	var failures passedOver
	for _, b := range p.Backends {
		err := p.Engines.Available(b.Function)
		if err == nil {
			return nil
		}
		failures = append(failures, failure{b.Function, err})
	}
	return fault.New(fault.Unavailable, "find language backend", "사용할 수 있는 LLM이 없습니다"+failures.reasons(), failures.join())
}

// chat asks the backends in turn and tells each token.
func (p *Pipeline) chat(ctx context.Context, req ChatRequest, emit Emit) (ChatResult, error) {
	started := time.Now()
	history, err := p.history(ctx, req)
	if err != nil {
		return ChatResult{}, internal("read conversation", err)
	}
	brief, err := p.Interview.Brief(ctx, Occasion{
		OrgType: req.OrgType, CompanyName: req.CompanyName, JobName: req.JobName, Language: req.Language, History: history, Message: req.Message,
	})
	if err != nil {
		return ChatResult{}, internal("prepare interviewer", err)
	}
	tell := emit
	if req.Whole {
		tell = nil
	}
	answer, err := p.askInTurn(ctx, func(b Backend) llm.Request { return p.call(b, req, brief, history) }, tell)
	if err != nil {
		return ChatResult{}, err
	}
	p.remember(ctx, req, answer.text, started)
	return ChatResult{
		Response:  answer.text,
		LLMSource: fmt.Sprintf("%s (%s)", answer.backend.Label, answer.model),
		LLMParams: p.params(answer, req, brief, len(history)),
		Elapsed:   SecondsOf(time.Since(started)),
	}, nil
}

// history is what of the conversation goes to the backend, oldest first.
func (p *Pipeline) history(ctx context.Context, req ChatRequest) ([]Message, error) {
	if req.Stateless {
		return req.History[max(0, len(req.History)-maxHistory):], nil
	}
	return p.Interview.History(ctx, req.Conversation, maxHistory) //nolint:wrapcheck // chat says what was done
}

// remember keeps a turn. An answer that was given counts, even if it cannot be kept.
func (p *Pipeline) remember(ctx context.Context, req ChatRequest, text string, started time.Time) {
	if req.Stateless {
		return
	}
	said := Exchange{SID: req.SID, User: req.Message, Asked: started, Assistant: text, Answered: time.Now()}
	if err := p.Interview.Remember(context.WithoutCancel(ctx), req.Conversation, said); err != nil {
		p.Logger.Error("conversation is not kept", "error", err)
	}
}

// call is what a backend is sent.
func (p *Pipeline) call(b Backend, req ChatRequest, brief Brief, history []Message) llm.Request {
	call := llm.Request{MaxTokens: p.MaxTokens, Temperature: p.Temperature, Attributes: attributes(req, brief)}
	system := brief.System
	if b.Retrieves {
		system = brief.Bare
		call.Attributes[llm.Retrieval] = strconv.FormatBool(req.JobName != "")
	} else {
		call.Questions = brief.Questions
	}
	call.Messages = conversation(system, history, req.Message)
	return call
}

// params says what was sent to the backend that answered.
func (p *Pipeline) params(a answer, req ChatRequest, brief Brief, history int) LLMParams {
	params := LLMParams{
		Model: a.model, MaxTokens: p.MaxTokens, Temperature: p.Temperature,
		SystemPrompt: brief.System, HistoryCount: history, OrgType: req.OrgType,
		JobName: orNull(req.JobName), CompanyName: orNull(req.CompanyName),
		QuestionSetRAGEnabled: req.JobName != "", Retrieved: []Retrieved{}, Language: brief.Language,
	}
	if a.backend.Retrieves {
		params.SystemPrompt = brief.Bare
	} else if brief.Retrieved != nil {
		params.Retrieved = brief.Retrieved
	}
	return params
}

func conversation(system string, history []Message, message string) []llm.Message {
	messages := make([]llm.Message, 0, len(history)+2)
	messages = append(messages, llm.Message{Role: llm.System, Content: system})
	for _, m := range history {
		messages = append(messages, llm.Message{Role: llm.Role(m.Role), Content: m.Content})
	}
	return append(messages, llm.Message{Role: llm.User, Content: message})
}

func attributes(req ChatRequest, brief Brief) map[string]string {
	all := map[string]string{
		llm.OrgType: req.OrgType, llm.CompanyName: req.CompanyName, llm.JobName: req.JobName, llm.Language: brief.Language,
	}
	maps.Copy(all, brief.Attributes)
	for key, value := range all {
		if value == "" {
			delete(all, key)
		}
	}
	return all
}

type answer struct {
	text, model string
	backend     Backend
}

// askInTurn passes over a backend that fails before the client has heard of it. One that fails later ends the answer
// with its error. Those that rest are asked when no other has answered. With a nil tell the client hears nothing before the end.
func (p *Pipeline) askInTurn(ctx context.Context, call func(Backend) llm.Request, tell Emit) (answer, error) {
	var failures passedOver
	for backend := range p.rests.inTurn(p.Backends) {
		a, heard, err := p.ask(ctx, backend, call(backend), tell)
		rests := p.rests.settle(ctx, backend.Function, err)
		switch {
		case err == nil:
			return a, nil
		case isCancelled(ctx, err) || heard:
			return answer{}, internal("ask "+backend.Function, err)
		}
		if fault.KindOf(err) != fault.Unconfigured {
			p.Logger.Warn("language backend passed over", "function", backend.Function, "rests", rests, "error", err)
		}
		failures = append(failures, failure{backend.Function, err})
	}
	return answer{}, fault.New(failures.kind(), "ask language backends", "LLM 응답을 생성할 수 없습니다"+failures.reasons(), failures.join())
}

// ask calls one backend; heard tells whether the client has heard of it.
func (p *Pipeline) ask(ctx context.Context, backend Backend, call llm.Request, tell Emit) (a answer, heard bool, err error) {
	model, err := p.Engines.Model(backend.Function)
	if err != nil {
		return answer{}, false, err //nolint:wrapcheck // a fault already
	}
	sink := &tokenSink{tell: tell, left: leastAnswer + bytesOfToken*call.MaxTokens}
	name, err := model.Chat(ctx, call, sink)
	text := strings.TrimSpace(sink.text.String())
	heard = tell != nil && text != ""
	if err == nil && text == "" {
		err = fault.New(fault.Internal, "ask "+backend.Function, "", errors.New("the answer is empty"))
	}
	if err != nil {
		return answer{}, heard, err
	}
	return answer{text: text, backend: backend, model: name}, heard, nil
}

// tokenSink keeps the whole answer and tells tokens as events when somebody listens. Leading white space is
// held back: an answer of white space alone is none.
type tokenSink struct {
	tell Emit
	text strings.Builder
	left int // bytes that may still come
}

// What an answer may have in bytes, far above what a backend that keeps to MaxTokens writes: one that repeats itself for
// ever would never be ended by silence.
const leastAnswer, bytesOfToken = 64 << 10, 64

// Token implements llm.Sink.
func (s *tokenSink) Token(text string) error {
	if s.left -= len(text); s.left < 0 {
		return fault.New(fault.Internal, "read answer", "", errors.New("the backend does not stop: the answer is far longer than was asked for"))
	}
	if s.text.Len() == 0 {
		text = strings.TrimLeft(text, " \t\r\n")
	}
	if text == "" {
		return nil
	}
	s.text.WriteString(text)
	if s.tell == nil {
		return nil
	}
	return s.tell(Token{Type: "token", Content: text})
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
