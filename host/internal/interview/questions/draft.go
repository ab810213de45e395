package questions

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// draft is a set as it was written, with the lines that errors name.
type draft struct {
	line      int
	set       Set
	questions []row
}

// row is a question as it was written.
type row struct {
	line     int
	question Question
}

// check makes a set of a draft, or says what is wrong first.
func (d *draft) check() (Set, error) {
	if err := d.checkHead(); err != nil {
		return Set{}, err
	}
	switch n := len(d.questions); {
	case n == 0:
		return Set{}, wrong(d.line, "질문이 하나도 없습니다")
	case n > MaxQuestions:
		return Set{}, wrong(d.questions[MaxQuestions].line, "질문은 한 세트에 %d개까지 넣을 수 있습니다", MaxQuestions)
	}
	ids, texts := map[string]int{}, map[string]int{}
	for i := range d.questions {
		r := &d.questions[i]
		if r.question.ID == "" {
			r.question.ID = fmt.Sprintf("q%d", i+1)
		}
		if err := r.check(); err != nil {
			return Set{}, err
		}
		if first, twice := ids[r.question.ID]; twice {
			return Set{}, wrong(r.line, "%q라는 id는 %d번째에 이미 있습니다", r.question.ID, first)
		}
		same := strings.Join(strings.Fields(r.question.Text), "")
		if first, twice := texts[same]; twice {
			return Set{}, wrong(r.line, "같은 질문이 %d번째에 이미 있습니다", first)
		}
		ids[r.question.ID], texts[same] = r.line, r.line
		d.set.Questions = append(d.set.Questions, r.question)
	}
	return d.set, nil
}

func (d *draft) checkHead() error {
	s := &d.set
	s.Title, s.JobName, s.CompanyName = oneLine(s.Title), oneLine(s.JobName), oneLine(s.CompanyName)
	if s.Language == "" {
		s.Language = "ko"
	}
	if s.OrgType == "" {
		s.OrgType = "일반기업"
	}
	switch {
	case len(s.ID) > 64 || !idPattern.MatchString(s.ID):
		return wrong(d.line, "id는 영문 소문자와 숫자, '-'로 64자까지 쓸 수 있습니다")
	case s.Language != "ko" && s.Language != "en":
		return wrong(d.line, "language는 ko 또는 en이어야 합니다")
	case s.OrgType != "일반기업" && s.OrgType != "병원":
		return wrong(d.line, "org_type은 일반기업 또는 병원이어야 합니다")
	}
	for name, text := range map[string]string{"job_name": s.JobName, "company_name": s.CompanyName, "title": s.Title} {
		if err := checkText(d.line, name, text, maxName); err != nil {
			return err
		}
	}
	return nil
}

func (r *row) check() error {
	q := &r.question
	q.Text, q.Strong, q.FollowUps, q.Keywords = oneLine(q.Text), oneLine(q.Strong), oneLines(q.FollowUps), oneLines(q.Keywords)
	if len(q.ID) > 64 || !idPattern.MatchString(q.ID) {
		return wrong(r.line, "질문의 id는 영문 소문자와 숫자, '-'로 64자까지 쓸 수 있습니다")
	}
	if q.Text == "" {
		return wrong(r.line, "question이 비어 있습니다")
	}
	level, known := named(LevelLabels(), string(q.Level), string(Experience))
	if !known {
		return wrong(r.line, "%q라는 level은 없습니다. opening, experience, job_knowledge, situation, values, closing 중에서 골라 주세요", q.Level)
	}
	competency, known := named(Competencies(), q.Competency, "expertise")
	if !known {
		return wrong(r.line, "%q라는 competency는 없습니다. %s 중에서 골라 주세요", q.Competency, strings.Join(competencyIDs(), ", "))
	}
	q.Level, q.Competency = Level(level), competency
	if len(q.FollowUps) > 5 {
		return wrong(r.line, "follow_ups는 5개까지 쓸 수 있습니다")
	}
	if err := checkText(r.line, "question", q.Text, maxText); err != nil {
		return err
	}
	if err := checkText(r.line, "strong", q.Strong, 2*maxText); err != nil {
		return err
	}
	for _, f := range q.FollowUps {
		if err := checkText(r.line, "follow_ups", f, maxText); err != nil {
			return err
		}
	}
	if len(q.Keywords) > maxKeywords {
		return wrong(r.line, "keywords는 %d개까지 쓸 수 있습니다", maxKeywords)
	}
	for _, k := range q.Keywords {
		if err := checkText(r.line, "keywords", k, maxKeyword); err != nil {
			return err
		}
	}
	return nil
}

// named finds an id by itself or by its label in any language; nothing given takes otherwise.
func named(labels []Label, given, otherwise string) (id string, known bool) {
	given = strings.TrimSpace(given)
	if given == "" {
		return otherwise, true
	}
	at := slices.IndexFunc(labels, func(l Label) bool {
		return strings.EqualFold(given, l.ID) || given == l.KO || strings.EqualFold(given, l.EN)
	})
	if at < 0 {
		return "", false
	}
	return labels[at].ID, true
}

func competencyIDs() []string {
	var ids []string
	for _, l := range Competencies() {
		ids = append(ids, l.ID)
	}
	return ids
}

// oneLine takes line breaks and doubled spaces out of a text: it is spoken, and cells of tables have them by accident.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// oneLines leaves out empty texts too.
func oneLines(texts []string) []string {
	var all []string
	for _, text := range texts {
		if text = oneLine(text); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// formula are the signs with which spreadsheets begin a formula, the wide ones of Korean keyboards too.
const formula = "=+-@|＝＋－＠｜"

// checkText refuses what cannot be spoken, what turns the direction of writing, and what a spreadsheet would take for a
// formula.
func checkText(line int, field, text string, most int) error {
	first, _ := utf8.DecodeRuneInString(text)
	switch {
	case utf8.RuneCountInString(text) > most:
		return wrong(line, "%s 값은 %d자까지 쓸 수 있습니다", field, most)
	case strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }):
		return wrong(line, "%s 값에 제어 문자가 있습니다", field)
	case text != "" && strings.ContainsRune(formula, first):
		return wrong(line, "%s 값이 수식처럼 '%c' 기호로 시작합니다", field, first)
	}
	return nil
}
