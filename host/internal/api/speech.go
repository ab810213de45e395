package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// SpeechAnswer says where a speech is.
type SpeechAnswer struct {
	Success   bool               `json:"success"`
	AudioPath string             `json:"audio_path" doc:"생성된 오디오 파일 경로" example:"assets/audio/tts_abc.wav"`
	AudioURL  string             `json:"audio_url" doc:"오디오 파일 URL" example:"/assets/audio/tts_abc.wav"`
	Duration  generation.Seconds `json:"duration" doc:"오디오 길이 (초)" example:"3.5"`
	Elapsed   generation.Seconds `json:"elapsed" doc:"처리 시간 (초)" example:"2.1"`
}

type speechInput struct {
	Body SpeechBody
}

type speechOutput struct {
	Headers
	Body SpeechAnswer
}

func (s *server) registerSpeech(api huma.API) {
	huma.Register(api, operation(api, call{"tts", http.MethodPost, "/api/v2/tts", "tts", "음성 생성", "텍스트를 음성으로 변환합니다."},
		400, 413, 500, 503), s.speech)
}

func (s *server) speech(ctx context.Context, in *speechInput) (*speechOutput, error) {
	who, err := sessionOf(ctx, in.Body.SID)
	if err != nil {
		return nil, err
	}
	if err := checkText(in.Body.Text, "missing_text", "텍스트가 필요합니다", "텍스트"); err != nil {
		return nil, err
	}
	run, err := s.Generator.PrepareSpeech(ctx, generation.SpeechRequest{
		Text: in.Body.Text, Engine: in.Body.Engine, Voice: in.Body.Voice,
	})
	if err != nil {
		return nil, s.report(ctx, err)
	}
	result, err := attend(ctx, s, who, run)
	if err != nil {
		return nil, err
	}
	return &speechOutput{Headers: who.headers(), Body: SpeechAnswer{
		Success: true, AudioPath: result.AudioPath, AudioURL: result.AudioURL, Duration: result.Duration, Elapsed: result.Elapsed,
	}}, nil
}
