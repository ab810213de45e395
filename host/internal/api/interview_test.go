package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/api"
)

// read decodes an answer that must be good.
func read[T any](t *testing.T, r reply) T {
	t.Helper()
	require.Equal(t, http.StatusOK, r.status, r.body)
	var into T
	require.NoError(t, json.Unmarshal([]byte(r.body), &into))
	return into
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	c := read[api.CatalogAnswer](t, start(t).get(t, "/api/interview/catalog"))
	require.Len(t, c.OrgTypes, 2)
	assert.Equal(t, "일반기업", c.OrgTypes[0].Name)
	names := map[string][]string{}
	for _, o := range c.OrgTypes {
		for _, organisation := range o.Organisations {
			names[o.Name] = append(names[o.Name], organisation.Name)
			assert.NotEmpty(t, organisation.Industry, organisation.Name)
		}
		for _, job := range o.Jobs {
			names[o.Name+" 직무"] = append(names[o.Name+" 직무"], job.Name)
			assert.GreaterOrEqual(t, job.Questions["ko"], 40, job.Name)
			assert.GreaterOrEqual(t, job.Questions["en"], 40, job.Name)
			assert.NotEmpty(t, job.Title)
		}
	}
	assert.Equal(t, map[string][]string{
		"일반기업":    {"삼성전자", "SK하이닉스", "현대자동차", "LG에너지솔루션", "삼성바이오로직스", "기아", "LG전자", "포스코홀딩스", "네이버", "현대모비스"},
		"병원":      {"서울아산병원", "삼성서울병원", "서울대병원", "세브란스병원", "분당서울대병원", "강남세브란스병원", "아주대병원", "서울성모병원", "인하대병원", "경희대병원"},
		"일반기업 직무": {"개발엔지니어링", "마케팅영업", "고객서비스CS", "인사HR", "운영관리", "기획전략", "재무회계", "품질관리QA", "글로벌마케팅", "법무컴플라이언스", "해외영업"},
		"병원 직무":   {"간호사", "국제의료관광코디네이터"},
	}, names, "the document's lists, in their order")
	assert.Len(t, c.Levels, 6)
	assert.Len(t, c.Competencies, 12)
}

const ownSet = `{"id": "own", "job_name": "바리스타", "org_type": "일반기업", "extra": 1, "questions": [
	{"question": "라떼 아트를 어떻게 배우셨나요? 😀", "level": "experience", "competency": "expertise", "follow_ups": ["왜요?"]}]}`

func TestQuestionSets(t *testing.T) {
	t.Parallel()
	r := start(t)
	const sets = "/api/interview/question-sets"
	all := read[api.QuestionSetsAnswer](t, r.get(t, sets))
	assert.GreaterOrEqual(t, len(all.QuestionSets), 46)
	made := read[api.QuestionSetAnswer](t, r.do(t, http.MethodPost, sets, ownSet))
	assert.Equal(t, "q1", made.Questions[0].ID)
	assert.False(t, made.BuiltIn)
	assert.Equal(t, made, read[api.QuestionSetAnswer](t, r.get(t, sets+"/own")))
	assert.Equal(t, "own", read[api.QuestionSetsAnswer](t, r.get(t, sets)).QuestionSets[0].ID, "those of users come first")

	twice := r.do(t, http.MethodPost, sets, ownSet)
	assert.Equal(t, http.StatusBadRequest, twice.status)
	changed := read[api.QuestionSetAnswer](t, r.do(t, http.MethodPut, sets+"/own", strings.Replace(ownSet, `"id": "own", `, "", 1)))
	assert.Equal(t, "own", changed.ID)
	assert.Equal(t, http.StatusBadRequest, r.do(t, http.MethodPut, sets+"/other", ownSet).status)

	table := r.do(t, http.MethodPost, sets+"/import?id=nurses&org_type="+url.QueryEscape("병원")+"&job_name="+url.QueryEscape("간호사"),
		"질문,단계\n야간 근무를 어떻게 준비하시나요?,경험\n", "Content-Type", "text/csv")
	assert.Equal(t, "간호사", read[api.QuestionSetAnswer](t, table).JobName)
	for _, taken := range []string{"nurses", "nurse"} { // built-in ones are taken, too
		again := r.do(t, http.MethodPost, sets+"/import?id="+taken, "질문\n왜 간호사인가요?\n", "Content-Type", "text/csv")
		assert.Equal(t, http.StatusBadRequest, again.status)
		assert.Equal(t, r.do(t, http.MethodPost, sets, `{"id":"`+taken+`","questions":[{"question":"왜요?"}]}`).body, again.body)
	}
	assert.Equal(t, table.json(t), r.get(t, sets+"/nurses").json(t), "and stay as they are")
	form := r.do(t, http.MethodPost, sets+"/import?id=nurses&replace=true", "질문\n왜 간호사인가요?\n", "Content-Type", "application/x-www-form-urlencoded")
	assert.Equal(t, "왜 간호사인가요?", read[api.QuestionSetAnswer](t, form).Questions[0].Question, "curl says form when nobody tells it")

	assert.JSONEq(t, `{"status":"deleted"}`, r.do(t, http.MethodDelete, sets+"/own", "").body)
	gone := r.get(t, sets+"/own")
	assert.Equal(t, http.StatusNotFound, gone.status)
	assert.JSONEq(t, `{"error":"질문셋을 찾을 수 없습니다","code":"not_found"}`, gone.body)
	shipped := r.do(t, http.MethodDelete, sets+"/nurse", "")
	assert.Equal(t, http.StatusBadRequest, shipped.status)
	assert.JSONEq(t, `{"error":"기본 질문셋은 삭제할 수 없습니다","code":"invalid"}`, shipped.body)
}

