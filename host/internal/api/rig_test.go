package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/interview/report"
	"github.com/visavis-dev/visavis/host/internal/media"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/servertest"
	"github.com/visavis-dev/visavis/sdk/fault"
)

var update = flag.Bool("update", false, "rewrite what is compared with; the run still fails")

func TestMain(m *testing.M) {
	flag.Parse()
	servertest.Main(m, goleak.IgnoreAnyFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

// rig is the real handler on a real server with a real queue, real files and real conversations. Only the
// engines are missing: the generator follows a script.
type rig struct {
	url    string
	client *http.Client
	script *script
	queue  *queue.Queue
	store  *media.Store
	log    *servertest.Log
}

// change alters what a rig is made of.
type change func(o *api.Options, s *script, q *queue.Options)

func start(t *testing.T, changes ...change) *rig {
	t.Helper()
	r := &rig{client: http.DefaultClient, log: &servertest.Log{}}
	logger := hclog.New(&hclog.LoggerOptions{Output: r.log, Level: hclog.Debug})
	store, err := media.Open(media.Options{Dir: t.TempDir(), Keep: time.Hour, KeepBytes: 1 << 20, Logger: logger})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	talks, err := interview.Open(t.Context(), interview.Options{Dir: t.TempDir(), Logger: logger})
	require.NoError(t, err)
	t.Cleanup(func() { _ = talks.Close() })
	r.store, r.script = store, &script{talks: talks, store: store}
	q := queue.Options{MaxConcurrent: 3, MaxQueued: 32}
	o := api.Options{
		Generator: r.script, Roster: roster{}, Previews: roster{}, Interview: talks,
		Reporter: report.New(report.Options{Backends: func() []report.Backend { return nil }, Competency: talks.Competency, Logger: logger}), Files: store, Logger: logger, Version: "1.2.3",
	}
	for _, c := range changes {
		c(&o, r.script, &q)
	}
	r.queue = queue.New(q)
	o.Queue = r.queue
	server := httptest.NewServer(api.New(o))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// reply is an answer of the host.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var all map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.body), &all), r.body)
	return all
}

// code is that of an error, or "".
func (r reply) code(t *testing.T) string {
	t.Helper()
	if !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") {
		return ""
	}
	code, _ := r.json(t)["code"].(string)
	return code
}

// as is the same host, asked by another client.
func (r *rig) as(client *http.Client) *rig {
	other := *r
	other.client = client
	return &other
}

// do sends a request; headers are names and values in turn.
func (r *rig) do(t *testing.T, method, path, body string, headers ...string) reply {
	t.Helper()
	s := r.open(t.Context(), t, method+" "+path, body, headers...)
	raw, err := io.ReadAll(s.body)
	require.NoError(t, err)
	return reply{status: s.status, header: s.header, body: string(raw)}
}

func (r *rig) post(t *testing.T, path, body string, headers ...string) reply {
	t.Helper()
	return r.do(t, http.MethodPost, path, body, headers...)
}

func (r *rig) get(t *testing.T, path string, headers ...string) reply {
	t.Helper()
	return r.do(t, http.MethodGet, path, "", headers...)
}

// coming is an answer whose body is still to be read.
type coming struct {
	status int
	header http.Header
	body   *bufio.Reader
}

// open sends a request ("METHOD path") and returns when the answer begins.
func (r *rig) open(ctx context.Context, t *testing.T, call, body string, headers ...string) coming {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, content)
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	resp, err := r.client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return coming{status: resp.StatusCode, header: resp.Header, body: bufio.NewReader(resp.Body)}
}

// roster is a host with one voice and two avatars.
type roster struct{}

func (roster) Voices() []api.Voice {
	return []api.Voice{{ID: "elevenlabs", Name: "ElevenLabs", Voices: []string{"Custom", "Rachel", "Domi", "Bella"}}}
}

func (roster) Backends(context.Context) api.Backends {
	fallback := "OpenAI (gpt-4o-mini)"
	return api.Backends{Status: "online", Model: "vllm-qwen3-30b-a3b", Fallback: &fallback}
}

func (roster) FacesReady() bool { return true }

func (roster) Avatars(context.Context) ([]api.Avatar, error) {
	return []api.Avatar{
		{
			ID: "talk_long_720p", Name: "talk_long_720p", Path: "precomputed/720p/talk_long_720p",
			Loops: []api.Loop{{Name: "talk", URL: "/api/avatars/talk_long_720p/loops/talk"}},
		},
		{ID: "talk_short_720p", Name: "talk_short_720p", Path: "precomputed/720p/talk_short_720p", Loops: []api.Loop{}},
	}, nil
}

