package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/sse"
)

// ChatAnswer is the answer of an interviewer.
type ChatAnswer struct {
	Response  string               `json:"response" doc:"LLM 응답 텍스트" example:"네, 좋습니다. 먼저 간단히 자기소개를 해주시겠어요?"`
	LLMSource string               `json:"llm_source" doc:"사용된 LLM 소스" example:"LLM API (vllm-qwen3-30b-a3b)"`
	LLMParams generation.LLMParams `json:"llm_params" doc:"LLM에 전송된 파라미터 정보"`
}

type chatInput struct {
	Body ChatBody
}

type chatOutput struct {
	Headers
	Body ChatAnswer
}

func (s *server) registerChat(api huma.API) {
	huma.Register(api, operation(api, call{"chat", http.MethodPost, "/api/chat", "chat", "면접관 응답 생성", "LLM을 통해 면접관 응답을 생성합니다. history를 보내면 서버는 상태를 저장하지 않습니다."}, 400, 413, 500, 503), s.chat)
	union := sse.Union(api.OpenAPI().Components.Schemas, "ChatEvent",
		sse.Event{Type: "token", Value: generation.Token{}}, sse.Event{Type: "done", Value: generation.ChatDone{}},
		sse.Event{Type: "error", Value: generation.Failed{}})
	huma.Register(api, streams(operation(api, call{"chat_stream", http.MethodPost, "/api/chat/stream", "chat", "면접관 응답 스트리밍", "LLM 응답을 토큰 단위로 실시간 스트리밍합니다."}, 400, 413, 500, 503), union,
		"data: {\"type\":\"token\",\"content\":\"안녕\"}\n\n"), s.chatStream)
}

// prepareChat checks a request and finds out whose it is.
func (s *server) prepareChat(ctx context.Context, body ChatBody) (session, generation.ChatRequest, generation.Run[generation.ChatResult], error) {
	who, err := sessionOf(ctx, body.SID)
	if err != nil {
		return who, generation.ChatRequest{}, nil, err
	}
	req, err := body.request(s.Conversations.KnownOrgType, who.conversation)
	if err != nil {
		return who, req, nil, err
	}
	run, err := s.Generator.PrepareChat(ctx, req)
	return who, req, run, s.report(ctx, err)
}

func (s *server) chat(ctx context.Context, in *chatInput) (*chatOutput, error) {
	who, req, run, err := s.prepareChat(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	result, err := attend(ctx, s, who, run)
	if err != nil {
		return nil, err
	}
	s.remember(who, req, result.Response)
	return &chatOutput{Headers: who.headers(), Body: ChatAnswer{
		Response: result.Response, LLMSource: result.LLMSource, LLMParams: result.LLMParams,
	}}, nil
}

func (s *server) chatStream(ctx context.Context, in *chatInput) (*huma.StreamResponse, error) {
	who, req, run, err := s.prepareChat(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	ctx, ticket := s.Queue.Attend(ctx, who.sid, callerOf(ctx).RequestID)
	return s.stream(who, ctx, ticket, func(ctx context.Context, emit generation.Emit) error {
		result, err := run(ctx, emit)
		if err == nil {
			s.remember(who, req, result.Response)
		}
		return err
	}), nil
}
