package generation_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
)

// chatModel is how a test's backend answers.
type chatModel = func(context.Context, llm.Request, llm.Sink) error

// breaksOff says words and fails.
func breaksOff(words ...string) chatModel {
	return func(ctx context.Context, r llm.Request, out llm.Sink) error {
		return errors.Join(says(words...)(ctx, r, out), fault.New(fault.Unavailable, "chat", "끊겼습니다", nil))
	}
}

// Nothing has reached the client of an answer in one piece, so that half of one can be unsaid.
func TestAWholeAnswerBeginsAnewWhereOneBrokeOff(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	s.models["a"], s.models["b"] = breaksOff("하나 ", "둘"), says("안녕", "하세요.")
	result, events, err := chat(t, s, generation.ChatRequest{Message: "네", Conversation: "c", Whole: true}, "a", "b")
	require.NoError(t, err)
	assert.Equal(t, "안녕하세요.", result.Response)
	assert.Equal(t, "L-b (M-b)", result.LLMSource)
	assert.Equal(t, "M-b", result.LLMParams.Model)
	assert.Equal(t, []string{"done"}, events)
	assert.Equal(t, "안녕하세요.", s.kept["c"][1].Content)
	s.models["b"] = breaksOff("셋")
	_, _, err = chat(t, s, generation.ChatRequest{Message: "네", Stateless: true, Whole: true}, "a", "b")
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
}

// line asks one pipeline again and again.
type line struct {
	t *testing.T
	p *generation.Pipeline
}

func (l line) ask(ctx context.Context) (source string, took time.Duration) {
	l.t.Helper()
	began := time.Now()
	run, err := l.p.PrepareChat(ctx, generation.ChatRequest{Message: "네", Stateless: true})
	require.NoError(l.t, err)
	result, err := run(ctx, func(generation.Event) error { return nil })
	if err != nil {
		return string(fault.KindOf(err)), time.Since(began)
	}
	return result.LLMSource, time.Since(began)
}

// A backend that let one request wait in vain is not waited for by the next.
func TestABackendThatCannotServeRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStudio(t)
		asked := 0
		hangs := func(ctx context.Context, _ llm.Request, _ llm.Sink) error {
			asked++
			select {
			case <-time.After(30 * time.Second):
				return fault.New(fault.Unavailable, "chat", "제한 시간 안에 응답하지 않았습니다", nil)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		s.models["a"], s.models["b"] = hangs, says("네.")
		l := line{t, s.pipeline("a", "b")}
		source, took := l.ask(t.Context())
		assert.Equal(t, "L-b (M-b)", source)
		assert.Equal(t, 30*time.Second, took)
		assert.True(t, l.p.Resting("a"))
		assert.False(t, l.p.Resting("b"))
		for range 3 {
			source, took = l.ask(t.Context())
			assert.Equal(t, "L-b (M-b)", source)
			assert.Zero(t, took, "it is left alone")
		}
		time.Sleep(15 * time.Second)
		assert.False(t, l.p.Resting("a"))

		leaving, leave := context.WithCancel(t.Context())
		left := make(chan string)
		go func() {
			source, _ := l.ask(leaving)
			left <- source
		}()
		synctest.Wait()
		_, took = l.ask(t.Context())
		assert.Zero(t, took, "one request tries it, others do not wait")
		assert.Equal(t, 2, asked)
		leave()
		<-left
		assert.False(t, l.p.Resting("a"), "a client that left has shown nothing")

		s.models["a"] = says("돌아왔습니다.")
		source, _ = l.ask(t.Context())
		assert.Equal(t, "L-a (M-a)", source)
		source, _ = l.ask(t.Context())
		assert.Equal(t, "L-a (M-a)", source)
	})
}

// Rest is for the sake of those who answer meanwhile, and for backends that could not serve at all.
func TestWhoDoesNotRest(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]chatModel{
		"one that is empty":   says(),
		"one that refuses":    func(context.Context, llm.Request, llm.Sink) error { return fault.New(fault.Invalid, "chat", "", nil) },
		"one with no room":    func(context.Context, llm.Request, llm.Sink) error { return fault.New(fault.Busy, "chat", "", nil) },
		"one that breaks off": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t)
			s.models["a"], s.models["b"] = fails, says("네.")
			backends, want := []string{"a", "b"}, "L-b (M-b)"
			if fails == nil { // and is the only one: it is asked, though it rests
				s.models["a"], backends, want = breaksOff(), backends[:1], string(fault.Unavailable)
			}
			l := line{t, s.pipeline(backends...)}
			source, _ := l.ask(t.Context())
			assert.Equal(t, want, source)
			s.models["a"] = says("안녕하세요.")
			source, _ = l.ask(t.Context())
			assert.Equal(t, "L-a (M-a)", source)
		})
	}
}
