package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// StatusAnswer says what the server can do.
type StatusAnswer struct {
	Status           string   `json:"status" doc:"서버 상태. Always ok" example:"ok"`
	ModelsLoaded     bool     `json:"models_loaded" doc:"립싱크 모델 로드 여부. Videos can be made"`
	AvailableAvatars []string `json:"available_avatars" doc:"사용 가능한 아바타 목록. Ids of avatars" nullable:"false"`
	TTSEngines       []string `json:"tts_engines" doc:"사용 가능한 TTS 엔진 목록. Ids of speech engines, the default first" nullable:"false"`
}

func (s *server) registerStatus(api huma.API) {
	huma.Register(api, operation(api, call{
		id: "status", method: http.MethodGet, path: "/api/v2/status", tag: "status", summary: "서버 상태 확인 · What the host can do",
		description: "서버 상태 및 사용 가능한 리소스를 확인합니다.\n\n" +
			"`models_loaded` is true when a lipsync engine can serve; one that is scaled to zero counts, it starts with the first request.",
		answer: `{"status": "ok", "models_loaded": true,
			"available_avatars": ["talk_long_720p", "talk_short_720p", "talk_long_480p", "talk_short_480p"], "tts_engines": ["elevenlabs"]}`,
	}), s.status)
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