// Preview implements api.Previews: every avatar that is known looks the same.
func (roster) Preview(_ context.Context, avatar string) ([]byte, time.Time, error) {
	if !strings.HasPrefix(avatar, "talk_long") {
		return nil, time.Time{}, fault.New(fault.NotFound, "preview", "아바타를 찾을 수 없습니다", nil)
	}
	return []byte("\xff\xd8\xff"), time.Unix(1, 0), nil
}

// Loop implements api.Previews: those who are known talk.
func (roster) Loop(avatar, name string) (*os.File, string, error) {
	if !strings.HasPrefix(avatar, "talk_long") || name != "talk" {
		return nil, "", fault.New(fault.NotFound, "open loop", "아바타에 없는 영상입니다", nil)
	}
	film, err := os.Open(filepath.Join("testdata", "loop.mp4"))
	return film, "5ea1", err
}

func (roster) Ready(context.Context) api.Readiness {
	return api.Readiness{Functions: []api.FunctionState{
		{ID: "elevenlabs", Kind: "tts", Plugin: "tts-elevenlabs", Version: "1.0.0", State: "absent", Ready: true},
		{ID: "primary", Kind: "llm", Plugin: "llm-openai", Version: "1.0.0", State: "ready", Ready: true},
		{ID: "lite", Kind: "lipsync", Plugin: "lipsync-lite", Version: "1.0.0", State: "absent", Ready: true},
	}}
}

// script plays the pipeline: fixed tokens and times, real files, real conversations.
type script struct {
	talks *interview.Interview
	store *media.Store
	// refuse is what preparing answers.
	refuse error
	// halfway runs after the first event, and may fail or wait.
	halfway func(ctx context.Context) error
	// tokens are those of an answer; nil takes "안녕", "하세요", ".".
	tokens []string

	mu   sync.Mutex
	last generation.ChatLipsyncRequest
}

func (s *script) note(req generation.ChatLipsyncRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = req
}

// asked is the last request that was prepared.
func (s *script) asked() generation.ChatLipsyncRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *script) pause(ctx context.Context) error {
	if s.halfway == nil {
		return nil
	}
	return s.halfway(ctx)
}

// PrepareChat implements api.Generator.
func (s *script) PrepareChat(_ context.Context, req generation.ChatRequest) (generation.Run[generation.ChatResult], error) {
	s.note(generation.ChatLipsyncRequest{Chat: req})
	return func(ctx context.Context, emit generation.Emit) (generation.ChatResult, error) {
		result, err := s.chat(ctx, req, emit)
		if err != nil {
			return result, err
		}
		return result, emit(generation.ChatDone{
			Type: "done", Response: result.Response, LLMSource: result.LLMSource, LLMParams: result.LLMParams,
		})
	}, s.refuse
}

func (s *script) chat(ctx context.Context, req generation.ChatRequest, emit generation.Emit) (generation.ChatResult, error) {
	history := req.History
	if !req.Stateless {
		var err error
		if history, err = s.talks.History(ctx, req.Conversation, 100); err != nil {
			return generation.ChatResult{}, err
		}
	}
	tokens := s.tokens
	if tokens == nil {
		tokens = []string{"안녕", "하세요", "."}
	}
	for i, token := range tokens {
		if err := emit(generation.Token{Type: "token", Content: token}); err != nil {
			return generation.ChatResult{}, err
		}
		if i == 0 {
			if err := s.pause(ctx); err != nil {
				return generation.ChatResult{}, err
			}
		}
	}
	answer := strings.Join(tokens, "")
	if !req.Stateless {
		if err := s.talks.Remember(ctx, req.Conversation, generation.Exchange{
			SID: req.SID, User: req.Message, Asked: time.Now(), Assistant: answer, Answered: time.Now(),
		}); err != nil {
			return generation.ChatResult{}, err
		}
	}
	params := generation.LLMParams{
		Model: "vllm-qwen3-30b-a3b", MaxTokens: 200, Temperature: 0.7, SystemPrompt: "당신은 면접관입니다...",
		HistoryCount: len(history), OrgType: req.OrgType, QuestionSetRAGEnabled: req.JobName != "", Retrieved: []generation.Retrieved{}, Language: "ko",
	}
	return generation.ChatResult{Response: answer, LLMSource: "LLM API (vllm-qwen3-30b-a3b)", LLMParams: params, Elapsed: 1.2}, nil
}

// PrepareSpeech implements api.Generator.
func (s *script) PrepareSpeech(_ context.Context, req generation.SpeechRequest) (generation.Run[generation.SpeechResult], error) {
	s.note(generation.ChatLipsyncRequest{Speech: req})
	return func(ctx context.Context, _ generation.Emit) (generation.SpeechResult, error) {
		if err := s.pause(ctx); err != nil {
			return generation.SpeechResult{}, err
		}
		return s.speak()
	}, s.refuse
}

