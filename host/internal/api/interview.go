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
	Title         string                `json:"title" example:"Companies" doc:"영어 이름. Its name in English"`
	Organisations []CatalogOrganisation `json:"organisations" nullable:"false" doc:"등록된 기업 또는 병원. The companies or hospitals that are listed"`
	Jobs          []CatalogJob          `json:"jobs" nullable:"false" doc:"등록된 직무. The jobs that are listed"`
}

// CatalogOrganisation is an organisation with a profile.
type CatalogOrganisation struct {
	ID       string   `json:"id" example:"samsung-electronics" doc:"바뀌지 않는 id. An id that stays"`
	Name     string   `json:"name" example:"삼성전자" doc:"company_name으로 보내는 값. What requests send as company_name"`
	Aliases  []string `json:"aliases" nullable:"false" doc:"같은 곳으로 알아듣는 이름. Other names that are understood"`
	Industry string   `json:"industry" doc:"업종. What it does"`
	Values   []string `json:"values" nullable:"false" doc:"중요하게 여기는 가치. What it values"`
	Themes   []string `json:"themes" nullable:"false" doc:"질문에 나오는 주제. What its questions are about"`
}

// CatalogJob is a job with question sets.
type CatalogJob struct {
	ID        string         `json:"id" example:"development-engineering" doc:"바뀌지 않는 id. An id that stays"`
	Name      string         `json:"name" example:"개발엔지니어링" doc:"job_name으로 보내는 값. What requests send as job_name"`
	Title     string         `json:"title" example:"Development Engineering" doc:"영어 이름. Its name in English"`
	Questions map[string]int `json:"questions" doc:"언어별 질문 수. Questions by language" example:"{\"ko\": 42, \"en\": 42}"`
}

// CatalogLabel is a level or a competency.
type CatalogLabel struct {
	ID string `json:"id" example:"problem_solving" doc:"질문의 level 또는 competency에 쓰는 값. What questions have as level or competency"`
	KO string `json:"ko" example:"문제 해결" doc:"한국어 이름. In Korean"`
	EN string `json:"en" example:"Problem solving" doc:"영어 이름. In English"`
}

// CatalogAnswer is what interviews can be about.
type CatalogAnswer struct {
	OrgTypes     []CatalogOrgType `json:"org_types" nullable:"false" doc:"분야별 기업과 직무. Organisations and jobs by their kind"`
	Levels       []CatalogLabel   `json:"levels" nullable:"false" doc:"질문의 단계, 면접에서 나오는 순서. Levels of questions, in the order of an interview"`
	Competencies []CatalogLabel   `json:"competencies" nullable:"false" doc:"역량. What questions look for"`
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
