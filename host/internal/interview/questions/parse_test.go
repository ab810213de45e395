package questions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/korean"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
	"github.com/visavis-dev/visavis/sdk/fault"
)

const small = `id: barista
job_name: 바리스타
questions:
  - question: 라떼 아트를 어떻게 배우셨나요?
  - {id: own, level: 상황, competency: 고객 지향, question: "주문이 밀리면 어떻게 하시겠어요?", strong: 순서를 정한다., follow_ups: ["왜 그런가요?", ""]}
`

func TestParseYAML(t *testing.T) {
	t.Parallel()
	set, err := questions.ParseYAML([]byte(small))
	require.NoError(t, err)
	want := questions.Set{
		ID: "barista", Language: "ko", OrgType: "일반기업", JobName: "바리스타", Questions: []questions.Question{
			{ID: "q1", Level: questions.Experience, Competency: "expertise", Text: "라떼 아트를 어떻게 배우셨나요?"},
			{
				ID: "own", Level: questions.Situation, Competency: "customer", Text: "주문이 밀리면 어떻게 하시겠어요?",
				Strong: "순서를 정한다.", FollowUps: []string{"왜 그런가요?"},
			},
		},
	}
	assert.Equal(t, want, set)
	checked, err := questions.Check(set)
	require.NoError(t, err)
	assert.Equal(t, want, checked, "what is right stays as it is")
}

func TestBadYAML(t *testing.T) {
	t.Parallel()
	head := "id: x\nquestions:\n"
	for name, tc := range map[string]struct{ text, reason string }{
		"empty":            {"", "파일이 비어 있습니다"},
		"a list":           {"- a", "1번째 줄: '이름: 값'의 목록이어야 합니다"},
		"two documents":    {small + "---\n" + small, "문서가 하나여야 합니다"},
		"syntax":           {"id: x\nquestions: [\n", "줄: YAML 또는 JSON 형식이 올바르지 않습니다"},
		"unknown field":    {"id: x\nkind: y\n", `2번째 줄: "kind"라는 필드는 없습니다`},
		"twice":            {"id: x\nid: y\n", `2번째 줄: "id" 필드가 두 번 있습니다`},
		"no questions":     {"id: x\n", "1번째 줄: 질문이 하나도 없습니다"},
		"bad id":           {"id: ../x\nquestions: [{question: \"왜요?\"}]\n", "1번째 줄: id는 영문 소문자와"},
		"bad language":     {"id: x\nlanguage: jp\nquestions: [{question: \"왜요?\"}]\n", "language는 ko 또는 en"},
		"bad org type":     {"id: x\norg_type: 학교\nquestions: [{question: \"왜요?\"}]\n", "org_type은 일반기업 또는 병원"},
		"a question alone": {head + "  - 왜요?\n", "3번째 줄: '이름: 값'의 목록이어야 합니다"},
		"no text":          {head + "  - {id: a}\n", "3번째 줄: question이 비어 있습니다"},
		"a list as text":   {head + "  - {question: [a]}\n", "3번째 줄: question 값은 글이어야 합니다"},
		"bad level":        {head + "  - {question: \"왜요?\"}\n  - {question: \"뭐죠?\", level: hard}\n", `4번째 줄: "hard"라는 level은 없습니다`},
		"bad competency":   {head + "  - {question: \"왜요?\", competency: magic}\n", `"magic"라는 competency는 없습니다. communication,`},
		"same id":          {head + "  - {id: a, question: \"왜요?\"}\n  - {id: a, question: \"뭐죠?\"}\n", `4번째 줄: "a"라는 id는 3번째에 이미 있습니다`},
		"same question":    {head + "  - {question: \"왜 그런가요?\"}\n  - {question: \"왜  그런가요?\"}\n", "4번째 줄: 같은 질문이 3번째에 이미 있습니다"},
		"formula":          {head + "  - {question: \"=HYPERLINK(1)\"}\n", "3번째 줄: question 값이 수식처럼 '=' 기호로 시작합니다"},
		"formula behind":   {head + "  - {question: \"왜요?\", follow_ups: [\"  =cmd()\"]}\n", "3번째 줄: follow_ups 값이 수식처럼 '='"},
		"minus":            {head + "  - {question: \"-2+3\"}\n", "수식처럼 '-'"},
		"wide sign":        {head + "  - {question: \"＝1+1\"}\n", "수식처럼 '＝'"},
		"turned around":    {head + "  - {question: \"왜\\u202e요\"}\n", "question 값에 제어 문자가 있습니다"},
		"control":          {head + "  - {question: \"왜\\u0007요\"}\n", "제어 문자가 있습니다"},
		"long":             {head + "  - {question: " + strings.Repeat("가", 501) + "}\n", "500자까지"},
		"bomb":             {"a: &a [x,x]\nb: &b [*a,*a]\nid: x\nquestions: [*b]\n", "1번째 줄: YAML의 앵커(&)와 별칭(*)은 쓸 수 없습니다"},
		"bytes":            {"id: \xff", "파일이 UTF-8이 아닙니다"},
		"huge":             {strings.Repeat(" ", questions.MaxBytes+1), "4 MiB보다 큽니다"},
	} {
		_, err := questions.ParseYAML([]byte(tc.text))
		assert.Equal(t, fault.Invalid, fault.KindOf(err), name)
		assert.Contains(t, fault.HintOf(err), tc.reason, name)
	}
}

