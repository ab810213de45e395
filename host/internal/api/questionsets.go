package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
)

// QuestionSetHead is a question set without its questions.
type QuestionSetHead struct {
	ID          string `json:"id" pattern:"^[a-z0-9]+(?:[-_.][a-z0-9]+)*$" maxLength:"64" example:"our-developers" doc:"질문셋 id: 영문 소문자, 숫자, 점, 밑줄, 하이픈. Small letters and digits with dots, underscores or hyphens between"`
	Title       string `json:"title,omitempty" maxLength:"100" example:"우리 회사 개발자 질문" doc:"사람에게 보여 줄 이름. Its name for people"`
	Language    string `json:"language,omitempty" enum:"ko,en" default:"ko" doc:"질문의 언어. Language of the questions"`
	OrgType     string `json:"org_type,omitempty" enum:"일반기업,병원" default:"일반기업" doc:"분야. Kind of organisation"`
	JobName     string `json:"job_name,omitempty" maxLength:"100" doc:"이 직무의 면접에서 쓰입니다. Used in interviews for this job; for all jobs when absent" example:"개발엔지니어링"`
	CompanyName string `json:"company_name,omitempty" maxLength:"100" doc:"이 기업의 면접에서 쓰입니다. Used in interviews of this organisation; of all when absent"`
}

// QuestionSetEntry is a question set in a list.
type QuestionSetEntry struct {
	QuestionSetHead
	Count   int  `json:"count" doc:"질문 수. Number of questions"`
	BuiltIn bool `json:"built_in" doc:"기본 제공 질문셋. It ships with the host"`
}

// QuestionSetBody is a question set as it is kept.
type QuestionSetBody struct {
	QuestionSetHead
	Questions []QuestionBody `json:"questions" minItems:"1" maxItems:"5000" nullable:"false" doc:"질문. The questions, 1 to 5,000"`
}

// QuestionSetAnswer is a question set as it is shown.
type QuestionSetAnswer struct {
	QuestionSetBody
	BuiltIn bool `json:"built_in" doc:"기본 제공 질문셋. It ships with the host"`
}

// QuestionBody is one question.
type QuestionBody struct {
	ID         string   `json:"id,omitempty" maxLength:"64" doc:"생략하면 q1, q2, … Given when absent" example:"dev-05"`
	Level      string   `json:"level,omitempty" enum:"opening,experience,job_knowledge,situation,values,closing" default:"experience" doc:"단계. When in an interview it is asked"`
	Competency string   `json:"competency,omitempty" default:"expertise" doc:"역량 (카탈로그 참고). One of the catalog's"`
	Question   string   `json:"question" minLength:"1" maxLength:"500" example:"최근에 해결한 가장 어려운 문제는 무엇이었나요?" doc:"질문. What is asked"`
	Strong     string   `json:"strong,omitempty" maxLength:"1000" doc:"좋은 답변이 담아야 할 것. What a strong answer covers"`
	FollowUps  []string `json:"follow_ups,omitempty" maxItems:"5" doc:"꼬리질문. Questions that ask for more"`
	Keywords   []string `json:"keywords,omitempty" maxItems:"50" doc:"검색어. Words by which candidates talk about it; never said"`
}

// RefusedFile is a file among the question sets that could not be read.
type RefusedFile struct {
	File   string `json:"file" example:"개발자.csv" doc:"파일 이름. Its name"`
	Reason string `json:"reason" example:"3번째 줄: question이 비어 있습니다" doc:"읽지 못한 이유. What is wrong with it, in Korean"`
}

// QuestionSetsAnswer lists question sets.
type QuestionSetsAnswer struct {
	QuestionSets []QuestionSetEntry `json:"question_sets" nullable:"false" doc:"추가한 질문셋이 먼저. Those that were added come first"`
	Refused      []RefusedFile      `json:"refused" nullable:"false" doc:"읽지 못한 파일. Files that could not be read; what they held before still counts"`
}

type setInput struct {
	Body QuestionSetBody
}

type setByID struct {
	ID string `path:"id" maxLength:"64" example:"development-engineering" doc:"질문셋 id. Id of the set"`
}

type setReplacement struct {
	ID   string `path:"id" maxLength:"64" doc:"질문셋 id. Id of the set"`
	Body QuestionSetBody
}

type setImport struct {
	ID          string `query:"id" required:"true" doc:"질문셋 id. Id of the set" example:"our-developers"`
	Replace     bool   `query:"replace" doc:"같은 id의 질문셋을 바꿉니다. Replaces a set of that id; without it an id that is taken is refused"`
	Title       string `query:"title" doc:"사람에게 보여 줄 이름. Its name for people"`
	Language    string `query:"language" enum:"ko,en" default:"ko" doc:"질문의 언어. Language of the questions"`
	OrgType     string `query:"org_type" enum:"일반기업,병원" default:"일반기업" doc:"분야. Kind of organisation"`
	JobName     string `query:"job_name" doc:"직무명. 생략하면 모든 직무. Job; without it for all jobs"`
	CompanyName string `query:"company_name" doc:"기업/병원명. 생략하면 모든 곳. Company or hospital; without it for all"`
	RawBody     []byte `contentType:"text/csv"`
}

