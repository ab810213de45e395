package generation_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// studio is everything around a pipeline, in memory but for its files.
type studio struct {
	log    bytes.Buffer
	dir    string
	voice  func(ctx context.Context, out tts.Sink) error
	face   func(ctx context.Context, speech lipsync.Speech, out lipsync.Sink) error
	models map[string]func(ctx context.Context, req llm.Request, out llm.Sink) error
	kept   map[string][]generation.Message
	down   map[string]bool
	remux  error
	// said is what the voice was given last.
	said string
}

func newStudio(t *testing.T) *studio {
	t.Helper()
	return &studio{
		dir: t.TempDir(), kept: map[string][]generation.Message{}, down: map[string]bool{},
		voice: func(_ context.Context, out tts.Sink) error {
			return errors.Join(out.Start(speech.Format{SampleRate: 16000}), out.Chunk(speech.Chunk{PCM: make([]int16, 16000)}))
		},
		face: func(ctx context.Context, speech lipsync.Speech, out lipsync.Sink) error {
			for {
				if _, err := speech.Next(ctx); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					return err
				}
			}
			return errors.Join(out.Progress(lipsync.Progress{Frames: 5, Total: 25}), out.Fragment([]byte("video")), out.Progress(lipsync.Progress{Frames: 25, Total: 25}))
		},
		models: map[string]func(context.Context, llm.Request, llm.Sink) error{},
	}
}

func (s *studio) pipeline(backends ...string) *generation.Pipeline {
	chain := make([]generation.Backend, 0, len(backends))
	for _, id := range backends {
		chain = append(chain, generation.Backend{Function: id, Label: "L-" + id})
	}
	return generation.New(generation.Options{
		Engines: s, Interview: s, Avatars: s, Artefacts: s, Muxer: s, Logger: hclog.New(&hclog.LoggerOptions{Output: &s.log}),
		Backends: chain, Voices: []string{"first", "second"}, Lipsync: "lite", MaxTokens: 200, Temperature: 0.7, MaxSpeech: time.Minute,
	})
}

type voice struct{ s *studio }

func (v voice) Synthesize(ctx context.Context, req tts.Request, out tts.Sink) error {
	v.s.said = req.Text
	return v.s.voice(ctx, out)
}

type face struct{ s *studio }

func (f face) Render(ctx context.Context, _ lipsync.Request, speech lipsync.Speech, out lipsync.Sink) error {
	return f.s.face(ctx, speech, out)
}

type model struct {
	s  *studio
	id string
}

func (m model) Chat(ctx context.Context, req llm.Request, out llm.Sink) (string, error) {
	return "M-" + m.id, m.s.models[m.id](ctx, req, out)
}

func (s *studio) Synthesizer(id string) (tts.Synthesizer, error) {
	if id != "first" && id != "second" {
		return nil, fault.New(fault.NotFound, "find", "", nil)
	}
	return voice{s}, nil
}

func (s *studio) Model(id string) (llm.Model, error) { return model{s, id}, s.Available(id) }

func (s *studio) Renderer(string) (lipsync.Renderer, error) { return face{s}, nil }

func (s *studio) Available(id string) error {
	if s.down[id] {
		return fault.New(fault.Unavailable, "use", id+" is down", nil)
	}
	return nil
}

func (s *studio) Brief(_ context.Context, o generation.Occasion) (generation.Brief, error) {
	b := generation.Brief{Bare: "system " + o.OrgType, System: "system " + o.OrgType, Language: "ko"}
	if o.JobName != "" {
		b.System += " with questions"
		b.Questions = []llm.Question{{ID: "set/q1", Text: "왜요?", Score: 2}}
		b.Retrieved = []generation.Retrieved{{ID: "set/q1", Score: 2}}
	}
	return b, nil
}

func (s *studio) History(_ context.Context, id string, limit int) ([]generation.Message, error) {
	kept := s.kept[id]
	return kept[max(0, len(kept)-limit):], nil
}

func (s *studio) Remember(_ context.Context, id string, e generation.Exchange) error {
	s.kept[id] = append(s.kept[id], generation.Message{Role: "user", Content: e.User}, generation.Message{Role: "assistant", Content: e.Assistant})
	return nil
}

func (*studio) Resolve(context.Context, generation.FaceRequest) (generation.Face, error) {
	return generation.Face{Pack: "/pack", Width: 640, Height: 360}, nil
}

