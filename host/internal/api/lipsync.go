package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/request"
	"github.com/visavis-dev/visavis/host/internal/sse"
)

// VideoAnswer says where a video is.
type VideoAnswer struct {
	Success   bool               `json:"success" doc:"Always true"`
	VideoPath string             `json:"video_path" doc:"생성된 비디오 파일 경로. Relative to the data folder" example:"results/realtime/lipsync_abc.mp4"`
	VideoURL  string             `json:"video_url" doc:"비디오 스트리밍 URL. Where to fetch it" example:"/video/lipsync_abc.mp4"`
	Elapsed   generation.Seconds `json:"elapsed" doc:"처리 시간 (초). Seconds that it took" example:"1.2"`
}

type lipsyncInput struct {
	Body request.LipsyncBody
}

type videoOutput struct {
	Body VideoAnswer
}

func (s *server) registerLipsync(api huma.API) {
	fails := []int{http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable}
	huma.Register(api, operation(api, call{
		id: "lipsync", method: http.MethodPost, path: "/api/v2/lipsync", tag: "lipsync",
		summary: "립싱크 비디오 생성 (동기) · Video, when finished",
		description: "텍스트를 입력받아 립싱크 비디오를 생성합니다. (동기 방식, 응답 대기)\n\n" +
			"The stream of the same name, drained: one answer when the video is finished.",
		requests: videoExamples(), answer: videoAnswerExample, fails: fails, session: true, wrong: translate(request.NoText()),
	}), s.lipsync)
	union := sse.Union(api.OpenAPI().Components.Schemas, "LipsyncEvent",
		sse.Event{Type: "status", Value: generation.Status{}},
		sse.Event{Type: "queue", Value: generation.Queued{}},
		sse.Event{Type: "progress", Value: generation.Progress{}},
		sse.Event{Type: "done", Value: generation.LipsyncDone{}},
		sse.Event{Type: "error", Value: generation.Failed{}})
	huma.Register(api, streams(operation(api, call{
		id: "lipsync_stream", method: http.MethodPost, path: "/api/v2/lipsync/stream", tag: "lipsync",
		summary: "립싱크 비디오 생성 (스트리밍, 권장) · Video, as it is made",
		description: "텍스트를 입력받아 TTS + 립싱크 비디오를 생성하면서 진행 상태를 실시간 스트리밍합니다.\n\n" +
			"Stages come in the order tts, tts_done, lipsync; `queue` tells each new place in the line and `progress` the percentage of the " +
			"video. The last event is `done` or `error`. What can be refused is refused before the first byte: as plain JSON.",
		requests: videoExamples(), fails: fails, session: true, wrong: translate(request.NoText()),
	}), union, append(stageExamples(), example{"done", "처리 완료", videoDoneExample}, errorExample())...), s.lipsyncStream)
}

func (s *server) prepareLipsync(ctx context.Context, body request.LipsyncBody) (session, generation.QueuedRun[generation.VideoResult], error) {
	who, err := s.sessionOf(ctx, body.SID)
	if err != nil {
		return who, nil, err
	}
	req, err := body.Request()
	if err != nil {
		return who, nil, translate(err)
	}
	run, err := s.Generator.PrepareLipsync(ctx, req)
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
	return &videoOutput{Body: VideoAnswer{
		Success: true, VideoPath: result.VideoPath, VideoURL: result.VideoURL, Elapsed: result.Elapsed.Total,
	}}, nil
}

func (s *server) lipsyncStream(ctx context.Context, in *lipsyncInput) (*huma.StreamResponse, error) {
	who, run, err := s.prepareLipsync(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	working, ticket, err := s.Queue.Enter(ctx, who.sid, callerOf(ctx).requestID)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	return s.stream(working, ticket, func(ctx context.Context, emit generation.Emit) error {
		_, err := run(ctx, ticket, s.Interview.Owning(ctx, who.owner(), emit))
		return err
	}), nil
}
