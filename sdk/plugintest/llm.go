package plugintest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/sdk/llm"
)

func llmCases() []Case {
	return []Case{
		{Name: "answers", Why: "no answer, no interview", Run: withModel(answers)},
		{Name: "answers in a long conversation", Why: "the host sends up to 50 turns", Run: withModel(longConversation)},
		{Name: "stops when its client leaves", Why: "tokens cost money", Run: stopsAnswering},
		{Name: "answers several at once", Why: "the host runs calls together", Run: withModel(answersTogether)},
	}
}

func withModel(run func(context.Context, llm.Model) error) func(context.Context, Subject) error {
	return func(ctx context.Context, s Subject) error {
		return withInstance(ctx, s, func(in *instance) error { return run(ctx, llm.NewClient(in.conn)) })
	}
}

type reader struct {
	text    strings.Builder
	onToken func()
}

// Token implements llm.Sink.
func (r *reader) Token(text string) error {
	if text == "" || !utf8.ValidString(text) {
		return fmt.Errorf("token %q is empty or not UTF-8", text)
	}
	r.text.WriteString(text)
	if r.onToken != nil {
		r.onToken()
	}
	return nil
}

func question(turns int) llm.Request {
	messages := []llm.Message{{Role: llm.System, Content: "당신은 면접관입니다."}}
	for i := range turns {
		messages = append(messages,
			llm.Message{Role: llm.User, Content: fmt.Sprintf("%d번째 답변입니다. 팀에서 일정을 맡아 조율했습니다.", i+1)},
			llm.Message{Role: llm.Assistant, Content: fmt.Sprintf("%d번째 질문입니다. 그 결과는 어땠나요?", i+1)})
	}
	messages = append(messages, llm.Message{Role: llm.User, Content: "안녕하세요, 저는 홍길동입니다."})
	return llm.Request{Messages: messages, MaxTokens: 200, Temperature: 0.7}
}

func ask(ctx context.Context, model llm.Model, turns int) error {
	var r reader
	name, err := model.Chat(ctx, question(turns), &r)
	switch {
	case err != nil:
		return fmt.Errorf("chat: %w", err)
	case strings.TrimSpace(r.text.String()) == "":
		return errors.New("the answer is empty")
	case name == "":
		return errors.New("the answer names no model")
	}
	return nil
}

func answers(ctx context.Context, model llm.Model) error { return ask(ctx, model, 0) }

func longConversation(ctx context.Context, model llm.Model) error { return ask(ctx, model, 50) }

func stopsAnswering(ctx context.Context, s Subject) error {
	return withInstance(ctx, s, func(in *instance) error {
		return leaves(ctx, in, func(ctx context.Context, begun func()) error {
			_, err := llm.NewClient(in.conn).Chat(ctx, question(1), &reader{onToken: begun})
			return err //nolint:wrapcheck // judged by the caller
		})
	})
}

func answersTogether(ctx context.Context, model llm.Model) error {
	return together(8, func(int) error { return ask(ctx, model, 1) })
}
