package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// FunctionState is how a function of the deployment is.
type FunctionState struct {
	ID      string `json:"id"`
	Kind    string `json:"kind" enum:"tts,llm,lipsync"`
	Plugin  string `json:"plugin"`
	Version string `json:"version,omitempty"`
	State   string `json:"state" enum:"absent,starting,ready,busy,failed"`
	Ready   bool   `json:"ready" doc:"It can serve, started or not"`
	Problem string `json:"problem,omitempty" doc:"Why it cannot; of one that can, why its newest version was not taken"`
}

type alive struct {
	Status  string `json:"status" example:"ok"`
	Version string `json:"version" doc:"Version of the host"`
}

// Readiness is what the host can do now.
type Readiness struct {
	Ready     bool            `json:"ready" doc:"Text, speech and video can be made"`
	Problems  []string        `json:"problems" nullable:"false" doc:"만들 수 없는 이유. What keeps them from being made, one sentence each"`
	Functions []FunctionState `json:"functions" nullable:"false"`
	// ReloadProblem is told until the deployment was read well.
	ReloadProblem string `json:"reload_problem,omitempty" doc:"바뀐 설정을 적용하지 못한 이유. Why the deployment file or .env as it is now was not taken; what served before goes on"`
}

type readyOutput struct {
	Status int
	Body   Readiness
}

func (s *server) registerHealth(api huma.API) {
	huma.Register(api, operation(api, call{
		id: "healthz", method: http.MethodGet, path: "/healthz", tag: "health", summary: "프로세스 생존 확인 · The process is alive",
		description: "API 키가 필요 없습니다. Needs no API key.", answer: `{"status": "ok", "version": "1.0.0"}`, open: true,
	}), func(context.Context, *struct{}) (*struct{ Body alive }, error) {
		return &struct{ Body alive }{alive{Status: "ok", Version: s.Version}}, nil
	})
	op := operation(api, call{
		id: "readyz", method: http.MethodGet, path: "/readyz", tag: "health", summary: "기능별 준비 상태 · What can serve",
		description: "텍스트, 음성, 비디오를 모두 만들 수 있으면 200, 아니면 503입니다.\n\n" +
			"200 when text, speech and video can be made, else 503; either way the state of every function. An engine that requests " +
			"would go to is started once, so that it has shown that it can. What is refused of a change keeps nothing from serving: " +
			"a `problem` of a function that is ready, and `reload_problem`, tell of it.",
		answer: readyExample,
	})
	op.Responses["503"] = &huma.Response{
		Description: "만들 수 없는 것이 있음 (something cannot be made)",
		Content: map[string]*huma.MediaType{"application/json": {
			Schema:  api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Readiness](), true, "Readiness"),
			Example: json.RawMessage(notReadyExample),
		}},
	}
	huma.Register(api, op, s.ready)
}

func (s *server) ready(ctx context.Context, _ *struct{}) (*readyOutput, error) {
	now := s.Roster.Ready(ctx)
	now.Ready = len(now.Problems) == 0
	now.Problems, now.Functions = append([]string{}, now.Problems...), append([]FunctionState{}, now.Functions...)
	out := &readyOutput{Status: http.StatusOK, Body: now}
	if !now.Ready {
		out.Status = http.StatusServiceUnavailable
	}
	return out, nil
}
