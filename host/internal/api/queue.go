package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/request"
)

// QueueAnswer is the queue at a moment.
type QueueAnswer struct {
	QueueLength     int               `json:"queue_length" doc:"Generations that wait"`
	ProcessingCount int               `json:"processing_count" doc:"Generations that run"`
	MaxConcurrent   int               `json:"max_concurrent" doc:"Generations that may run at once"`
	Processing      []ProcessingEntry `json:"processing" nullable:"false" doc:"지금 만들고 있는 생성. What is being made"`
	Queue           []QueueEntry      `json:"queue" nullable:"false" doc:"대기 중인 생성, 순서대로. What waits, in its order"`
}

// ProcessingEntry is a generation that runs.
type ProcessingEntry struct {
	RequestID string  `json:"request_id" example:"9f86d081" doc:"요청 ID (X-Request-Id). Name of the request"`
	SID       string  `json:"sid" doc:"세션 ID. /api/cancel takes it"`
	StartedAt float64 `json:"started_at" doc:"Unix seconds" example:"1705900000.0"`
}

// QueueEntry is a generation that waits.
type QueueEntry struct {
	RequestID string  `json:"request_id" example:"9f86d081" doc:"요청 ID (X-Request-Id). Name of the request"`
	SID       string  `json:"sid" doc:"세션 ID. /api/cancel takes it"`
	Position  int     `json:"position" doc:"1 is next"`
	QueuedAt  float64 `json:"queued_at" doc:"Unix seconds" example:"1705900000.0"`
}

// CancelBody names whose work ends.
type CancelBody struct {
	SID string `json:"sid" minLength:"1" maxLength:"128" pattern:"^[ -~]*$" doc:"세션 ID. The sid of the requests, or their X-Session-Id" example:"session_id"`
}

// ClearBody names whose conversation is forgotten.
type ClearBody struct {
	request.SessionField
}

type cancelInput struct {
	Body CancelBody
}

type clearInput struct {
	Body *ClearBody `required:"false"`
}

type cancelled struct {
	Status    string `json:"status" example:"cancelled" doc:"언제나 cancelled. Always cancelled"`
	Cancelled int    `json:"cancelled" doc:"How many generations were ended"`
}

type cleared struct {
	Status string `json:"status" example:"cleared" doc:"언제나 cleared. Always cleared"`
}

func (s *server) registerQueue(api huma.API) {
	huma.Register(api, operation(api, call{
		id: "queue_status", method: http.MethodGet, path: "/api/queue_status", tag: "queue", summary: "생성 큐 상태 · The queue",
		description: "현재 생성 큐 상태를 조회합니다.\n\nVideos wait in the queue; chat and speech do not.",
		answer: `{"queue_length": 1, "processing_count": 1, "max_concurrent": 3,
			"processing": [{"request_id": "9f86d081", "sid": "session_id", "started_at": 1705900000.0}],
			"queue": [{"request_id": "884c7d65", "sid": "another_session", "position": 1, "queued_at": 1705900002.5}]}`,
	}), s.queueStatus)
	huma.Register(api, operation(api, call{
		id: "cancel", method: http.MethodPost, path: "/api/cancel", tag: "queue", summary: "생성 취소 · Cancel",
		description: "sid의 진행 중이거나 대기 중인 생성을 모두 취소합니다.\n\n" +
			"Everything of the `sid` that waits or runs ends, chat and speech too. It may be said again: then nothing is left to end.",
		requests: []example{{"default", "세션의 생성 취소", `{"sid": "session_id"}`}},
		answer:   `{"status": "cancelled", "cancelled": 1}`, wrong: noSID(),
		fails: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge},
	}), s.cancel)
	huma.Register(api, operation(api, call{
		id: "clear_history", method: http.MethodPost, path: "/api/clear_history", tag: "chat", summary: "대화 기록 초기화 · Forget a conversation",
		description: "서버가 저장한 대화 기록을 초기화합니다. `history`를 보내는 클라이언트에는 필요하지 않습니다.\n\n" +
			"The conversation is found as it is for /api/chat: by `sid`, else by the session cookie, else by the client's address. No body is needed.",
		requests: []example{{"default", "쿠키나 주소로 식별", `{}`}, {"sid", "sid로 식별", `{"sid": "session_id"}`}},
		answer:   `{"status": "cleared"}`,
		fails:    []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable},
	}), s.clearHistory)
}

func (s *server) queueStatus(context.Context, *struct{}) (*struct{ Body QueueAnswer }, error) {
	now := s.Queue.Status()
	answer := QueueAnswer{
		QueueLength: len(now.Waiting), ProcessingCount: len(now.Running), MaxConcurrent: now.MaxConcurrent,
		Processing: []ProcessingEntry{}, Queue: []QueueEntry{},
	}
	for _, e := range now.Running {
		answer.Processing = append(answer.Processing, ProcessingEntry{RequestID: e.RequestID, SID: e.SID, StartedAt: unix(e.At)})
	}
	for i, e := range now.Waiting {
		answer.Queue = append(answer.Queue, QueueEntry{RequestID: e.RequestID, SID: e.SID, Position: i + 1, QueuedAt: unix(e.At)})
	}
	return &struct{ Body QueueAnswer }{answer}, nil
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (s *server) cancel(ctx context.Context, in *cancelInput) (*struct{ Body cancelled }, error) {
	if strings.TrimSpace(in.Body.SID) == "" {
		return nil, noSID()
	}
	who, err := s.sessionOf(ctx, in.Body.SID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body cancelled }{cancelled{Status: "cancelled", Cancelled: s.Queue.Cancel(who.sid)}}, nil
}

func (s *server) clearHistory(ctx context.Context, in *clearInput) (*struct{ Body cleared }, error) {
	var sid string
	if in.Body != nil {
		sid = in.Body.SID
	}
	who, err := s.sessionOf(ctx, sid)
	if err != nil {
		return nil, err
	}
	if err := s.Interview.Conversations.Clear(ctx, who.conversation); err != nil {
		return nil, s.report(ctx, err)
	}
	return &struct{ Body cleared }{cleared{Status: "cleared"}}, nil
}
