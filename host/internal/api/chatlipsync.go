package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/request"
	"github.com/visavis-dev/visavis/host/internal/sse"
)

// ChatVideoAnswer is an answer and its video.
type ChatVideoAnswer struct {
	Success   bool                 `json:"success" doc:"Always true"`
	Response  string               `json:"response" doc:"LLM이 생성한 응답 텍스트. What the interviewer says"`
	VideoPath string               `json:"video_path" doc:"생성된 비디오 파일 경로. Relative to the data folder" example:"results/realtime/lipsync_abc.mp4"`
	VideoURL  string               `json:"video_url" doc:"비디오 스트리밍 URL. Where to fetch it" example:"/video/lipsync_abc.mp4"`
	Elapsed   generation.Seconds   `json:"elapsed" doc:"전체 처리 시간 (초). Seconds that it took" example:"1.9"`
	LLMSource string               `json:"llm_source" doc:"사용된 LLM 소스. Backend and model that answered"`
	LLMParams generation.LLMParams `json:"llm_params" doc:"LLM에 전송된 파라미터 정보. What was sent to the backend"`
	AudioURL  string               `json:"audio_url" doc:"TTS 오디오 URL. The speech alone"`
}

type chatLipsyncInput struct {
	Body request.ChatLipsyncBody
}

type chatVideoOutput struct {
	Body ChatVideoAnswer
}

func (s *server) registerChatLipsync(api huma.API) {
	fails := []int{http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable}
	huma.Register(api, operation(api, call{
		id: "chat_and_lipsync", method: http.MethodPost, path: "/api/v2/chat_and_lipsync", tag: "chat_and_lipsync",
		summary: "응답과 비디오 생성 (동기) · Answer and video, when finished",
		description: "사용자 메시지를 받아 LLM 응답 생성 후 립싱크 비디오까지 한 번에 생성합니다.\n\n" +
			"The stream of the same name, drained: one answer when the video is finished.",
		requests: chatVideoExamples(), answer: chatVideoAnswerExample, fails: fails, session: true, wrong: translate(request.NoMessage()),
	}), s.chatLipsync)
	union := sse.Union(api.OpenAPI().Components.Schemas, "ChatLipsyncEvent",
		sse.Event{Type: "status", Value: generation.Status{}},
		sse.Event{Type: "token", Value: generation.Token{}},
		sse.Event{Type: "llm_done", Value: generation.LLMDone{}},
		sse.Event{Type: "queue", Value: generation.Queued{}},
		sse.Event{Type: "progress", Value: generation.Progress{}},
		sse.Event{Type: "done", Value: generation.ChatLipsyncDone{}},
		sse.Event{Type: "error", Value: generation.Failed{}})
	huma.Register(api, streams(operation(api, call{
		id: "chat_and_lipsync_stream", method: http.MethodPost, path: "/api/v2/chat_and_lipsync/stream", tag: "chat_and_lipsync",
		summary: "응답과 비디오 생성 (스트리밍) · Answer and video, as they are made",
		description: "LLM 응답을 토큰 단위로 스트리밍하면서, TTS와 립싱크 생성 진행 상태도 실시간으로 전송합니다.\n\n" +
			"Stages come in the order llm, tts, tts_done, lipsync; `queue` tells each new place in the line and `progress` the percentage of the " +
			"video. The last event is `done` or `error`. What can be refused is refused before the first byte: as plain JSON.",
		requests: chatVideoExamples(), fails: fails, session: true, wrong: translate(request.NoMessage()),
	}), union, append(stageExamples(), tokenExample(),
		example{"llm_done", "LLM 응답 완료", llmDoneExample}, example{"done", "전체 처리 완료", chatVideoDoneExample}, errorExample())...), s.chatLipsyncStream)
}

// chatVideo is a prepared generation with what is needed to answer.
type chatVideo struct {
	who session
	req generation.ChatRequest
	run generation.QueuedRun[generation.ChatVideoResult]
}

// prepareChatLipsync checks a request and finds out whose it is; whole says that it is answered in one piece.
func (s *server) prepareChatLipsync(ctx context.Context, body request.ChatLipsyncBody, whole bool) (chatVideo, error) {
	who, err := s.sessionOf(ctx, body.SID)
	if err != nil {
		return chatVideo{}, err
	}
	req, err := s.chatRequest(body.ChatFields, who)
	if err != nil {
		return chatVideo{}, err
	}
	req.Whole = whole
	face, speech, err := body.FaceFields.Request()
	if err != nil {
		return chatVideo{}, translate(err)
	}
	run, err := s.Generator.PrepareChatLipsync(ctx, generation.ChatLipsyncRequest{Chat: req, Speech: speech, Face: face})
	if err != nil {
		return chatVideo{}, s.report(ctx, err)
	}
	if !req.Stateless {
		giveCookie(ctx, body.SID)
	}
	return chatVideo{who: who, req: req, run: run}, nil
}

func (s *server) chatLipsync(ctx context.Context, in *chatLipsyncInput) (*chatVideoOutput, error) {
	v, err := s.prepareChatLipsync(ctx, in.Body, true)
	if err != nil {
		return nil, err
	}
	result, err := enter(ctx, s, v.who, v.run)
	if err != nil {
		return nil, err
	}
	s.remember(ctx, v.who, v.req, result.Chat)
	return &chatVideoOutput{Body: ChatVideoAnswer{
		Success: true, Response: result.Chat.Response, LLMSource: result.Chat.LLMSource, LLMParams: result.Chat.LLMParams,
		VideoPath: result.Video.VideoPath, VideoURL: result.Video.VideoURL, AudioURL: result.Video.Speech.AudioURL,
		Elapsed: result.Elapsed.Total,
	}}, nil
}

func (s *server) chatLipsyncStream(ctx context.Context, in *chatLipsyncInput) (*huma.StreamResponse, error) {
	v, err := s.prepareChatLipsync(ctx, in.Body, false)
	if err != nil {
		return nil, err
	}
	working, ticket, err := s.Queue.Enter(ctx, v.who.sid, callerOf(ctx).requestID)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	return s.stream(working, ticket, func(ctx context.Context, emit generation.Emit) error {
		result, err := v.run(ctx, ticket, s.Interview.Owning(ctx, v.who.owner(), emit))
		if err == nil {
			s.remember(ctx, v.who, v.req, result.Chat)
		}
		return err
	}), nil
}