type setOutput struct {
	Body QuestionSetAnswer
}

const questionSetFields = `"id": "our-developers", "title": "우리 회사 개발자 질문", "org_type": "일반기업", "job_name": "개발엔지니어링",
	"questions": [{"level": "experience", "competency": "problem_solving", "question": "최근에 해결한 가장 어려운 문제는 무엇이었나요?",
		"strong": "원인을 찾은 과정과 결과를 수치로 말한다.", "follow_ups": ["왜 그 방법을 고르셨나요?", "다시 한다면 무엇을 바꾸시겠어요?"]}]`

const (
	questionSetExample       = `{` + questionSetFields + `}`
	questionSetAnswerExample = `{` + questionSetFields + `, "built_in": false}`
	questionSetsExample      = `{"question_sets": [
		{"id": "our-developers", "title": "우리 회사 개발자 질문", "language": "ko", "org_type": "일반기업", "job_name": "개발엔지니어링", "count": 1, "built_in": false}],
		"refused": [{"file": "개발자.csv", "reason": "3번째 줄: question이 비어 있습니다"}]}`
)

// badSet are the ways in which a set may not be kept.
func badSet() []int {
	return []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable}
}

func (s *server) registerQuestionSets(api huma.API) {
	const path, one = "/api/interview/question-sets", "/api/interview/question-sets/{id}"
	huma.Register(api, operation(api, call{
		id: "question_sets", method: http.MethodGet, path: path, tag: "interview", summary: "질문셋 목록 · Question sets",
		description: "추가한 질문셋이 먼저 나옵니다.\n\nThose that were added come first.",
		answer:      questionSetsExample,
	}), s.questionSets)
	huma.Register(api, long(operation(api, call{
		id: "create_question_set", method: http.MethodPost, path: path, tag: "interview", summary: "질문셋 추가 · Add a question set",
		description: "바로 다음 질문부터 쓰입니다. 잘못된 질문셋과 이미 있는 id는 이유와 함께 거절됩니다.\n\nIt counts from the next question on. An id that is taken is refused.",
		requests:    []example{{"default", "직무에 질문 추가", questionSetExample}}, answer: questionSetAnswerExample, fails: badSet(),
	})), s.createQuestionSet)
	s.registerQuestionSetImport(api, path+"/import")
	huma.Register(api, operation(api, call{
		id: "question_set", method: http.MethodGet, path: one, tag: "interview", summary: "질문셋 보기 · A question set",
		description: "질문과 좋은 답변의 기준, 꼬리질문을 포함합니다.\n\nWith all questions.", answer: questionSetAnswerExample, fails: []int{http.StatusBadRequest, http.StatusNotFound},
	}), s.questionSet)
	huma.Register(api, long(operation(api, call{
		id: "replace_question_set", method: http.MethodPut, path: one, tag: "interview", summary: "질문셋 바꾸기 · Replace a question set",
		description: "없으면 만듭니다. 기본 질문셋도 바꿀 수 있으며, 삭제하면 되돌아옵니다.\n\nMade when it is missing. A built-in set can be replaced, until the replacement is deleted.",
		requests:    []example{{"default", "질문셋 전체", questionSetExample}}, answer: questionSetAnswerExample, fails: badSet(),
	})), s.replaceQuestionSet)
	huma.Register(api, operation(api, call{
		id: "delete_question_set", method: http.MethodDelete, path: one, tag: "interview", summary: "질문셋 삭제 · Delete a question set",
		description: "기본 질문셋은 삭제할 수 없습니다.\n\nBuilt-in sets stay.", fails: []int{http.StatusBadRequest, http.StatusNotFound},
		answer: `{"status": "deleted"}`,
	}), s.deleteQuestionSet)
}

// long lets the body of an operation be as long as a question set may be.
func long(op huma.Operation) huma.Operation {
	op.MaxBodyBytes = questions.MaxBytes + 1
	op.Responses["413"].Description = "요청 본문이 4 MiB보다 큼 (body larger than 4 MiB)"
	return op
}

func (s *server) registerQuestionSetImport(api huma.API, path string) {
	op := long(operation(api, call{
		id: "import_question_set", method: http.MethodPost, path: path, tag: "interview", summary: "질문셋 CSV 가져오기 · Import a table",
		description: "첫 줄에 열 이름이 있는 CSV(UTF-8, CP949)입니다. question(질문)만 필수이고 id(번호), level(단계), competency(역량), strong(좋은 답변), " +
			"keywords(검색어), follow_up_1, follow_up_2(꼬리질문1, 2)를 쓸 수 있습니다. 이미 있는 id는 `replace=true`일 때만 바꿉니다.\n\nThe body is the table itself, with a line of column names; only `question` is needed. An id that is taken is refused, unless `replace=true`.",
		answer: questionSetAnswerExample, fails: badSet(),
	}))
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	huma.Register(api, op, s.importQuestionSet)
	op.RequestBody.Content["text/csv"] = &huma.MediaType{ // huma has put bytes here
		Schema: &huma.Schema{Type: huma.TypeString}, Example: "질문,단계,역량,좋은 답변\n최근에 해결한 문제는 무엇인가요?,경험,문제 해결,원인과 결과를 말한다.\n",
	}
}

