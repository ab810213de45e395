package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// StatusAnswer says what the server can do.
type StatusAnswer struct {
	Status           string   `json:"status" doc:"서버 상태" example:"ok"`
	ModelsLoaded     bool     `json:"models_loaded" doc:"립싱크 모델 로드 여부"`
	AvailableAvatars []string `json:"available_avatars" doc:"사용 가능한 아바타 목록" nullable:"false"`
	TTSEngines       []string `json:"tts_engines" doc:"사용 가능한 TTS 엔진 목록" nullable:"false"`
}

func (s *server) registerStatus(api huma.API) {
	huma.Register(api, operation(api, call{"status", http.MethodGet, "/api/v2/status", "status", "서버 상태 확인", "서버 상태 및 사용 가능한 리소스를 확인합니다."}, 500), s.status)
}

func (s *server) status(ctx context.Context, _ *struct{}) (*struct{ Body StatusAnswer }, error) {
	avatars, err := s.Roster.Avatars(ctx)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	answer := StatusAnswer{Status: "ok", ModelsLoaded: s.Roster.FacesReady(), AvailableAvatars: []string{}, TTSEngines: []string{}}
	for _, a := range avatars {
		answer.AvailableAvatars = append(answer.AvailableAvatars, a.ID)
	}
	for _, v := range s.Roster.Voices() {
		answer.TTSEngines = append(answer.TTSEngines, v.ID)
	}
	return &struct{ Body StatusAnswer }{answer}, nil
}
