package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
)

// CatalogOrgType is a kind of organisation with what is known of it.
type CatalogOrgType struct {
	Name          string                `json:"name" example:"일반기업" doc:"org_type으로 보내는 값. What requests send as org_type"`
	Title         string                `json:"title" example:"Companies"`
	Organisations []CatalogOrganisation `json:"organisations" nullable:"false"`
	Jobs          []CatalogJob          `json:"jobs" nullable:"false"`
}

// CatalogOrganisation is an organisation with a profile.
type CatalogOrganisation struct {
	ID       string   `json:"id" example:"samsung-electronics"`
	Name     string   `json:"name" example:"삼성전자" doc:"company_name으로 보내는 값. What requests send as company_name"`
	Aliases  []string `json:"aliases" nullable:"false" doc:"같은 곳으로 알아듣는 이름. Other names that are understood"`
	Industry string   `json:"industry"`
	Values   []string `json:"values" nullable:"false"`
	Themes   []string `json:"themes" nullable:"false"`
}

// CatalogJob is a job with question sets.
type CatalogJob struct {
	ID        string         `json:"id" example:"development-engineering"`
	Name      string         `json:"name" example:"개발엔지니어링" doc:"job_name으로 보내는 값. What requests send as job_name"`
	Title     string         `json:"title" example:"Development Engineering"`
	Questions map[string]int `json:"questions" doc:"언어별 질문 수. Questions by language" example:"{\"ko\": 42, \"en\": 42}"`
}

// CatalogLabel is a level or a competency.
type CatalogLabel struct {
	ID string `json:"id" example:"problem_solving"`
	KO string `json:"ko" example:"문제 해결"`
	EN string `json:"en" example:"Problem solving"`
}

// CatalogAnswer is what interviews can be about.
type CatalogAnswer struct {
	OrgTypes     []CatalogOrgType `json:"org_types" nullable:"false"`
	Levels       []CatalogLabel   `json:"levels" nullable:"false"`
	Competencies []CatalogLabel   `json:"competencies" nullable:"false"`
}

func (s *server) registerInterview(api huma.API) {
	huma.Register(api, operation(api, call{
		id: "interview_catalog", method: http.MethodGet, path: "/api/interview/catalog", tag: "interview",
		summary: "면접 카탈로그 · What interviews can be about",
		description: "분야, 기업과 병원, 직무, 질문의 단계와 역량 목록입니다. 목록에 없는 기업과 직무도 이름으로 보낼 수 있습니다.\n\n" +
			"Organisations and jobs that are not listed are taken by their names.",
		answer: catalogExample,
	}), s.catalog)
	s.registerQuestionSets(api)
	s.registerPrompts(api)
	s.registerTranscripts(api)
	s.registerReport(api)
}

func (s *server) catalog(context.Context, *struct{}) (*struct{ Body CatalogAnswer }, error) {
	answer := CatalogAnswer{OrgTypes: []CatalogOrgType{}, Levels: labels(questions.LevelLabels()), Competencies: labels(questions.Competencies())}
	for _, o := range s.Interview.Catalogue.OrgTypes {
		orgType := CatalogOrgType{Name: o.Name, Title: o.Title, Organisations: []CatalogOrganisation{}, Jobs: []CatalogJob{}}
		for _, c := range o.Organisations {
			orgType.Organisations = append(orgType.Organisations, CatalogOrganisation{
				ID: c.ID, Name: c.Name, Aliases: c.Aliases, Industry: c.Industry, Values: c.Values, Themes: c.Themes,
			})
		}
		for _, j := range o.Jobs {
			orgType.Jobs = append(orgType.Jobs, CatalogJob{ID: j.ID, Name: j.Name, Title: j.Title, Questions: j.Questions})
		}
		answer.OrgTypes = append(answer.OrgTypes, orgType)
	}
	return &struct{ Body CatalogAnswer }{answer}, nil
}

func labels(all []questions.Label) []CatalogLabel {
	out := make([]CatalogLabel, 0, len(all))
	for _, l := range all {
		out = append(out, CatalogLabel(l))
	}
	return out
}
