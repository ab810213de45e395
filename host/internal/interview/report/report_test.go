package report_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/interview/report"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
)

const (
	concrete = "3학년 때 캡스톤 프로젝트에서 제가 펌웨어를 맡았습니다. 전류를 측정해서 대기 모드를 개선했고, 그 결과 배터리 시간이 20% 늘었습니다."
	vague    = "저희 팀은 열심히 했고 분위기가 아주 좋았습니다."
)

func interview() report.Interview {
	return report.Interview{
		Language: "ko", OrgType: "일반기업", CompanyName: "삼성전자", JobName: "개발엔지니어링", Exchanges: []report.Exchange{
			{Question: "어려운 문제를 푼 경험은요?", Answer: concrete},
			{Question: "팀에서는 어떠셨나요?", Answer: vague},
			{Question: "또요?", Answer: "네."},
		},
	}
}

// model answers with what a case says.
type model func(req llm.Request) (string, error)

// Chat implements llm.Model.
func (m model) Chat(_ context.Context, req llm.Request, out llm.Sink) (string, error) {
	text, err := m(req)
	if err != nil {
		return "", err
	}
	half := len(text) / 2
	return "m1", errors.Join(out.Token(text[:half]), out.Token(text[half:]))
}

func writer(models ...model) *report.Writer {
	return report.New(report.Options{
		Backends: func() []report.Backend {
			var all []report.Backend
			for _, m := range models {
				all = append(all, report.Backend{Label: "LLM API", Model: m})
			}
			return all
		},
		Competency: func(_ context.Context, _ report.Interview, question string) (string, error) {
			if strings.Contains(question, "팀") {
				return "teamwork", nil
			}
			return "problem_solving", nil
		},
		Logger: hclog.NewNullLogger(),
	})
}

// What answers nothing is neither judged nor quoted.
func TestEvasionsAreNoAnswers(t *testing.T) {
	t.Parallel()
	i := report.Interview{Language: "en"}
	for _, said := range []string{
		"I don't know.", "Sorry, I really don't know that.", "Could you repeat that, please?", "Just a moment, please.", "Thank you, goodbye.", "No questions, thanks.",
		"죄송합니다. 그 부분은 잘 모르겠습니다.", "잠시만 생각할 시간을 주세요.", "질문을 다시 한번 말씀해 주시겠어요?", "이만 면접을 마치고 싶습니다.",
	} {
		i.Exchanges = append(i.Exchanges, report.Exchange{Question: "Why?", Answer: said})
	}
	r, err := writer().Write(t.Context(), i)
	require.NoError(t, err)
	assert.Empty(t, r.Competencies)
	for _, said := range []string{
		"I don't know that tool, but I built a similar one.", "잘 모르겠습니다. 다만 로그부터 확인해 보겠습니다.", "다시 말씀드리면 제가 설계를 맡았습니다.", "면접을 마치고 싶다는 고객을 설득했습니다.",
	} {
		i.Exchanges = []report.Exchange{{Question: "Why?", Answer: said}}
		r, err := writer().Write(t.Context(), i)
		require.NoError(t, err)
		assert.Len(t, r.Competencies, 1, said)
	}
}

func TestByRules(t *testing.T) {
	t.Parallel()
	r, err := writer().Write(t.Context(), interview())
	require.NoError(t, err)
	assert.Equal(t, report.ByRules, r.Method)
	assert.Equal(t, "rules", r.Source)
	assert.Len(t, r.Rules, 6)
	require.Len(t, r.Competencies, 2)
	solving, team := r.Competencies[0], r.Competencies[1]
	assert.Equal(t, "problem_solving", solving.ID)
	assert.Equal(t, 5, solving.Score)
	assert.Equal(t, "teamwork", team.ID)
	assert.LessOrEqual(t, team.Score, 2)
	assert.Equal(t, "팀이 한 일과 본인이 맡은 일을 나누어 말해 보세요.", team.Advice)
	for _, c := range r.Competencies {
		for _, quote := range c.Evidence {
			assert.Contains(t, concrete+vague, quote)
		}
	}
	assert.Equal(t, "답변 3개 가운데 2개를 평가했습니다. 가장 구체적인 영역은 문제 해결(5점 만점에 5점), 가장 아쉬운 영역은 협업(1점)입니다.", r.Summary)

	i := interview()
	i.Language = "en"
	i.Exchanges = []report.Exchange{{Question: "Team?", Answer: "When I was an intern I designed a test bench, and as a result we reduced failures by 12 percent."}, {Answer: "no"}}
	r, err = writer().Write(t.Context(), i)
	require.NoError(t, err)
	assert.Equal(t, 5, r.Competencies[0].Score)
	assert.Contains(t, r.Summary, "1 of 2 answers")
	i.Exchanges[0].Answer = "저는 결제 로직을 다시 설계했습니다. 그래서 실패율을 0.8퍼센트에서 0.15퍼센트로 낮췄습니다."
	r, err = writer().Write(t.Context(), i)
	require.NoError(t, err)
	assert.Contains(t, r.Competencies[0].Evidence, "그래서 실패율을 0.8퍼센트에서 0.15퍼센트로 낮췄습니다.", "a point in a number ends no sentence")
	i.Language = "en"
	i.Exchanges[0].Answer = "I checked the logs first, e.g. those of Node.js v1.2. Then I tested it."
	r, err = writer().Write(t.Context(), i)
	require.NoError(t, err)
	assert.Contains(t, r.Competencies[0].Evidence, "I checked the logs first, e.g. those of Node.js v1.2.", "nor does one in a name or an abbreviation")
	i.Exchanges = i.Exchanges[1:]
	r, err = writer().Write(t.Context(), i)
	require.NoError(t, err)
	assert.Empty(t, r.Competencies)
	i.Exchanges = nil
	_, err = writer().Write(t.Context(), i)
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestByAModel(t *testing.T) {
	t.Parallel()
	var sent llm.Request
	r, err := writer(
		func(llm.Request) (string, error) { return "", fault.New(fault.Unavailable, "chat", "", nil) },
		func(req llm.Request) (string, error) {
			sent = req
			return `{"summary": "잘했습니다.", "competencies": [
				{"competency": "problem_solving", "score": 4, "evidence": ["제가 펌웨어를  맡았습니다.", "지어낸 말입니다."], "advice": "더 말해 보세요."},
				{"competency": "teamwork", "score": 3, "evidence": ["제가 다 했습니다."], "advice": "근거가 없습니다."},
				{"competency": "magic", "score": 3, "evidence": ["저희 팀은"], "advice": "없는 역량입니다."},
				{"competency": "planning", "score": 9, "evidence": ["저희 팀은"], "advice": "점수가 아닙니다."}]}`, nil
		}).Write(t.Context(), interview())
	require.NoError(t, err)
	assert.Equal(t, report.Report{
		Method: report.ByModel, Source: "LLM API (m1)", Language: "ko", Summary: "잘했습니다.", Competencies: []report.Competency{
			{ID: "problem_solving", Score: 4, Evidence: []string{"제가 펌웨어를  맡았습니다."}, Advice: "더 말해 보세요."},
		},
	}, r, "only what rests on the candidate's words")
	assert.Contains(t, sent.Messages[0].Content, `at 삼성전자 for the position "개발엔지니어링"`)
	assert.Contains(t, sent.Messages[1].Content, "[2] Candidate: "+vague)
	compiler := jsonschema.NewCompiler()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(sent.Schema)))
	require.NoError(t, err)
	require.NoError(t, compiler.AddResource("s.json", document))
	schema, err := compiler.Compile("s.json")
	require.NoError(t, err)
	var good any
	require.NoError(t, json.Unmarshal([]byte(`{"summary":"","competencies":[{"competency":"teamwork","score":1,"evidence":[],"advice":""}]}`), &good))
	assert.NoError(t, schema.Validate(good))
}

