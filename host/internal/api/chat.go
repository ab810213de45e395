package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview/conversation"
	"github.com/visavis-dev/visavis/host/internal/request"
	"github.com/visavis-dev/visavis/host/internal/sse"
)

// ChatAnswer is the answer of an interviewer.
type ChatAnswer struct {
	Response  string               `json:"response" doc:"LLM 응답 텍스트. What the interviewer says" example:"네, 좋습니다. 먼저 간단히 자기소개를 해주시겠어요?"`
	LLMSource string               `json:"llm_source" doc:"사용된 LLM 소스. Backend and model that answered" example:"LLM API (vllm-qwen3-30b-a3b)"`
	LLMParams generation.LLMParams `json:"llm_params" doc:"LLM에 전송된 파라미터 정보. What was sent to the backend"`
}

type chatInput struct {
	Body request.ChatBody
}

type chatOutput struct {
	Body ChatAnswer
}

func (s *server) registerChat(api huma.API) {
	fails := []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable}
	huma.Register(api, operation(api, call{
		id: "chat", method: http.MethodPost, path: "/api/chat", tag: "chat", summary: "면접관 응답 생성 · Answer of the interviewer",
		description: "LLM을 통해 면접관 응답을 생성합니다. `history`를 함께 보내면(권장) 서버는 상태를 저장하지 않고, 보내지 않으면 서버가 대화를 저장합니다.\n\n" +
			"With `history`, even an empty one, the host keeps nothing. Without it the host keeps the conversation of the `sid`, else of the " +
			"session cookie, else of the client's address, for an hour after its last turn.",
		requests: chatExamples(), answer: chatAnswerExample, fails: fails, session: true, wrong: translate(request.NoMessage()),
	}), s.chat)
	union := sse.Union(api.OpenAPI().Components.Schemas, "ChatEvent",
		sse.Event{Type: "token", Value: generation.Token{}},
		sse.Event{Type: "done", Value: generation.ChatDone{}},
		sse.Event{Type: "error", Value: generation.Failed{}})
	huma.Register(api, streams(operation(api, call{
		id: "chat_stream", method: http.MethodPost, path: "/api/chat/stream", tag: "chat",
		summary: "면접관 응답 스트리밍 · Answer, token by token",
		description: "LLM 응답을 토큰 단위로 실시간 스트리밍합니다. `token`이 이어지고 `done` 또는 `error`로 끝납니다.\n\n" +
			"`token` events, then `done`, or `error` when something fails after the first byte. What can be refused is refused before: as plain JSON.",
		requests: chatExamples(), fails: fails, session: true, wrong: translate(request.NoMessage()),
	}), union, tokenExample(), example{"done", "스트리밍 완료", chatDoneExample}, errorExample()), s.chatStream)
}

// prepareChat checks a request and finds out whose it is; whole says that it is answered in one piece.
func (s *server) prepareChat(ctx context.Context, body request.ChatBody, whole bool) (session, generation.ChatRequest, generation.Run[generation.ChatResult], error) {
	who, err := s.sessionOf(ctx, body.SID)
	if err != nil {
		return who, generation.ChatRequest{}, nil, err
	}
	req, err := s.chatRequest(body.ChatFields, who)
	if err != nil {
		return who, req, nil, err
	}
	req.Whole = whole
	run, err := s.Generator.PrepareChat(ctx, req)
	if err != nil {
		return who, req, nil, s.report(ctx, err)
	}
	if !req.Stateless {
		giveCookie(ctx, body.SID)
	}
	return who, req, run, nil
}

// chatRequest checks what is asked of the interviewer in a session.
func (s *server) chatRequest(fields request.ChatFields, who session) (generation.ChatRequest, error) {
	req, err := fields.Request(s.Interview.KnownOrgType)
	if err != nil {
		return req, translate(err)
	}
	req.Conversation, req.SID = who.conversation, who.sid
	return req, nil
}

func (s *server) chat(ctx context.Context, in *chatInput) (*chatOutput, error) {
	who, req, run, err := s.prepareChat(ctx, in.Body, true)
	if err != nil {
		return nil, err
	}
	result, err := attend(ctx, s, who, run)
	if err != nil {
		return nil, err
	}
	s.remember(ctx, who, req, result)
	return &chatOutput{Body: ChatAnswer{
		Response: result.Response, LLMSource: result.LLMSource, LLMParams: result.LLMParams,
	}}, nil
}

func (s *server) chatStream(ctx context.Context, in *chatInput) (*huma.StreamResponse, error) {
	who, req, run, err := s.prepareChat(ctx, in.Body, false)
	if err != nil {
		return nil, err
	}
	ctx, ticket := s.Queue.Attend(ctx, who.sid, callerOf(ctx).requestID)
	return s.stream(ctx, ticket, func(ctx context.Context, emit generation.Emit) error {
		result, err := run(ctx, emit)
		if err == nil {
			s.remember(ctx, who, req, result)
		}
		return err
	}), nil
}

// remember keeps a turn under the key that the client's next request will have, too.
func (s *server) remember(ctx context.Context, who session, req generation.ChatRequest, result generation.ChatResult) {
	if req.Stateless || who.twin == "" {
		return
	}
	now := time.Now()
	turn := conversation.Turn{SID: who.sid, User: req.Message, Asked: now.Add(-result.Elapsed.Duration()), Assistant: result.Response, Answered: now}
	if err := s.Interview.Conversations.Remember(context.WithoutCancel(ctx), who.twin, turn); err != nil {
		s.Logger.Error("conversation is not kept", "error", err)
	}
	c := callerOf(ctx)
	s.strays.note(c.address, c.cookie, result.LLMParams.HistoryCount == 0)
}