func TestBadQuestionSets(t *testing.T) {
	t.Parallel()
	r := start(t)
	const sets = "/api/interview/question-sets"
	for name, tc := range map[string]struct{ path, body, message string }{
		"nothing":        {sets, ``, ""},
		"no JSON":        {sets, `{`, "요청 본문이 올바른 JSON이 아닙니다"},
		"no id":          {sets, `{"questions":[{"question":"왜요?"}]}`, "id는 영문 소문자와 숫자"},
		"a path as id":   {sets, `{"id":"../../etc","questions":[{"question":"왜요?"}]}`, "id는 영문 소문자와 숫자"},
		"no questions":   {sets, `{"id":"x"}`, "질문이 하나도 없습니다"},
		"an empty one":   {sets, `{"id":"x","questions":[{"question":"왜요?"},{"question":" "}]}`, "2번째 질문: question이 비어 있습니다"},
		"a wrong level":  {sets, `{"id":"x","questions":[{"question":"왜요?","level":"hard"}]}`, `1번째 질문: "hard"라는 level은 없습니다`},
		"a wrong type":   {sets, `{"id":"x","questions":"왜요?"}`, "questions 필드의 형식이 올바르지 않습니다"},
		"a formula":      {sets + "/import?id=x", "질문\n=1+1\n", "2번째 줄: question 값이 수식처럼"},
		"no column":      {sets + "/import?id=x", "a\nb\n", `1번째 줄: "a"라는 열은 없습니다`},
		"no id to table": {sets + "/import", "질문\n왜요?\n", "주소에 id 값이 필요합니다"},
		"no table":       {sets + "/import?id=x", "", "요청 본문이 비어 있습니다"},
		"a wrong flag":   {sets + "/import?id=x&replace=perhaps", "질문\n왜요?\n", "주소의 replace 값이 올바르지 않습니다"},
		"a wrong kind":   {sets + "/import?id=x&org_type=school", "질문\n왜요?\n", "주소의 org_type 값이 올바르지 않습니다"},
		"a form":         {sets + "/import?id=x", "--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n질문\n왜요?\n--x--", "CSV 파일 자체를 본문으로"},
	} {
		got := r.do(t, http.MethodPost, tc.path, tc.body)
		assert.Equal(t, http.StatusBadRequest, got.status, name)
		assert.Contains(t, got.body, strings.ReplaceAll(tc.message, `"`, `\"`), name)
	}
	for path, message := range map[string]string{
		"/api/prompt?org_type=school": "주소의 org_type 값이 올바르지 않습니다", sets + "/" + strings.Repeat("x", 70): "주소의 id 값이 올바르지 않습니다",
	} {
		got := r.get(t, path)
		assert.Equal(t, http.StatusBadRequest, got.status, path)
		assert.JSONEq(t, `{"error":"`+message+`","code":"invalid_request"}`, got.body, path)
	}
}

