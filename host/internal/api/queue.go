package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// QueueAnswer is the queue at a moment.
type QueueAnswer struct {
	QueueLength     int               `json:"queue_length"`
	ProcessingCount int               `json:"processing_count"`
	MaxConcurrent   int               `json:"max_concurrent"`
	Processing      []ProcessingEntry `json:"processing" nullable:"false"`
	Queue           []QueueEntry      `json:"queue" nullable:"false"`
}

// ProcessingEntry is a generation that runs.
type ProcessingEntry struct {
	RequestID string  `json:"request_id" example:"9f86d081"`
	SID       string  `json:"sid"`
	StartedAt float64 `json:"started_at" doc:"Unix seconds" example:"1705900000.0"`
}

// QueueEntry is a generation that waits.
type QueueEntry struct {
	RequestID string  `json:"request_id" example:"9f86d081"`
	SID       string  `json:"sid"`
	Position  int     `json:"position" doc:"1 is next"`
	QueuedAt  float64 `json:"queued_at" doc:"Unix seconds" example:"1705900000.0"`
}

type sidInput struct {
	Body struct {
		_ struct{} `json:"-" additionalProperties:"true"`
		SessionField
	}
}

type optionalSidInput struct {
	Body *struct {
		_ struct{} `json:"-" additionalProperties:"true"`
		SessionField
	} `required:"false"`
}

type cancelled struct {
	Status    string `json:"status" example:"cancelled"`
	Cancelled int    `json:"cancelled" doc:"How many generations were ended"`
}

type cleared struct {
	Status string `json:"status" example:"cleared"`
}

func (s *server) registerQueue(api huma.API) {
	huma.Register(api, operation(api, call{"queue_status", http.MethodGet, "/api/queue_status", "queue", "생성 큐 상태", "현재 생성 큐 상태를 조회합니다."}, 500), s.queueStatus)
	huma.Register(api, operation(api, call{"cancel", http.MethodPost, "/api/cancel", "queue", "생성 취소", "sid의 진행 중이거나 대기 중인 생성을 모두 취소합니다."}, 400, 500), s.cancel)
	huma.Register(api, operation(api, call{"clear_history", http.MethodPost, "/api/clear_history", "chat", "대화 기록 초기화", "서버가 저장한 대화 기록을 초기화합니다. history를 보내는 클라이언트에는 필요하지 않습니다."}, 400, 500), s.clearHistory)
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

func (s *server) cancel(ctx context.Context, in *sidInput) (*struct{ Body cancelled }, error) {
	if in.Body.SID == "" {
		return nil, invalid("missing_sid", "sid가 필요합니다")
	}
	who, err := sessionOf(ctx, in.Body.SID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body cancelled }{cancelled{Status: "cancelled", Cancelled: s.Queue.Cancel(who.sid)}}, nil
}

func (s *server) clearHistory(ctx context.Context, in *optionalSidInput) (*struct{ Body cleared }, error) {
	var sid string
	if in.Body != nil {
		sid = in.Body.SID
	}
	who, err := sessionOf(ctx, sid)
	if err != nil {
		return nil, err
	}
	s.Conversations.Clear(who.conversation)
	return &struct{ Body cleared }{cleared{Status: "cleared"}}, nil
}
