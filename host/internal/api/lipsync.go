package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/sse"
)

// VideoAnswer says where a video is.
type VideoAnswer struct {
	Success   bool               `json:"success"`
	VideoPath string             `json:"video_path" doc:"생성된 비디오 파일 경로" example:"results/realtime/lipsync_abc.mp4"`
	VideoURL  string             `json:"video_url" doc:"비디오 스트리밍 URL" example:"/video/lipsync_abc.mp4"`
	Elapsed   generation.Seconds `json:"elapsed" doc:"처리 시간 (초)" example:"1.2"`
}

type lipsyncInput struct {
	Body LipsyncBody
}

type videoOutput struct {
	Headers
	Body VideoAnswer
}

func (s *server) registerLipsync(api huma.API) {
	huma.Register(api, operation(api, call{"lipsync", http.MethodPost, "/api/v2/lipsync", "lipsync", "립싱크 비디오 생성 (동기)", "텍스트를 입력받아 립싱크 비디오를 생성합니다."}, 400, 404, 413, 500, 503), s.lipsync)
	union := sse.Union(api.OpenAPI().Components.Schemas, "LipsyncEvent",
		sse.Event{Type: "status", Value: generation.Status{}}, sse.Event{Type: "queue", Value: generation.Queued{}},
		sse.Event{Type: "progress", Value: generation.Progress{}}, sse.Event{Type: "done", Value: generation.LipsyncDone{}},
		sse.Event{Type: "error", Value: generation.Failed{}})
	huma.Register(api, streams(operation(api, call{"lipsync_stream", http.MethodPost, "/api/v2/lipsync/stream", "lipsync", "립싱크 비디오 생성 (스트리밍, 권장)", "TTS와 립싱크 비디오를 생성하면서 진행 상태를 실시간 스트리밍합니다."}, 400, 404, 413, 500, 503), union,
		"data: {\"type\":\"status\",\"stage\":\"tts\",\"message\":\"TTS 음성 생성 중...\"}\n\n"), s.lipsyncStream)
}

func (s *server) prepareLipsync(ctx context.Context, body LipsyncBody) (session, generation.QueuedRun[generation.VideoResult], error) {
	who, err := sessionOf(ctx, body.SID)
	if err != nil {
		return who, nil, err
	}
	if err := checkText(body.Text, "missing_text", "텍스트가 필요합니다", "텍스트"); err != nil {
		return who, nil, err
	}
	face, speech, err := body.request()
	if err != nil {
		return who, nil, err
	}
	speech.Text = body.Text
	run, err := s.Generator.PrepareLipsync(ctx, generation.LipsyncRequest{Speech: speech, Face: face})
	return who, run, s.report(ctx, err)
}

func (s *server) lipsync(ctx context.Context, in *lipsyncInput) (*videoOutput, error) {
	who, run, err := s.prepareLipsync(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	result, err := enter(ctx, s, who, run)
	if err != nil {
		return nil, err
	}
	return &videoOutput{Headers: who.headers(), Body: VideoAnswer{
		Success: true, VideoPath: result.VideoPath, VideoURL: result.VideoURL, Elapsed: result.Elapsed.Total,
	}}, nil
}

func (s *server) lipsyncStream(ctx context.Context, in *lipsyncInput) (*huma.StreamResponse, error) {
	who, run, err := s.prepareLipsync(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	ctx, ticket, err := s.Queue.Enter(ctx, who.sid, callerOf(ctx).RequestID)
	if err != nil {
		return nil, translate(err)
	}
	return s.stream(who, ctx, ticket, func(ctx context.Context, emit generation.Emit) error {
		_, err := run(ctx, ticket, emit)
		return err
	}), nil
}