// A client that sends too much hears why, and is not cut off while it sends.
func TestLongQuestionSets(t *testing.T) {
	t.Parallel()
	r := start(t)
	const sets = "/api/interview/question-sets"
	body := func(id string, rows int) string {
		var all strings.Builder
		fmt.Fprintf(&all, `{"id":%q,"questions":[`, id)
		for n := range rows {
			fmt.Fprintf(&all, `{"question":"%d번째 질문은 무엇인가요?","strong":%q},`, n, strings.Repeat("가", 100))
		}
		return strings.TrimSuffix(all.String(), ",") + "]}"
	}
	assert.Equal(t, http.StatusOK, r.do(t, http.MethodPost, sets, body("long", 5000)).status, "more than a megabyte")
	assert.Contains(t, r.do(t, http.MethodPost, sets, body("longer", 5001)).body, "질문은 한 세트에 5000개까지")
	for path, body := range map[string]string{
		sets: body("longest", 100000), sets + "/import?id=longest": "질문\n" + strings.Repeat("어떻게 하시겠어요?\n", 1000000),
	} {
		got := r.do(t, http.MethodPost, path, body)
		assert.Equal(t, http.StatusRequestEntityTooLarge, got.status, path)
		assert.JSONEq(t, `{"error":"요청 본문이 너무 큽니다 (최대 4MB)","code":"too_large"}`, got.body, path)
	}
}

func TestPrompt(t *testing.T) {
	t.Parallel()
	r := start(t)
	query := "?company_name=" + url.QueryEscape("Samsung Electronics") + "&job_name=" + url.QueryEscape("개발 엔지니어링")
	before := read[api.PromptAnswer](t, r.get(t, "/api/prompt"+query))
	assert.True(t, strings.HasPrefix(before.Prompt, "당신은 면접관입니다. 삼성전자의 개발엔지니어링 직무"), before.Prompt)
	assert.Contains(t, before.Prompt, "좋은 답변:", "questions of the set")
	require.Len(t, before.Prompts, 4)
	english := read[api.PromptAnswer](t, r.get(t, "/api/prompt?language=en&company_name="+url.QueryEscape("네이버"))).Prompt
	assert.Contains(t, english, "You are holding a job interview at NAVER. Speak English.\nAbout NAVER (in Korean)")
	put := func(body string) reply { return r.do(t, http.MethodPut, "/api/prompt", body) }
	assert.True(t, read[api.PromptTemplate](t, put(`{"template":"{{.Company}} 면접관"}`)).Overridden)
	assert.Equal(t, "삼성전자 면접관", read[api.PromptAnswer](t, r.get(t, "/api/prompt"+query)).Prompt)
	bad := put(`{"template":"{{.Nothing}}"}`)
	assert.Equal(t, http.StatusBadRequest, bad.status)
	assert.Contains(t, bad.body, "prompt:1:2")
	assert.Equal(t, http.StatusBadRequest, put(`{"language":"jp","template":"x"}`).status)
	assert.False(t, read[api.PromptTemplate](t, put(`{}`)).Overridden)
	assert.Equal(t, before, read[api.PromptAnswer](t, r.get(t, "/api/prompt"+query)))
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	r := start(t)
	require.Equal(t, http.StatusOK, r.do(t, http.MethodPost, "/api/chat", `{"message":"안녕하세요\n반갑습니다","sid":"a b"}`).status)
	require.Equal(t, http.StatusOK, r.do(t, http.MethodPost, "/api/chat", `{"message":"다른 사람","sid":"c"}`).status)
	got := read[api.TranscriptAnswer](t, r.get(t, "/api/sessions/a%20b/transcript"))
	require.Len(t, got.Messages, 2)
	assert.Equal(t, []string{"user", "안녕하세요\n반갑습니다"}, []string{got.Messages[0].Role, got.Messages[0].Content})
	assert.False(t, got.Messages[1].At.Before(got.StartedAt.Add(-1e9)))
	text := r.get(t, "/api/sessions/a%20b/transcript?format=markdown")
	assert.Equal(t, "text/markdown; charset=utf-8", text.header.Get("Content-Type"))
	assert.Contains(t, text.body, "\n> 안녕하세요  \n> 반갑습니다\n")
	assert.Equal(t, text.body, r.get(t, "/api/sessions/a%20b/transcript", "Accept", "text/markdown").body)

	assert.Equal(t, http.StatusOK, r.do(t, http.MethodDelete, "/api/sessions/a%20b", "").status)
	gone := r.get(t, "/api/sessions/a%20b/transcript")
	assert.Equal(t, http.StatusNotFound, gone.status)
	assert.JSONEq(t, `{"error":"저장된 대화가 없습니다","code":"not_found"}`, gone.body)
	assert.Equal(t, http.StatusOK, r.get(t, "/api/sessions/c/transcript").status)
	require.Equal(t, http.StatusOK, r.do(t, http.MethodPost, "/api/chat", `{"message":"네","sid":"d","history":[]}`).status)
	assert.Equal(t, http.StatusNotFound, r.get(t, "/api/sessions/d/transcript").status, "with a history nothing is kept")
}

