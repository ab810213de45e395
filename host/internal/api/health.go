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
	ID      string `json:"id" doc:"배포 파일의 이름. Its name in the deployment file"`
	Kind    string `json:"kind" enum:"tts,llm,lipsync" doc:"하는 일. What it does: speech, language or video"`
	Plugin  string `json:"plugin" doc:"플러그인 이름. The plugin that serves it"`
	Version string `json:"version,omitempty" doc:"플러그인 버전. The plugin's version"`
	State   string `json:"state" enum:"absent,starting,ready,busy,failed" doc:"상태. absent: 실행 중인 것이 없음, starting: 시작하는 중, ready: 처리할 수 있음, busy: 처리하는 중, failed: 시작하지 못함. None runs, one starts, can serve, is serving, or could not be started"`
	Ready   bool   `json:"ready" doc:"It can serve, started or not"`
	Problem string `json:"problem,omitempty" doc:"Why it cannot; of one that can, why its newest version was not taken"`
}

type alive struct {
	Status  string `json:"status" example:"ok" doc:"언제나 ok. Always ok"`
	Version string `json:"version" doc:"Version of the host"`
}

// Readiness is what the host can do now.
type Readiness struct {
	Ready     bool            `json:"ready" doc:"Text, speech and video can be made"`
	Problems  []string        `json:"problems" nullable:"false" doc:"만들 수 없는 이유. What keeps them from being made, one sentence each"`
	Functions []FunctionState `json:"functions" nullable:"false" doc:"배포 파일의 모든 기능. Every function of the deployment file"`
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
