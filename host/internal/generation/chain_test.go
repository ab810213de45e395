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

func TestTheChainOfBackends(t *testing.T) {
	t.Parallel()
	broken := fault.New(fault.Unavailable, "chat", "", nil)
	fails := func(context.Context, llm.Request, llm.Sink) error { return broken }
	for name, tc := range map[string]struct {
		first  func(context.Context, llm.Request, llm.Sink) error
		source string
		tokens int
		fails  bool
	}{
		"the first answers":          {first: says(" \n네", ", 좋습니다."), source: "L-a (M-a)", tokens: 2},
		"the first fails":            {first: fails, source: "L-b (M-b)", tokens: 1},
		"the first says nothing":     {first: says(), source: "L-b (M-b)", tokens: 1},
		"the first says white space": {first: says(" ", "\n"), source: "L-b (M-b)", tokens: 1},
		"the first fails after words": {first: func(ctx context.Context, r llm.Request, out llm.Sink) error {
			return errors.Join(says("네")(ctx, r, out), broken)
		}, tokens: 1, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t)
			s.models["a"], s.models["b"] = tc.first, says("안녕하세요.")
			result, events, err := chat(t, s, generation.ChatRequest{Message: "네", Conversation: "c"}, "a", "b")
			assert.Equal(t, tc.fails, err != nil)
			assert.Equal(t, tc.source, result.LLMSource)
			count := 0
			for _, e := range events {
				if e == "token" {
					count++
				}
			}
			assert.Equal(t, tc.tokens, count)
			assert.Equal(t, !tc.fails, len(s.kept["c"]) == 2, "only an answer is remembered")
		})
	}
}

// A model that repeats itself for ever is ended, whether its client hears every word or waits for the whole.
func TestAnAnswerThatDoesNotStop(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{true, false} {
		s := newStudio(t)
		said := 0
		s.models["a"] = func(_ context.Context, _ llm.Request, out llm.Sink) (err error) {
			for ; err == nil && said < 1<<20; said++ {
				err = out.Token("네 ")
			}
			return err
		}
		_, _, err := chat(t, s, generation.ChatRequest{Message: "네", Conversation: "c", Whole: whole}, "a")
		require.ErrorContains(t, err, "the backend does not stop")
		assert.Less(t, said, 1<<16)
		assert.Empty(t, s.kept["c"])
	}
}

// Whoever reads it must know which backend failed, and why.
func TestWhenNoBackendAnswersEachIsNamedWithItsReason(t *testing.T) {
	t.Parallel()
	fails := func(kind fault.Kind, hint string) func(context.Context, llm.Request, llm.Sink) error {
		return func(context.Context, llm.Request, llm.Sink) error {
			return fault.New(kind, "chat", hint, errors.New("/a/path"))
		}
	}
	s := newStudio(t)
	s.models["a"], s.models["b"] = fails(fault.Unavailable, "서버가 답하지 않습니다"), fails(fault.Internal, "")
	s.models["c"] = fails(fault.Unconfigured, "키가 필요합니다")
	_, _, err := chat(t, s, generation.ChatRequest{Message: "네"}, "a", "b", "c")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Equal(t, "LLM 응답을 생성할 수 없습니다. 'a' 엔진: 서버가 답하지 않습니다. 'b' 엔진: 오류가 발생했습니다", fault.HintOf(err))
	_, _, err = chat(t, s, generation.ChatRequest{Message: "네"}, "c")
	assert.Equal(t, "LLM 응답을 생성할 수 없습니다. 'c' 엔진: 키가 필요합니다", fault.HintOf(err))
	s.models["a"] = fails(fault.Busy, "")
	_, _, err = chat(t, s, generation.ChatRequest{Message: "네"}, "a", "c")
	assert.Equal(t, fault.Busy, fault.KindOf(err), "it is worth trying again soon")
}

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
