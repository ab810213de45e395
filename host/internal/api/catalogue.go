package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Voice is a speech engine with its voices.
type Voice struct {
	ID     string   `json:"id" example:"elevenlabs" doc:"요청의 engine과 tts_engine에 쓰는 이름. What requests take as engine and tts_engine"`
	Name   string   `json:"name" example:"ElevenLabs" doc:"사람에게 보여 줄 이름. Its name for people"`
	Voices []string `json:"voices" nullable:"false" doc:"요청의 voice와 tts_voice에 쓰는 음성. What requests take as voice and tts_voice; Custom is the engine's own default"`
}

// Avatar is a face that can be rendered.
type Avatar struct {
	ID   string `json:"id" example:"talk_long_720p" doc:"요청의 avatar에 쓰는 이름. What requests take as avatar"`
	Name string `json:"name" example:"talk_long_720p" doc:"사람에게 보여 줄 이름. Its name for people"`
	Path string `json:"path" example:"precomputed/720p/talk_long_720p" doc:"요청의 avatar_path에 쓰는 경로. What requests take as avatar_path"`
	// Width and Height of its videos at their own resolution.
	Width      int    `json:"width" doc:"비디오 너비 (픽셀). Pixels" example:"1280"`
	Height     int    `json:"height" doc:"비디오 높이 (픽셀). Pixels" example:"720"`
	PreviewURL string `json:"preview_url" doc:"미리보기 이미지 URL (JPEG). A still picture" example:"/api/avatars/talk_long_720p/preview"`
	Loops      []Loop `json:"loops" nullable:"false" doc:"쉬는 모습의 영상 목록. Films of the face at rest; none of avatars that are pictures"`
}

// Loop is a film of a face at rest, to be played round and round.
type Loop struct {
	Name string `json:"name" doc:"영상 이름: talk, listen (듣는 모습), think (생각하는 모습). More may come" example:"listen"`
	URL  string `json:"url" doc:"영상 URL (MP4). Where it is" example:"/api/avatars/talk_long_720p/loops/listen"`
}

// Backends says how the language backends are.
type Backends struct {
	Status   string  `json:"status" enum:"online,offline" doc:"LLM 서버 상태. How the first configured backend is"`
	Model    string  `json:"model" doc:"응답할 모델. Its model"`
	Fallback *string `json:"fallback" nullable:"true" doc:"다음 순서의 LLM. The backend asked when it fails" example:"OpenAI (gpt-4o-mini)"`
}

type avatarsAnswer struct {
	Avatars []Avatar `json:"avatars" nullable:"false" doc:"큰 것부터, 720p보다 큰 것은 끝에. Larger ones first, those larger than 720p last"`
}

type enginesAnswer struct {
	Engines []Voice `json:"engines" nullable:"false" doc:"지금 쓸 수 있는 엔진, 기본 엔진이 먼저. Those that can serve; the default first"`
}

func (s *server) registerCatalogue(api huma.API) {
	huma.Register(api, operation(api, call{
		id: "avatars", method: http.MethodGet, path: "/api/avatars", tag: "catalogue", summary: "아바타 목록 · Avatars",
		description: "사용 가능한 아바타 목록을 조회합니다.\n\n" +
			"An `id` is what requests take as `avatar`; a base name such as `talk_long` is completed by `resolution`. " +
			"Larger ones come first, but those larger than 720p, the default, come last.",
		answer: `{"avatars": [
			{"id": "talk_long_720p", "name": "talk_long_720p", "path": "precomputed/720p/talk_long_720p",
				"width": 1280, "height": 720, "preview_url": "/api/avatars/talk_long_720p/preview", "loops": [
					{"name": "talk", "url": "/api/avatars/talk_long_720p/loops/talk"},
					{"name": "listen", "url": "/api/avatars/talk_long_720p/loops/listen"}]},
			{"id": "talk_short_720p", "name": "talk_short_720p", "path": "precomputed/720p/talk_short_720p",
				"width": 1280, "height": 720, "preview_url": "/api/avatars/talk_short_720p/preview", "loops": []}]}`,
	}), s.avatars)
	huma.Register(api, operation(api, call{
		id: "tts_engines", method: http.MethodGet, path: "/api/tts_engines", tag: "catalogue", summary: "TTS 엔진 목록 · Speech engines",
		description: "사용 가능한 TTS 엔진 목록을 조회합니다.\n\nOnly those that can serve; the default comes first.",
		answer:      `{"engines": [{"id": "elevenlabs", "name": "ElevenLabs", "voices": ["Custom", "Rachel", "Domi", "Bella"]}]}`,
	}), s.engines)
	huma.Register(api, operation(api, call{
		id: "llm_status", method: http.MethodGet, path: "/api/llm_status", tag: "catalogue", summary: "LLM 상태 · Language backends",
		description: "LLM 서버 상태를 확인합니다.\n\nAsks the first backend that is configured, for at most five seconds. " +
			"One that could not serve a request within the last 15 seconds is `offline` without being asked.",
		answer: `{"status": "online", "model": "vllm-qwen3-30b-a3b", "fallback": "OpenAI (gpt-4o-mini)"}`,
	}), s.backends)
}

func (s *server) avatars(ctx context.Context, _ *struct{}) (*struct{ Body avatarsAnswer }, error) {
	avatars, err := s.Roster.Avatars(ctx)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	return &struct{ Body avatarsAnswer }{avatarsAnswer{Avatars: append([]Avatar{}, avatars...)}}, nil
}

func (s *server) engines(context.Context, *struct{}) (*struct{ Body enginesAnswer }, error) {
	return &struct{ Body enginesAnswer }{enginesAnswer{Engines: append([]Voice{}, s.Roster.Voices()...)}}, nil
}

func (s *server) backends(ctx context.Context, _ *struct{}) (*struct{ Body Backends }, error) {
	return &struct{ Body Backends }{s.Roster.Backends(ctx)}, nil
}