// draft is a file in the studio's folder.
type draft struct {
	*os.File
	published bool
}

func (s *studio) Create(kind generation.ArtefactKind) (generation.Draft, error) {
	file, err := os.CreateTemp(s.dir, string(kind))
	return &draft{File: file}, err
}

func (d *draft) Publish() (generation.Artefact, error) {
	d.published = true
	return generation.Artefact{Path: "path/" + filepath.Base(d.Name()), URL: "/url/" + filepath.Base(d.Name())}, d.Close()
}

func (d *draft) Discard() {
	if !d.published {
		_ = d.Close()
		_ = os.Remove(d.Name())
	}
}

func (*studio) Ready() error { return nil }

func (s *studio) Remux(_ context.Context, from, to string) error {
	raw, err := os.ReadFile(from)
	return errors.Join(s.remux, err, os.WriteFile(to, raw, 0o600))
}

// files left in the studio's folder.
func (s *studio) files(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir(s.dir)
	require.NoError(t, err)
	return len(entries)
}

type noWait struct{}

func (noWait) Wait(context.Context, func(int, time.Duration)) error { return nil }

// record keeps events by type, with the stage of a status.
func record(into *[]string) generation.Emit {
	return func(e generation.Event) error {
		name := e.EventType()
		if s, is := e.(generation.Status); is {
			name += " " + string(s.Stage)
		}
		*into = append(*into, name)
		return nil
	}
}

func film(t *testing.T, s *studio) (generation.VideoResult, []string, error) {
	t.Helper()
	run, err := s.pipeline().PrepareLipsync(t.Context(), generation.LipsyncRequest{Speech: generation.SpeechRequest{Text: "네"}})
	require.NoError(t, err)
	var events []string
	result, err := run(t.Context(), noWait{}, record(&events))
	return result, events, err
}

func TestEventsOfAVideo(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	result, events, err := film(t, s)
	require.NoError(t, err)
	assert.Equal(t, []string{"status tts", "status tts_done", "status lipsync"}, events[:3])
	assert.Equal(t, "done", events[len(events)-1])
	assert.InDelta(t, 1.0, float64(result.Speech.Duration), 0)
	raw, err := os.ReadFile(filepath.Join(s.dir, filepath.Base(result.VideoPath)))
	require.NoError(t, err)
	assert.Equal(t, "video", string(raw))
	assert.Equal(t, 2, s.files(t), "the sound and the video, no draft")
}

func TestAFailureLeavesNoHalfFile(t *testing.T) {
	t.Parallel()
	broken := fault.New(fault.Unavailable, "engine", "고장", nil)
	for name, tc := range map[string]struct {
		harm  func(s *studio)
		files int
	}{
		"the voice at once": {func(s *studio) { s.voice = func(context.Context, tts.Sink) error { return broken } }, 0},
		"the voice half-way": {func(s *studio) {
			whole := s.voice
			s.voice = func(ctx context.Context, out tts.Sink) error { return errors.Join(whole(ctx, out), broken) }
		}, 0},
		"the face at once": {func(s *studio) {
			s.face = func(context.Context, lipsync.Speech, lipsync.Sink) error { return broken }
			s.voice = func(ctx context.Context, out tts.Sink) error {
				_ = out.Start(speech.Format{SampleRate: 16000})
				<-ctx.Done() // a slow voice is told to stop
				return ctx.Err()
			}
		}, 0},
		"the muxer":        {func(s *studio) { s.remux = broken }, 1},
		"an endless voice": {func(s *studio) { s.voice = endless }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t)
			tc.harm(s)
			_, events, err := film(t, s)
			require.Error(t, err)
			assert.Contains(t, []fault.Kind{fault.Unavailable, fault.Invalid}, fault.KindOf(err), err)
			assert.NotEmpty(t, fault.HintOf(err))
			assert.NotContains(t, events, "done")
			assert.Equal(t, tc.files, s.files(t))
		})
	}
}

// Whoever reads the log must know which engine it was.
func TestAFilmThatIsNoneNamesItsFunction(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	s.face = func(context.Context, lipsync.Speech, lipsync.Sink) error { return nil }
	_, _, err := film(t, s)
	assert.Equal(t, fault.Internal, fault.KindOf(err))
	require.ErrorContains(t, err, "function lite gave no film")
	s = newStudio(t)
	s.remux = errors.New("moov atom not found")
	_, _, err = film(t, s)
	require.ErrorContains(t, err, "film of function lite: moov atom not found")
}