// A model that does not keep to the schema to the letter is understood, and what it quotes is still checked.
func TestAModelThatAnswersInItsOwnWay(t *testing.T) {
	t.Parallel()
	const good = `{"competencies":[{"competency":"problem_solving","evidence":["제가 펌웨어를 맡았습니다"],"score":4,"advice":"더 말해 보세요."}],"summary":"잘했습니다."}`
	for name, text := range map[string]string{
		"fence":     "```\n" + good + "\n```",
		"json":      "```json\n" + good + "\n```\n",
		"words":     "다음은 {평가}입니다.\n\n" + good + "\n\n감사합니다.",
		"a decimal": strings.Replace(good, ": 4", ": 4.0", 1),
		"marks":     strings.Replace(good, `"제가 펌웨어를 맡았습니다"`, `"“제가 펌웨어를 맡았습니다...”", "제가", ".", "제가 펌웨어를 맡았습니다"`, 1),
	} {
		r, err := writer(func(llm.Request) (string, error) { return text, nil }).Write(t.Context(), interview())
		require.NoError(t, err, name)
		require.Equal(t, report.ByModel, r.Method, name)
		assert.Equal(t, []report.Competency{
			{ID: "problem_solving", Score: 4, Evidence: []string{"제가 펌웨어를 맡았습니다"}, Advice: "더 말해 보세요."},
		}, r.Competencies, name)
	}
}

func TestSummaryOfOneCompetency(t *testing.T) {
	t.Parallel()
	i := interview()
	i.Exchanges = []report.Exchange{{Question: "어려운 문제는요?", Answer: strings.Repeat("제가 한 일은 3개였습니다. ", 2)}}
	r, err := writer().Write(t.Context(), i)
	require.NoError(t, err)
	assert.Equal(t, "답변 1개 가운데 1개를 평가했습니다. 평가한 영역은 문제 해결이며, 모두 5점 만점에 3점입니다.", r.Summary)
	assert.Equal(t, []string{"제가 한 일은 3개였습니다."}, r.Competencies[0].Evidence, "each is quoted once")
}

func TestAModelThatAnswersNonsense(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"words": "잘했습니다.", "empty": "{}", "cut off": `{"summary": "잘`, "invented": `{"summary":"x","competencies":[{"competency":"teamwork","score":3,"evidence":["없는 말"],"advice":""}]}`,
		"too long": strings.Repeat("가", 40000), "null": "null", "a list": "[1]", "braces": strings.Repeat("{", 40000), "half a point": `{"summary":"x","competencies":[{"competency":"teamwork","score":3.5,"evidence":["저희 팀은 열심히"],"advice":""}]}`,
		"a word as evidence": `{"summary":"x","competencies":[{"competency":"teamwork","score":3,"evidence":["저희", "."],"advice":""}]}`,
	} {
		r, err := writer(func(llm.Request) (string, error) { return text, nil }).Write(t.Context(), interview())
		require.NoError(t, err, name)
		assert.Equal(t, report.ByRules, r.Method, name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := writer(func(llm.Request) (string, error) {
		cancel()
		return "", context.Canceled
	}).Write(ctx, interview())
	assert.ErrorIs(t, err, context.Canceled)
}
