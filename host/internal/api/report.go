package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/interview"
	"github.com/visavis-dev/visavis/host/internal/interview/questions"
	"github.com/visavis-dev/visavis/host/internal/interview/report"
	"github.com/visavis-dev/visavis/host/internal/request"
)

// Reporter writes reports.
type Reporter interface {
	Write(ctx context.Context, i report.Interview) (report.Report, error)
}

// ReportBody asks for a report over a history, or over the kept conversation of a session.
type ReportBody struct {
	History     *[]request.HistoryEntry `json:"history,omitempty" nullable:"true" doc:"면접 대화 (마지막 1,000개 메시지). 생략하면 서버가 저장한 대화를 평가합니다. The conversation, of which the last 1,000 messages are judged; without it the one that the host kept"`
	OrgType     string                  `json:"org_type,omitempty" enum:"일반기업,병원" default:"일반기업" doc:"분야. Kind of organisation"`
	CompanyName string                  `json:"company_name,omitempty" maxLength:"100" example:"삼성전자" doc:"기업/병원명. Company or hospital"`
	JobName     string                  `json:"job_name,omitempty" maxLength:"100" example:"개발엔지니어링" doc:"직무명. Job"`
	Language    string                  `json:"language,omitempty" enum:"ko,en" doc:"보고서 언어. 생략하면 지원자가 쓴 언어. The candidate's when absent"`
	request.SessionField
}

// ReportAnswer judges an interview.
type ReportAnswer struct {
	Method       string             `json:"method" enum:"llm,rules" doc:"평가 방법. Who judged: a language model, or stated rules"`
	Source       string             `json:"source" doc:"사용된 LLM 또는 rules. Backend and model, or rules" example:"LLM API (vllm-qwen3-30b-a3b)"`
	Language     string             `json:"language" enum:"ko,en" doc:"보고서의 언어, 지원자의 언어를 따름. Language of the report: the candidate's"`
	Summary      string             `json:"summary" doc:"한두 문장의 요약. One or two sentences on the whole"`
	Competencies []CompetencyReport `json:"competencies" nullable:"false" doc:"역량별 평가. 평가할 답변이 없었으면 빈 배열. One for each competency; none when no answer could be judged"`
	Rules        []string           `json:"rules" nullable:"false" doc:"규칙으로 평가했을 때의 기준. How scores came about, when method is rules"`
}

// CompetencyReport is what was seen of a competency.
type CompetencyReport struct {
	Competency string   `json:"competency" example:"problem_solving" doc:"역량 id. Id of the competency, as in the catalogue"`
	Label      string   `json:"label" example:"문제 해결" doc:"보고서 언어로 쓴 역량 이름. Its name in the report's language"`
	Score      int      `json:"score" minimum:"1" maximum:"5" doc:"점수, 1(낮음)부터 5(높음). From 1, the lowest, to 5"`
	Evidence   []string `json:"evidence" nullable:"false" doc:"지원자의 말 그대로. The candidate's own words"`
	Advice     string   `json:"advice" doc:"다음 면접을 위한 조언. What to do better"`
}

type reportInput struct {
	Body ReportBody
}

func (s *server) registerReport(api huma.API) {
	huma.Register(api, operation(api, call{
		id: "interview_report", method: http.MethodPost, path: "/api/interview/report", tag: "interview", summary: "면접 평가 보고서 · Report",
		description: "역량별 점수(1~5), 지원자의 말에서 인용한 근거, 조언입니다. JSON 스키마를 지원하는 LLM이 있으면 LLM이, 없으면 정해진 규칙이 평가하며 `method`가 알려 줍니다.\n\n" +
			"Scores, quotes and advice by competency: by a language model when one that answers by a schema can be reached, else by rules that `rules` states.",
		requests: []example{{"default", "대화 기록으로 평가", `{"job_name": "개발엔지니어링", "history": [
			{"role": "assistant", "content": "가장 어려웠던 문제를 어떻게 해결하셨나요?"},
			{"role": "user", "content": "3학년 때 캡스톤 프로젝트에서 제가 펌웨어를 맡아 대기 전류를 분석했고, 배터리 시간이 20% 늘었습니다."}]}`}},
		answer: reportExample, fails: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge}, session: true,
	}), s.interviewReport)
}

func (s *server) interviewReport(ctx context.Context, in *reportInput) (*struct{ Body ReportAnswer }, error) {
	who, err := s.sessionOf(ctx, in.Body.SID)
	if err != nil {
		return nil, err
	}
	fields := request.ChatFields{
		Message: "-", History: in.Body.History, OrgType: in.Body.OrgType, CompanyName: in.Body.CompanyName, JobName: in.Body.JobName, Language: in.Body.Language,
	}
	req, err := s.chatRequest(fields, who)
	if err != nil {
		return nil, err
	}
	if !req.Stateless {
		if req.History, err = s.Interview.History(ctx, who.conversation, maxReported); err != nil {
			return nil, s.report(ctx, err)
		}
	}
	req.History = req.History[max(0, len(req.History)-maxReported):]
	working, ticket := s.Queue.Attend(ctx, who.sid, callerOf(ctx).requestID)
	defer ticket.Leave()
	written, err := s.Reporter.Write(working, interviewOf(req))
	if err != nil {
		return nil, s.report(working, err)
	}
	return &struct{ Body ReportAnswer }{answerOf(written)}, nil
}

// maxReported bounds the messages that are judged: the last ones.
const maxReported = 1000

// interviewOf pairs each answer with the question before it.
func interviewOf(req generation.ChatRequest) report.Interview {
	i := report.Interview{Language: req.Language, OrgType: req.OrgType, CompanyName: req.CompanyName, JobName: req.JobName}
	asked := ""
	var answers []string
	for _, m := range req.History {
		if m.Role == "assistant" {
			asked = m.Content
			continue
		}
		if strings.TrimSpace(m.Content) == "" {
			continue
		}
		i.Exchanges = append(i.Exchanges, report.Exchange{Question: asked, Answer: m.Content})
		answers = append(answers, m.Content)
		asked = ""
	}
	if i.Language == "" {
		i.Language = interview.Language(answers)
	}
	return i
}

func answerOf(r report.Report) ReportAnswer {
	a := ReportAnswer{
		Method: r.Method, Source: r.Source, Language: r.Language, Summary: r.Summary,
		Competencies: []CompetencyReport{}, Rules: append([]string{}, r.Rules...),
	}
	for _, c := range r.Competencies {
		label := c.ID
		for _, l := range questions.Competencies() {
			if l.ID == c.ID && r.Language == "en" {
				label = l.EN
			} else if l.ID == c.ID {
				label = l.KO
			}
		}
		a.Competencies = append(a.Competencies, CompetencyReport{
			Competency: c.ID, Label: label, Score: c.Score, Evidence: append([]string{}, c.Evidence...), Advice: c.Advice,
		})
	}
	return a
}