func endless(_ context.Context, out tts.Sink) error {
	err := out.Start(speech.Format{SampleRate: 16000})
	for err == nil {
		err = out.Chunk(speech.Chunk{PCM: make([]int16, 16000)})
	}
	return err
}

// An engine's defect is not told as the client's mistake.
func TestWhoseFaultASpeechIs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text  string
		voice func(ctx context.Context, out tts.Sink) error
		kind  fault.Kind
		err   string
	}{
		"no sound": {"네", func(_ context.Context, out tts.Sink) error { return out.Start(speech.Format{SampleRate: 16000}) }, fault.Internal, "function first gave no sound"},
		"no start": {"네", func(context.Context, tts.Sink) error { return nil }, fault.Internal, "function first gave no sound"},
		"endless":  {"네", endless, fault.Internal, "the engine does not stop"},
		"endless marks": {"네", func(_ context.Context, out tts.Sink) error {
			err := out.Start(speech.Format{SampleRate: 16000, Marks: speech.Characters})
			for range 1 << 20 {
				if err == nil {
					err = out.Chunk(speech.Chunk{Marks: make([]speech.Mark, 10)})
				}
			}
			return err
		}, fault.Internal, "the engine does not stop"},
		"a mark of a book": {"네", func(_ context.Context, out tts.Sink) error {
			err := out.Start(speech.Format{SampleRate: 16000, Marks: speech.Characters})
			return errors.Join(err, out.Chunk(speech.Chunk{PCM: make([]int16, 1600), Marks: []speech.Mark{{Text: strings.Repeat("가", 1000)}}}))
		}, fault.Internal, "the text of a mark has 3000 bytes"},
		"too long": {strings.Repeat("네", 5000), endless, fault.Invalid, "longer than 30m0s"},
		"nothing to say": {"ㆆ", func(context.Context, tts.Sink) error {
			return fault.New(fault.Invalid, "speak", "읽을 것이 없습니다", errors.New("no sound"))
		}, fault.Invalid, "no sound"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t)
			s.voice = tc.voice
			p := s.pipeline()
			p.MaxSpeech = 30 * time.Minute
			run, err := p.PrepareSpeech(t.Context(), generation.SpeechRequest{Text: tc.text})
			require.NoError(t, err)
			_, err = run(t.Context(), nil)
			assert.Equal(t, tc.kind, fault.KindOf(err))
			require.ErrorContains(t, err, tc.err)
			assert.Zero(t, s.files(t))
		})
	}
}

func TestTheDefaultVoiceIsTheFirstThatCanServe(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	s.down["first"] = true
	_, err := s.pipeline().PrepareSpeech(t.Context(), generation.SpeechRequest{Text: "네"})
	require.NoError(t, err)
	_, err = s.pipeline().PrepareSpeech(t.Context(), generation.SpeechRequest{Text: "네", Engine: "first"})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err), "one asked for by name is not replaced")
	_, err = s.pipeline().PrepareSpeech(t.Context(), generation.SpeechRequest{Text: "네", Engine: "third"})
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
	s.down["second"] = true
	_, err = s.pipeline().PrepareSpeech(t.Context(), generation.SpeechRequest{Text: "네"})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	s.down["lite"], s.down["second"] = true, false
	_, err = s.pipeline().PrepareLipsync(t.Context(), generation.LipsyncRequest{Speech: generation.SpeechRequest{Text: "네"}})
	assert.Contains(t, fault.HintOf(err), "립싱크 엔진이 로드되지 않았습니다")
}

