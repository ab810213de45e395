package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview/prompts"
	"github.com/visavis-dev/visavis/host/internal/request"
)

// PromptTemplate is the system prompt of a kind of interview, as a template.
type PromptTemplate struct {
	OrgType    string `json:"org_type" enum:"일반기업,병원" doc:"분야. Kind of organisation"`
	Language   string `json:"language" enum:"ko,en" doc:"언어. Its language"`
	Template   string `json:"template" doc:"Go text/template. {{.Company}}, {{.Industry}}, {{.Values}}, {{.Themes}}, {{.Job}}, {{.Questions}} (.Text .Strong .FollowUps)"`
	Overridden bool   `json:"overridden" doc:"기본 프롬프트가 아님. It is not the one that ships"`
}

// PromptAnswer shows the prompts.
type PromptAnswer struct {
	Prompt  string           `json:"prompt" doc:"지금 조건으로 완성한 프롬프트. The prompt for the interview that the query names"`
	Prompts []PromptTemplate `json:"prompts" nullable:"false" doc:"분야와 언어별 템플릿. One for each kind of organisation and language"`
}

// PromptBody puts a template in the place of another.
type PromptBody struct {
	OrgType  string `json:"org_type,omitempty" enum:"일반기업,병원" default:"일반기업" doc:"분야. Kind of organisation"`
	Language string `json:"language,omitempty" enum:"ko,en" default:"ko" doc:"언어. Its language"`
	Template string `json:"template,omitempty" maxLength:"16384" doc:"비우면 기본 프롬프트로 되돌립니다. Absent or empty: the one that ships"`
}

type promptQuery struct {
	OrgType     string `query:"org_type" enum:"일반기업,병원" default:"일반기업" doc:"분야. Kind of organisation"`
	Language    string `query:"language" enum:"ko,en" default:"ko" doc:"언어. Its language"`
	CompanyName string `query:"company_name" example:"삼성전자" doc:"기업/병원명. Company or hospital of the interview that is written for"`
	JobName     string `query:"job_name" example:"개발엔지니어링" doc:"직무명. Job of the interview that is written for"`
}

type promptInput struct {
	Body PromptBody
}

const promptExample = `{"org_type": "병원", "language": "ko", "template": "당신은 면접관입니다. {{if .Job}}{{.Job}} {{end}}면접을 진행합니다.", "overridden": true}`

func (s *server) registerPrompts(api huma.API) {
	huma.Register(api, operation(api, call{
		id: "prompt", method: http.MethodGet, path: "/api/prompt", tag: "interview", summary: "시스템 프롬프트 보기 · The system prompts",
		description: "분야와 언어별 프롬프트 템플릿과, 쿼리로 준 조건으로 완성한 프롬프트입니다.\n\nThe templates, and the prompt of the interview that the query names.",
		answer:      `{"prompt": "당신은 면접관입니다. 삼성전자의 개발엔지니어링 면접을 진행하고 있습니다...", "prompts": [` + promptExample + `]}`,
		fails:       []int{http.StatusBadRequest},
	}), s.prompt)
	huma.Register(api, operation(api, call{
		id: "replace_prompt", method: http.MethodPut, path: "/api/prompt", tag: "interview", summary: "시스템 프롬프트 바꾸기 · Replace a system prompt",
		description: "다음 응답부터 쓰이고 재시작 후에도 유지됩니다. 잘못된 템플릿은 이유와 함께 거절됩니다.\n\nIt counts from the next answer on, and after a restart.",
		requests:    []example{{"default", "병원 면접 프롬프트", `{"org_type": "병원", "language": "ko", "template": "당신은 면접관입니다. {{if .Job}}{{.Job}} {{end}}면접을 진행합니다. 한 번에 하나만 정중하게 묻습니다."}`}},
		answer:      promptExample,
		fails:       []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable},
	}), s.replacePrompt)
}

func (s *server) prompt(ctx context.Context, in *promptQuery) (*struct{ Body PromptAnswer }, error) {
	brief, err := s.Interview.Brief(ctx, generation.Occasion{
		OrgType: in.OrgType, CompanyName: in.CompanyName, JobName: in.JobName, Language: in.Language,
	})
	if err != nil {
		return nil, s.report(ctx, err)
	}
	answer := PromptAnswer{Prompt: brief.System, Prompts: []PromptTemplate{}}
	for _, p := range s.Interview.Prompts.List() {
		answer.Prompts = append(answer.Prompts, templateOf(p))
	}
	return &struct{ Body PromptAnswer }{answer}, nil
}

func (s *server) replacePrompt(ctx context.Context, in *promptInput) (*struct{ Body PromptTemplate }, error) {
	key := prompts.Key{OrgType: cmp.Or(in.Body.OrgType, request.DefaultOrgType), Language: cmp.Or(in.Body.Language, "ko")}
	p, err := s.Interview.Prompts.Override(key, in.Body.Template)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	return &struct{ Body PromptTemplate }{templateOf(p)}, nil
}

func templateOf(p prompts.Prompt) PromptTemplate {
	return PromptTemplate{OrgType: p.OrgType, Language: p.Language, Template: p.Template, Overridden: p.Overridden}
}