func (s *server) questionSets(context.Context, *struct{}) (*struct{ Body QuestionSetsAnswer }, error) {
	answer := QuestionSetsAnswer{QuestionSets: []QuestionSetEntry{}, Refused: []RefusedFile{}}
	for _, set := range s.Interview.Questions.Sets() {
		answer.QuestionSets = append(answer.QuestionSets, QuestionSetEntry{QuestionSetHead: headOf(set), Count: len(set.Questions), BuiltIn: set.BuiltIn})
	}
	for _, r := range s.Interview.Questions.Refused() {
		answer.Refused = append(answer.Refused, RefusedFile(r))
	}
	return &struct{ Body QuestionSetsAnswer }{answer}, nil
}

func (s *server) questionSet(ctx context.Context, in *setByID) (*setOutput, error) {
	set, err := s.Interview.Questions.Get(in.ID)
	if err != nil {
		return nil, s.report(ctx, err)
	}
	return shown(set), nil
}

func (s *server) createQuestionSet(ctx context.Context, in *setInput) (*setOutput, error) {
	return s.keepQuestionSet(ctx, in.Body.set(), s.Interview.Questions.Create)
}

func (s *server) replaceQuestionSet(ctx context.Context, in *setReplacement) (*setOutput, error) {
	set := in.Body.set()
	if set.ID == "" {
		set.ID = in.ID
	}
	if set.ID != in.ID {
		return nil, invalid("invalid_id", "본문의 id가 주소의 id와 다릅니다")
	}
	return s.keepQuestionSet(ctx, set, s.Interview.Questions.Replace)
}

func (s *server) keepQuestionSet(ctx context.Context, set questions.Set, keep func(questions.Set) error) (*setOutput, error) {
	set, err := questions.Check(set)
	if err == nil {
		err = keep(set)
	}
	if err != nil {
		return nil, s.report(ctx, err)
	}
	return shown(set), nil
}

func (s *server) importQuestionSet(ctx context.Context, in *setImport) (*setOutput, error) {
	if bytes.HasPrefix(in.RawBody, []byte("--")) && bytes.Contains(in.RawBody, []byte("Content-Disposition:")) {
		return nil, invalid("invalid_body", "양식이 아니라 CSV 파일 자체를 본문으로 보내 주세요. 예: curl --data-binary @질문.csv")
	}
	set, err := questions.ParseCSV(in.RawBody, questions.Set{
		ID: in.ID, Title: in.Title, Language: in.Language, OrgType: in.OrgType, JobName: in.JobName, CompanyName: in.CompanyName,
	})
	keep := s.Interview.Questions.Create
	if in.Replace {
		keep = s.Interview.Questions.Replace
	}
	if err == nil {
		err = keep(set)
	}
	if err != nil {
		return nil, s.report(ctx, err)
	}
	return shown(set), nil
}

func (s *server) deleteQuestionSet(ctx context.Context, in *setByID) (*struct{ Body deleted }, error) {
	if err := s.Interview.Questions.Delete(in.ID); err != nil {
		return nil, s.report(ctx, err)
	}
	return &struct{ Body deleted }{deleted{Status: "deleted"}}, nil
}

// deleted says that something is gone.
type deleted struct {
	Status string `json:"status" enum:"deleted" doc:"언제나 deleted. Always deleted"`
}

func headOf(set questions.Set) QuestionSetHead {
	return QuestionSetHead{
		ID: set.ID, Title: set.Title, Language: set.Language, OrgType: set.OrgType, JobName: set.JobName, CompanyName: set.CompanyName,
	}
}

func shown(set questions.Set) *setOutput {
	body := QuestionSetBody{QuestionSetHead: headOf(set), Questions: []QuestionBody{}}
	for _, q := range set.Questions {
		body.Questions = append(body.Questions, QuestionBody{
			ID: q.ID, Level: string(q.Level), Competency: q.Competency, Question: q.Text, Strong: q.Strong, FollowUps: q.FollowUps, Keywords: q.Keywords,
		})
	}
	return &setOutput{Body: QuestionSetAnswer{QuestionSetBody: body, BuiltIn: set.BuiltIn}}
}

func (b QuestionSetBody) set() questions.Set {
	set := questions.Set{
		ID: b.ID, Title: b.Title, Language: b.Language, OrgType: b.OrgType, JobName: b.JobName, CompanyName: b.CompanyName,
	}
	for _, q := range b.Questions {
		set.Questions = append(set.Questions, questions.Question{
			ID: q.ID, Level: questions.Level(q.Level), Competency: q.Competency, Text: q.Question, Strong: q.Strong, FollowUps: q.FollowUps, Keywords: q.Keywords,
		})
	}
	return set
}
