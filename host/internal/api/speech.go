package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/request"
)

// SpeechAnswer says where a speech is.
type SpeechAnswer struct {
	Success   bool               `json:"success" doc:"Always true"`
	AudioPath string             `json:"audio_path" doc:"생성된 오디오 파일 경로. Relative to the data folder" example:"assets/audio/tts_abc.wav"`
	AudioURL  string             `json:"audio_url" doc:"오디오 파일 URL. Where to fetch it" example:"/assets/audio/tts_abc.wav"`
	Duration  generation.Seconds `json:"duration" doc:"오디오 길이 (초). Length in seconds" example:"3.5"`
	Elapsed   generation.Seconds `json:"elapsed" doc:"처리 시간 (초). Seconds that it took" example:"2.1"`
}

type speechInput struct {
	Body request.SpeechBody
}

type speechOutput struct {
	Body SpeechAnswer
}

func (s *server) registerSpeech(api huma.API) {
	huma.Register(api, operation(api, call{
		id: "tts", method: http.MethodPost, path: "/api/v2/tts", tag: "tts", summary: "음성 생성 · Speech",
		description: "텍스트를 음성으로 변환합니다. WAV, PCM 16비트 모노입니다.\n\n" +
			"Without `engine` the first configured engine speaks. One asked for by name that lacks its key is 503; an unknown one is 400.",
		requests: []example{
			{"default", "설정된 첫 번째 엔진 (the default engine)", `{"text": "안녕하세요, 반갑습니다."}`},
			{"elevenlabs", "엔진과 음성 지정 (a named engine)", `{"text": "안녕하세요, 반갑습니다.", "engine": "elevenlabs", "voice": "Custom"}`},
		},
		answer: `{"success": true, "audio_path": "assets/audio/tts_4w7ql2mzv5hn3xk6c2rt7dye.wav",
			"audio_url": "/assets/audio/tts_4w7ql2mzv5hn3xk6c2rt7dye.wav", "duration": 3.5, "elapsed": 2.1}`,
		fails:   []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable},
		session: true, wrong: translate(request.NoText()),
	}), s.speech)
}

func (s *server) speech(ctx context.Context, in *speechInput) (*speechOutput, error) {
	who, err := s.sessionOf(ctx, in.Body.SID)
	if err != nil {
		return nil, err
	}
	req, err := in.Body.Request()
	if err != nil {
		return nil, translate(err)
	}
	run, err := s.Generator.PrepareSpeech(ctx, req)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	result, err := attend(ctx, s, who, run)
	if err != nil {
		return nil, err
	}
	s.Interview.Own(ctx, who.owner(), result.AudioURL)
	return &speechOutput{Body: SpeechAnswer{
		Success: true, AudioPath: result.AudioPath, AudioURL: result.AudioURL, Duration: result.Duration, Elapsed: result.Elapsed,
	}}, nil
}
