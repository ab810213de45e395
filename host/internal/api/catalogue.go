package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Voice is a speech engine with its voices.
type Voice struct {
	ID     string   `json:"id" example:"elevenlabs"`
	Name   string   `json:"name" example:"ElevenLabs"`
	Voices []string `json:"voices" nullable:"false"`
}

// Avatar is a face that can be rendered.
type Avatar struct {
	ID   string `json:"id" example:"talk_long_720p"`
	Name string `json:"name" example:"talk_long_720p"`
	Path string `json:"path" example:"precomputed/720p/talk_long_720p"`
}

// Backends says how the language backends are.
type Backends struct {
	Status   string  `json:"status" enum:"online,offline" doc:"LLM 서버 상태"`
	Model    string  `json:"model" doc:"응답할 모델"`
	Fallback *string `json:"fallback" nullable:"true" doc:"다음 순서의 LLM" example:"OpenAI (gpt-4o-mini)"`
}

type avatarsAnswer struct {
	Avatars []Avatar `json:"avatars" nullable:"false"`
}

type enginesAnswer struct {
	Engines []Voice `json:"engines" nullable:"false"`
}

func (s *server) registerCatalogue(api huma.API) {
	huma.Register(api, operation(api, call{"avatars", http.MethodGet, "/api/avatars", "catalogue", "아바타 목록", "사용 가능한 아바타 목록을 조회합니다."}, 500), s.avatars)
	huma.Register(api, operation(api, call{"tts_engines", http.MethodGet, "/api/tts_engines", "catalogue", "TTS 엔진 목록", "사용 가능한 TTS 엔진 목록을 조회합니다."}, 500), s.engines)
	huma.Register(api, operation(api, call{"llm_status", http.MethodGet, "/api/llm_status", "catalogue", "LLM 상태", "LLM 서버 상태를 확인합니다."}, 500), s.backends)
}

func (s *server) avatars(ctx context.Context, _ *struct{}) (*struct{ Body avatarsAnswer }, error) {
	avatars, err := s.Roster.Avatars(ctx)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	return &struct{ Body avatarsAnswer }{avatarsAnswer{Avatars: avatars}}, nil
}

func (s *server) engines(context.Context, *struct{}) (*struct{ Body enginesAnswer }, error) {
	return &struct{ Body enginesAnswer }{enginesAnswer{Engines: s.Roster.Voices()}}, nil
}

func (s *server) backends(ctx context.Context, _ *struct{}) (*struct{ Body Backends }, error) {
	return &struct{ Body Backends }{s.Roster.Backends(ctx)}, nil
}