func (s *script) speak() (generation.SpeechResult, error) {
	file, err := s.publish(generation.Audio, "RIFF")
	return generation.SpeechResult{AudioPath: file.Path, AudioURL: file.URL, Duration: 3.5, Elapsed: 2.1}, err
}

func (s *script) publish(kind generation.ArtefactKind, content string) (generation.Artefact, error) {
	draft, err := s.store.Create(kind)
	if err != nil {
		return generation.Artefact{}, err
	}
	defer draft.Discard()
	if _, err := io.WriteString(draft, content); err != nil {
		return generation.Artefact{}, err
	}
	return draft.Publish()
}

// PrepareLipsync implements api.Generator.
func (s *script) PrepareLipsync(_ context.Context, req generation.LipsyncRequest) (generation.QueuedRun[generation.VideoResult], error) {
	s.note(generation.ChatLipsyncRequest{Speech: req.Speech, Face: req.Face})
	return func(ctx context.Context, turn generation.Turn, emit generation.Emit) (generation.VideoResult, error) {
		video, err := s.video(ctx, turn, emit, req.Speech.Text)
		if err != nil {
			return video, err
		}
		return video, emit(generation.LipsyncDone{
			Type: "done", Text: video.Text, VideoURL: video.VideoURL, AudioURL: video.Speech.AudioURL,
			AudioDuration: video.Speech.Duration, Elapsed: video.Elapsed,
		})
	}, s.refuse
}

func (s *script) video(ctx context.Context, turn generation.Turn, emit generation.Emit, text string) (generation.VideoResult, error) {
	if err := turn.Wait(ctx, func(position int, wait time.Duration) {
		_ = emit(generation.Queued{Type: "queue", Position: position, EstimatedWait: generation.SecondsOf(wait)})
	}); err != nil {
		return generation.VideoResult{}, err
	}
	if err := emit(generation.Status{Type: "status", Stage: generation.StageTTS, Message: "TTS 음성 생성 중..."}); err != nil {
		return generation.VideoResult{}, err
	}
	if err := s.pause(ctx); err != nil {
		return generation.VideoResult{}, err
	}
	speech, err := s.speak()
	if err != nil {
		return generation.VideoResult{}, err
	}
	file, err := s.publish(generation.Video, "ftyp")
	if err != nil {
		return generation.VideoResult{}, err
	}
	for _, event := range []generation.Event{
		generation.Status{
			Type: "status", Stage: generation.StageTTSDone, Message: "TTS 완료 (3.5초)",
			AudioURL: speech.AudioURL, Duration: speech.Duration, Elapsed: &speech.Elapsed,
		},
		generation.Status{Type: "status", Stage: generation.StageLipsync, Message: "립싱크 비디오 생성 중..."},
		generation.Progress{Type: "progress", Progress: 50, Message: "프레임 처리 중... (44/88)"},
	} {
		if err := emit(event); err != nil {
			return generation.VideoResult{}, err
		}
	}
	return generation.VideoResult{
		Text: text, VideoPath: file.Path, VideoURL: file.URL, Speech: speech,
		Elapsed: generation.LipsyncElapsed{TTS: 2.1, Lipsync: 15.3, Total: 17.4},
	}, nil
}

// PrepareChatLipsync implements api.Generator.
func (s *script) PrepareChatLipsync(
	_ context.Context, req generation.ChatLipsyncRequest,
) (generation.QueuedRun[generation.ChatVideoResult], error) {
	s.note(req)
	return func(ctx context.Context, turn generation.Turn, emit generation.Emit) (generation.ChatVideoResult, error) {
		var none generation.ChatVideoResult
		if err := emit(generation.Status{Type: "status", Stage: generation.StageLLM, Message: "LLM 응답 생성 중..."}); err != nil {
			return none, err
		}
		chat, err := s.chat(ctx, req.Chat, emit)
		if err != nil {
			return none, err
		}
		if err := emit(generation.LLMDone{Type: "llm_done", Response: chat.Response, LLMSource: chat.LLMSource, Elapsed: chat.Elapsed}); err != nil {
			return none, err
		}
		video, err := s.video(ctx, turn, emit, chat.Response)
		if err != nil {
			return none, err
		}
		elapsed := generation.ChatLipsyncElapsed{LLM: 1.2, TTS: 2.1, Lipsync: 15.3, Total: 18.6}
		return generation.ChatVideoResult{Chat: chat, Video: video, Elapsed: elapsed}, emit(generation.ChatLipsyncDone{
			Type: "done", Response: chat.Response, LLMSource: chat.LLMSource, VideoURL: video.VideoURL, AudioURL: video.Speech.AudioURL,
			AudioDuration: video.Speech.Duration, Elapsed: elapsed, LLMParams: chat.LLMParams,
		})
	}, s.refuse
}

var _ api.Generator = (*script)(nil)
