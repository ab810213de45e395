// Package api serves the documented HTTP API: huma operations, a file per section of the document. It
// reads generations' events and knows no engine.
package api

import (
	"context"
	_ "embed" // description.md
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/access"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/queue"
)

// Generator prepares generations: what can be refused is refused before anything is sent.
type Generator interface {
	PrepareChat(ctx context.Context, req generation.ChatRequest) (generation.Run[generation.ChatResult], error)
	PrepareSpeech(ctx context.Context, req generation.SpeechRequest) (generation.Run[generation.SpeechResult], error)
	PrepareLipsync(ctx context.Context, req generation.LipsyncRequest) (generation.QueuedRun[generation.VideoResult], error)
	PrepareChatLipsync(ctx context.Context, req generation.ChatLipsyncRequest) (generation.QueuedRun[generation.ChatVideoResult], error)
}

// Roster tells which engines and avatars there are.
type Roster interface {
	// Voices are the speech engines that can serve, the default first.
	Voices() []Voice
	// Backends tells how the language backends are; it may ask them.
	Backends(ctx context.Context) Backends
	// FacesReady tells whether videos can be made.
	FacesReady() bool
	// Avatars lists the packs.
	Avatars(ctx context.Context) ([]Avatar, error)
	// Ready tells how each function is, what keeps text, speech or video from being made, a sentence each, and what of the last
	// change was refused. It may start what has not shown yet that it can.
	Ready(ctx context.Context) Readiness
}

// Files serves finished files; an error means that there is none of that name.
type Files interface {
	Serve(w http.ResponseWriter, r *http.Request, kind generation.ArtefactKind, name string) error
	// Remove removes a file by its name; one that is gone is no error.
	Remove(name string) error
}

// Previews shows avatars.
type Previews interface {
	// Preview gives a JPEG and when it last changed.
	Preview(ctx context.Context, avatar string) (picture []byte, changed time.Time, err error)
	// Loop opens a film of the face at rest, which the caller closes, and gives its checksum.
	Loop(avatar, name string) (film *os.File, sum string, err error)
}

// Options of the API; those up to Queue are required.
type Options struct {
	Generator Generator
	Roster    Roster
	Interview *interview.Interview
	Reporter  Reporter
	Files     Files
	Previews  Previews
	Queue     *queue.Queue
	Logger    hclog.Logger
	// Version is the host's own.
	Version string
	// Keys, when there are any, are asked of every request but /healthz; nil are none.
	Keys *access.Keys
	// Origins are those whose pages may call.
	Origins access.Origins
	// Names are those by which clients may call the host; nil takes any.
	Names *access.Names
	// Door keeps new work out when it is closed; nil takes one that stays open.
	Door *access.Door
	// KeepAlive of streams; 0 takes the default.
	KeepAlive time.Duration
}

// server holds what the operations need.
type server struct {
	Options
	strays strays
}

// New builds the handler of everything that is served over HTTP.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	if o.Door == nil {
		o.Door = &access.Door{}
	}
	if o.Keys == nil {
		o.Keys = access.NewKeys(nil)
	}
	s := &server{Options: o}
	api := s.register(mux)
	s.registerPages(mux, api)
	handler := s.authenticate(s.admit(route(mux)))
	handler = s.callByName(s.allowOrigins(handler))
	handler = identify(handler)
	return s.recoverPanics(handler)
}

// Document builds the OpenAPI document without serving anything.
func Document() *huma.OpenAPI {
	s := &server{Options: Options{Logger: hclog.NewNullLogger()}}
	return s.register(http.NewServeMux()).OpenAPI()
}

// contractVersion is that of the document, which all hosts of a version share; /healthz tells the host's own.
const contractVersion = "2.0.0"

func (s *server) register(mux *http.ServeMux) huma.API {
	installErrors()
	config := huma.DefaultConfig("visavis", contractVersion)
	config.Info.Description = description
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Servers = []*huma.Server{{URL: "http://localhost:5000"}}
	config.Formats = formats()
	config.CreateHooks, config.SchemasPath = nil, ""
	config.OpenAPIPath, config.DocsPath = "", "" // pages.go serves them
	config.Transformers = append(config.Transformers, shape)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "서버에 API_KEYS가 설정된 경우. Only when the host was started with API_KEYS"},
		"apiKey": {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "서버에 API_KEYS가 설정된 경우. Only when the host was started with API_KEYS"},
	}
	config.Security = []map[string][]string{{}, {"bearer": {}}, {"apiKey": {}}}
	config.Tags = tags()
	api := humago.New(mux, config)
	s.registerStatus(api)
	s.registerChat(api)
	s.registerSpeech(api)
	s.registerLipsync(api)
	s.registerChatLipsync(api)
	s.registerCatalogue(api)
	s.registerInterview(api)
	s.registerQueue(api)
	s.registerHealth(api)
	s.registerFiles(mux, api)
	tidy(api.OpenAPI())
	return api
}

// description is the first page of the document.
//
//go:embed description.md
var description string

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "status", Description: "서버 상태 확인"},
		{Name: "chat", Description: "채팅"},
		{Name: "tts", Description: "음성 합성"},
		{Name: "lipsync", Description: "립싱크 비디오 생성"},
		{Name: "chat_and_lipsync", Description: "채팅 + 립싱크 통합"},
		{Name: "catalogue", Description: "아바타와 엔진 목록"},
		{Name: "interview", Description: "면접 구성: 카탈로그, 질문셋, 프롬프트, 대화 기록"},
		{Name: "files", Description: "생성된 파일"},
		{Name: "queue", Description: "생성 큐와 취소"},
		{Name: "health", Description: "상태 점검"},
	}
}
