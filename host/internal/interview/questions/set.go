// Package questions reads, checks and keeps question sets: those that ship, and those that users add. It neither searches
// them nor asks anything.
package questions

import (
	"regexp"
	"slices"
)

// Bounds of what users may add.
const (
	// MaxBytes of a set as a file.
	MaxBytes = 4 << 20
	// MaxQuestions of a set.
	MaxQuestions = 5000
	// MaxSets that users may add.
	MaxSets = 500
	// maxText bounds every text, in characters.
	maxText = 500
	// maxName bounds names of organisations and jobs, in characters.
	maxName = 100
	// maxKeywords of a question, and the length of one, in characters.
	maxKeywords, maxKeyword = 50, 60
)

// Level is the part of an interview that a question belongs to.
type Level string

// The levels in the order of an interview.
const (
	Opening      Level = "opening"
	Experience   Level = "experience"
	JobKnowledge Level = "job_knowledge"
	Situation    Level = "situation"
	Values       Level = "values"
	Closing      Level = "closing"
)

// Levels gives all levels in the order of an interview.
func Levels() []Level { return []Level{Opening, Experience, JobKnowledge, Situation, Values, Closing} }

// Label is a name in both languages.
type Label struct {
	ID string
	KO string
	EN string
}

// Competencies gives what questions may be about.
func Competencies() []Label {
	return []Label{
		{"communication", "의사소통", "Communication"},
		{"problem_solving", "문제 해결", "Problem solving"},
		{"teamwork", "협업", "Teamwork"},
		{"leadership", "주도성", "Leadership"},
		{"expertise", "직무 전문성", "Expertise"},
		{"motivation", "지원 동기", "Motivation"},
		{"integrity", "윤리와 책임감", "Integrity"},
		{"adaptability", "적응과 학습", "Adaptability"},
		{"customer", "고객 지향", "Customer focus"},
		{"analysis", "분석과 판단", "Analysis"},
		{"planning", "계획과 실행", "Planning"},
		{"global", "글로벌 역량", "Global mindset"},
	}
}

// LevelLabels are the names of levels, as people write them into tables too.
func LevelLabels() []Label {
	return []Label{
		{string(Opening), "도입", "opening"},
		{string(Experience), "경험", "experience"},
		{string(JobKnowledge), "직무", "job knowledge"},
		{string(Situation), "상황", "situation"},
		{string(Values), "가치관", "values"},
		{string(Closing), "마무리", "closing"},
	}
}

// Set is a list of questions for a job, an organisation, or for all of an organisation type.
type Set struct {
	// ID is unique: lower-case words joined by dashes.
	ID string
	// Title is for people; it may be empty.
	Title string
	// Language is ko or en.
	Language string
	// OrgType is one of the document's.
	OrgType string
	// JobName, when there is one, is the job that the questions are for.
	JobName string
	// CompanyName, when there is one, is the organisation that the questions are for.
	CompanyName string
	Questions   []Question
	// BuiltIn says that the set ships with the host.
	BuiltIn bool
}

// Question is one question with what an interviewer needs to judge the answer.
type Question struct {
	// ID is unique in its set.
	ID         string
	Level      Level
	Competency string
	Text       string
	// Strong is what a strong answer covers; it may be empty.
	Strong string
	// FollowUps ask for more; there may be none.
	FollowUps []string
	// Keywords are words by which candidates talk about it; they help to find it and are never said.
	Keywords []string
}

var idPattern = regexp.MustCompile(`^[a-z0-9]+(?:[-_.][a-z0-9]+)*$`)

// KnownCompetency tells whether a competency is one of Competencies.
func KnownCompetency(id string) bool {
	return slices.ContainsFunc(Competencies(), func(l Label) bool { return l.ID == id })
}