func TestParseCSV(t *testing.T) {
	t.Parallel()
	head := questions.Set{ID: "barista", JobName: "바리스타"}
	raw := "\xef\xbb\xbf질문,단계,역량,좋은 답변,꼬리질문1,꼬리질문2,검색어\r\n" +
		"\"주문이 밀리면, 어떻게 하시겠어요?\",상황,고객 지향,순서를 정한다.,왜 그런가요?,,\"점심시간, rush hour,\"\r\n라떼 아트를 어떻게 배우셨나요?,,,,,,\r\n"
	set, err := questions.ParseCSV([]byte(raw), head)
	require.NoError(t, err)
	require.Len(t, set.Questions, 2)
	assert.Equal(t, questions.Question{
		ID: "q1", Level: questions.Situation, Competency: "customer", Text: "주문이 밀리면, 어떻게 하시겠어요?",
		Strong: "순서를 정한다.", FollowUps: []string{"왜 그런가요?"}, Keywords: []string{"점심시간", "rush hour"},
	}, set.Questions[0])
	for name, tc := range map[string]struct{ text, reason string }{
		"empty":          {"", "파일이 비어 있습니다"},
		"only names":     {"question\n", "질문이 하나도 없습니다"},
		"unknown column": {"question,price\n", `1번째 줄: "price"라는 열은 없습니다`},
		"no question":    {"id\na\n", "1번째 줄: 첫 줄에 question(질문) 열이"},
		"column twice":   {"question,질문\n", `1번째 줄: "질문" 열이 두 번 있습니다`},
		"no name":        {"question,\n왜요?,a\n", "2번째 줄: 2번째 열에 이름이 없습니다"},
		"all in one":     {"질문 왜 오셨나요? 저희 회사를 어떻게 알게 되셨는지 말씀해 주세요", `되셨는지 …"라는 열은 없습니다`},
		"short row":      {"question,id\n왜요?,a\n뭐죠?\n", "3번째 줄: 열의 개수가 첫 줄과 다릅니다"},
		"quotes":         {"question\n\"왜요\n", "CSV 형식이 올바르지 않습니다"},
		"formula":        {"question\n왜요?\n=cmd|' /C calc'!A0\n", "3번째 줄: question 값이 수식처럼 '=' 기호로"},
		"another code":   {"\xff\xfequestion\n", "'CSV UTF-8'로 저장해 주세요"},
	} {
		_, err := questions.ParseCSV([]byte(tc.text), head)
		assert.Equal(t, fault.Invalid, fault.KindOf(err), name)
		assert.Contains(t, fault.HintOf(err), tc.reason, name)
	}
}

// What spreadsheets write: another separator, CP949, columns and rows without anything in them, line breaks in a cell.
func TestTablesOfSpreadsheets(t *testing.T) {
	t.Parallel()
	const plain = "꼬리 질문1,질 문,단계\n어땠나요?,왜 오셨나요?,상황\n"
	cp949, err := korean.EUCKR.NewEncoder().String(plain)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"plain":      plain,
		"cp949":      cp949,
		"semicolons": strings.ReplaceAll(plain, ",", ";"),
		"tabs":       strings.ReplaceAll(plain, ",", "\t"),
		"empty ends": "꼬리질문1,질문,단계,,\r\n어땠나요?,왜 오셨나요?,상황,,\r\n,,,,\r\n",
		"line break": "꼬리질문1,질문,단계\n\"어땠나요?\n\",\"왜\n오셨나요?\",상황\n",
	} {
		set, err := questions.ParseCSV([]byte(text), questions.Set{ID: "x"})
		require.NoError(t, err, name)
		assert.Equal(t, []questions.Question{{
			ID: "q1", Level: questions.Situation, Competency: "expertise", Text: "왜 오셨나요?", FollowUps: []string{"어땠나요?"},
		}}, set.Questions, name)
	}
	_, err = questions.ParseCSV([]byte(plain), questions.Set{ID: "../x"})
	assert.True(t, strings.HasPrefix(fault.HintOf(err), "id는 영문"), "an id beside the table has no line in it: %s", fault.HintOf(err))
}

func TestCheckTidies(t *testing.T) {
	t.Parallel()
	set, err := questions.Check(questions.Set{ID: "x", JobName: " 바리스타 ", Questions: []questions.Question{
		{Text: " 왜\n오셨나요? ", FollowUps: []string{" ", "어땠나요? "}, Keywords: []string{"", " 커피"}},
	}})
	require.NoError(t, err)
	assert.Equal(t, "바리스타", set.JobName)
	assert.Equal(t, questions.Question{
		ID: "q1", Level: questions.Experience, Competency: "expertise", Text: "왜 오셨나요?", FollowUps: []string{"어땠나요?"}, Keywords: []string{"커피"},
	}, set.Questions[0])
}

// Labels are shown to people: no name of a Go type slips into them.
func TestLabels(t *testing.T) {
	t.Parallel()
	for _, l := range append(questions.Competencies(), questions.LevelLabels()...) {
		assert.Equal(t, strings.ToLower(l.EN[1:]), l.EN[1:], "one capital letter at most: %q", l.EN)
		assert.Regexp(t, `^[가-힣 ]+$`, l.KO)
	}
	assert.Contains(t, questions.Competencies(), questions.Label{ID: "problem_solving", KO: "문제 해결", EN: "Problem solving"})
}

func TestAHundredThousandRows(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString("question\n")
	for i := range 100000 {
		fmt.Fprintln(&rows, "질문", i)
	}
	_, err := questions.ParseCSV([]byte(rows.String()), questions.Set{ID: "x"})
	assert.Contains(t, fault.HintOf(err), "5002번째 줄: 질문은 한 세트에 5000개까지")
	set := questions.Set{ID: "x", Questions: make([]questions.Question, questions.MaxQuestions+1)}
	_, err = questions.Check(set)
	assert.Contains(t, fault.HintOf(err), "5001번째 질문: 질문은 한 세트에 5000개까지")
}