// What was said stays what was said: nothing of it becomes a heading, a link, a list, HTML or the end of the quotation.
func TestTranscriptsKeepMarkdownOut(t *testing.T) {
	t.Parallel()
	r := start(t)
	said := "# 제목\r**굵게** <b>a</b> [b](http://c) `d` ![e](f)\n\n1. g\n- h\n---\n> i | j &amp; www.k.kr l@m.kr ~~n~~ \\o"
	body, err := json.Marshal(map[string]string{"message": said, "sid": "md"})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.do(t, http.MethodPost, "/api/chat", string(body)).status)
	text := r.get(t, "/api/sessions/md/transcript?format=markdown").body
	want := "> \\# 제목  \n> \\*\\*굵게\\*\\* \\<b\\>a\\</b\\> \\[b\\](http\\://c) \\`d\\` \\!\\[e\\](f)  \n>   \n> 1\\. g  \n> \\- h  \n> \\---  \n" +
		"> \\> i \\| j \\&amp; www\\.k.kr l\\@m.kr \\~\\~n\\~\\~ \\\\o\n"
	assert.Contains(t, text, want)
}

// The name of a cookie's session can be seen by others, so that it opens nothing.
func TestACookiesSessionIsItsOwn(t *testing.T) {
	t.Parallel()
	r := start(t)
	first := r.do(t, http.MethodPost, "/api/chat", `{"message":"하나"}`)
	cookie, _, _ := strings.Cut(first.header.Get("Set-Cookie"), ";")
	second := r.do(t, http.MethodPost, "/api/chat", `{"message":"둘"}`, "Cookie", cookie)
	sid := second.header.Get("X-Session-Id")
	elsewhere := []string{"X-Forwarded-For", "203.0.113.9"}
	assert.Equal(t, http.StatusNotFound, r.get(t, "/api/sessions/"+sid+"/transcript", elsewhere...).status)
	assert.Equal(t, http.StatusOK, r.do(t, http.MethodDelete, "/api/sessions/"+sid, "", elsewhere...).status, "deleting what is not yours does nothing")
	own := read[api.TranscriptAnswer](t, r.get(t, "/api/sessions/"+sid+"/transcript", append(elsewhere, "Cookie", cookie)...))
	assert.Len(t, own.Messages, 4)
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := start(t)
	got := read[api.ReportAnswer](t, r.do(t, http.MethodPost, "/api/interview/report", `{"job_name":"개발엔지니어링","history":[
		{"role":"assistant","content":"재현하기 어려운 버그를 쫓아가 보신 적이 있나요?"},
		{"role":"user","content":"인턴 때 제가 로그를 추가해서 원인을 분석했고, 그 결과 장애가 3건에서 0건으로 줄었습니다."}]}`))
	assert.Equal(t, "rules", got.Method)
	require.Len(t, got.Competencies, 1)
	assert.Equal(t, "문제 해결", got.Competencies[0].Label)
	assert.Equal(t, 5, got.Competencies[0].Score)
	assert.NotEmpty(t, got.Rules)

	require.Equal(t, http.StatusOK, r.do(t, http.MethodPost, "/api/chat", `{"message":"I was an intern and I built a test bench.","sid":"x"}`).status)
	kept := read[api.ReportAnswer](t, r.do(t, http.MethodPost, "/api/interview/report", `{"sid":"x"}`))
	assert.Equal(t, "en", kept.Language)
	blank := r.do(t, http.MethodPost, "/api/interview/report", `{"history":[{"role":"user","content":" "}]}`)
	assert.Contains(t, blank.body, "평가할 답변이 없습니다")
	many := `{"history":[` + strings.Repeat(`{"role":"assistant","content":"협업은요?"},{"role":"user","content":"제가 자료를 정리했습니다."},`, 5000)
	long := read[api.ReportAnswer](t, r.do(t, http.MethodPost, "/api/interview/report", strings.TrimSuffix(many, ",")+"]}"))
	assert.Contains(t, long.Summary, "답변 500개 가운데", "the last thousand messages are judged")
	nothing := r.do(t, http.MethodPost, "/api/interview/report", `{"history":[]}`)
	assert.Equal(t, http.StatusBadRequest, nothing.status)
	assert.Contains(t, nothing.body, "평가할 답변이 없습니다")
	assert.Equal(t, http.StatusBadRequest, r.do(t, http.MethodPost, "/api/interview/report", `{"history":[{"role":"x","content":"y"}]}`).status)
}