// A text with nothing to say is refused before anything is sent; engines see no control characters.
func TestWhatIsSpoken(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	for _, text := range []string{"", "?! …", "😀👍", "\u200b", "\x00\x07", "\u0301", "\ufffd"} {
		_, err := s.pipeline().PrepareSpeech(t.Context(), generation.SpeechRequest{Text: text})
		assert.Equal(t, fault.Invalid, fault.KindOf(err), "%q", text)
		assert.Contains(t, fault.HintOf(err), "읽을 수 있는 글자가 없습니다")
		_, err = s.pipeline().PrepareLipsync(t.Context(), generation.LipsyncRequest{Speech: generation.SpeechRequest{Text: text}})
		assert.Equal(t, fault.Invalid, fault.KindOf(err), "%q", text)
	}
	for text, want := range map[string]string{
		"네": "네", "3": "3", "שלום": "שלום", "ㅋ": "ㅋ", "안\x00녕\x07하세요\x1b[31m.\n\t반갑습니다": "안녕하세요[31m.\n\t반갑습니다",
	} {
		run, err := s.pipeline().PrepareSpeech(t.Context(), generation.SpeechRequest{Text: text})
		require.NoError(t, err, "%q", text)
		_, err = run(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, want, s.said)
	}
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]generation.Seconds{
		0: 0, time.Microsecond: 0.01, 4 * time.Millisecond: 0.01, 14 * time.Millisecond: 0.01, 16 * time.Millisecond: 0.02,
		2149 * time.Millisecond: 2.15, time.Hour: 3600,
	} {
		assert.InDelta(t, float64(want), float64(generation.SecondsOf(d)), 1e-12, d)
	}
}

func chat(t *testing.T, s *studio, req generation.ChatRequest, backends ...string) (generation.ChatResult, []string, error) {
	t.Helper()
	run, err := s.pipeline(backends...).PrepareChat(t.Context(), req)
	require.NoError(t, err)
	var events []string
	result, err := run(t.Context(), record(&events))
	return result, events, err
}

func says(words ...string) func(context.Context, llm.Request, llm.Sink) error {
	return func(_ context.Context, _ llm.Request, out llm.Sink) error {
		for _, w := range words {
			if err := out.Token(w); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestABackendThatRetrievesGetsNoQuestions(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	var sent llm.Request
	s.models["a"] = func(ctx context.Context, req llm.Request, out llm.Sink) error {
		sent = req
		return says("네.")(ctx, req, out)
	}
	p := s.pipeline("a")
	p.Backends[0].Retrieves = true
	for job, enabled := range map[string]string{"간호사": "true", "": "false"} {
		run, err := p.PrepareChat(t.Context(), generation.ChatRequest{Message: "네", Stateless: true, OrgType: "병원", JobName: job})
		require.NoError(t, err)
		result, err := run(t.Context(), func(generation.Event) error { return nil })
		require.NoError(t, err)
		assert.Equal(t, "system 병원", sent.Messages[0].Content)
		assert.Empty(t, sent.Questions)
		assert.Equal(t, enabled, sent.Attributes[llm.Retrieval])
		assert.Equal(t, "system 병원", result.LLMParams.SystemPrompt)
		assert.Equal(t, []generation.Retrieved{}, result.LLMParams.Retrieved)
	}
}

func TestWhatABackendIsSent(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	var sent llm.Request
	s.models["a"] = func(ctx context.Context, req llm.Request, out llm.Sink) error {
		sent = req
		return says("네.")(ctx, req, out)
	}
	history := make([]generation.Message, 120)
	for i := range history {
		history[i] = generation.Message{Role: "user", Content: "old"}
	}
	history[20].Content = "first kept"
	result, _, err := chat(t, s, generation.ChatRequest{
		Message: "지금", Stateless: true, History: history, OrgType: "병원", JobName: "간호사", Conversation: "c",
	}, "a")
	require.NoError(t, err)
	require.Len(t, sent.Messages, 102)
	assert.Equal(t, llm.Message{Role: llm.System, Content: "system 병원 with questions"}, sent.Messages[0])
	assert.Equal(t, "first kept", sent.Messages[1].Content, "fifty turns are sent")
	assert.Equal(t, "지금", sent.Messages[101].Content)
	assert.Equal(t, map[string]string{llm.OrgType: "병원", llm.JobName: "간호사", llm.Language: "ko"}, sent.Attributes)
	assert.Equal(t, "왜요?", sent.Questions[0].Text)
	assert.Equal(t, []generation.Retrieved{{ID: "set/q1", Score: 2}}, result.LLMParams.Retrieved)
	assert.Equal(t, 100, result.LLMParams.HistoryCount)
	assert.True(t, result.LLMParams.QuestionSetRAGEnabled)
	assert.Nil(t, result.LLMParams.CompanyName)
	assert.Empty(t, s.kept, "a stateless conversation is not kept")
}
