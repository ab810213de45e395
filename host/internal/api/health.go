package api

import (
	"context"
	"net/http"

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
	Problem string `json:"problem,omitempty" doc:"Why it cannot"`
}

type alive struct {
	Status string `json:"status" example:"ok"`
}

type readiness struct {
	Ready     bool            `json:"ready" doc:"Text, speech and video can be made"`
	Functions []FunctionState `json:"functions" nullable:"false"`
}

type readyOutput struct {
	Status int
	Body   readiness
}

func (s *server) registerHealth(api huma.API) {
	huma.Register(api, operation(api, call{"healthz", http.MethodGet, "/healthz", "health", "The process is alive", "Needs no API key."}), func(context.Context, *struct{}) (*struct{ Body alive }, error) {
		return &struct{ Body alive }{alive{Status: "ok"}}, nil
	})
	op := operation(api, call{"readyz", http.MethodGet, "/readyz", "health", "What can serve", "200 when text, speech and video can be made, else 503; either way the state of every function."})
	op.Responses["503"] = &huma.Response{Description: "Something cannot be made; the body is the same"}
	huma.Register(api, op, s.ready)
}

func (s *server) ready(context.Context, *struct{}) (*readyOutput, error) {
	functions := s.Roster.Functions()
	kinds := map[string]bool{}
	for _, f := range functions {
		kinds[f.Kind] = kinds[f.Kind] || f.Ready
	}
	out := &readyOutput{Status: http.StatusOK, Body: readiness{
		Ready: kinds["tts"] && kinds["llm"] && s.Roster.FacesReady(), Functions: functions,
	}}
	if !out.Body.Ready {
		out.Status = http.StatusServiceUnavailable
	}
	return out, nil
}
