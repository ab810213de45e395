package questions

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
)

// columns are the names that a CSV's first line may use for a field, without their spaces.
func columns() map[string][]string {
	return map[string][]string{
		"question":    {"question", "질문"},
		"id":          {"id", "번호"},
		"level":       {"level", "단계", "수준"},
		"competency":  {"competency", "역량"},
		"strong":      {"strong", "좋은답변", "평가기준"},
		"keywords":    {"keywords", "검색어", "키워드"},
		"follow_up_1": {"follow_up_1", "꼬리질문1"},
		"follow_up_2": {"follow_up_2", "꼬리질문2"},
	}
}

// ParseCSV reads the questions of a set, whose other fields come from head, from a table with a line of column names, as
// spreadsheets write it: with commas, semicolons or tabs, in UTF-8 or CP949. Only a column "question" is needed. Errors are
// fault.Invalid with the line and the reason.
func ParseCSV(raw []byte, head Set) (Set, error) {
	rows, err := readCSV(raw)
	if err != nil {
		return Set{}, invalid(err)
	}
	head.Questions, head.BuiltIn = nil, false
	d := &draft{set: head, questions: rows}
	set, err := d.check()
	if err != nil {
		return Set{}, invalid(err)
	}
	return set, nil
}

func readCSV(raw []byte) ([]row, error) {
	if len(raw) > MaxBytes {
		return nil, wrong(0, "파일이 %d MiB보다 큽니다", MaxBytes>>20)
	}
	raw, err := decode(raw)
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(raw))
	reader.Comma, reader.TrimLeadingSpace, reader.FieldsPerRecord = separator(raw), true, -1
	names, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, wrong(0, "파일이 비어 있습니다")
	}
	if err != nil {
		return nil, csvSyntax(err)
	}
	fields, err := fieldsOf(names)
	if err != nil {
		return nil, err
	}
	var rows []row
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, csvSyntax(err)
		}
		line, _ := reader.FieldPos(0)
		if strings.Join(cells, "") == "" {
			continue
		}
		if len(rows) >= MaxQuestions {
			return nil, wrong(line, "질문은 한 세트에 %d개까지 넣을 수 있습니다", MaxQuestions)
		}
		r, err := rowOf(line, fields, cells)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
}

// decode gives the table as UTF-8, without the mark that spreadsheets put in front. Korean ones write CP949 when nobody
// tells them otherwise.
func decode(raw []byte) ([]byte, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if utf8.Valid(raw) {
		return raw, nil
	}
	decoded, err := korean.EUCKR.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) || bytes.IndexByte(decoded, 0) >= 0 {
		return nil, wrong(0, "파일의 글자를 읽을 수 없습니다. 'CSV UTF-8'로 저장해 주세요")
	}
	return decoded, nil
}

// separator is what parts the column names.
func separator(raw []byte) rune {
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	for _, mark := range []rune{',', ';', '\t'} {
		if bytes.ContainsRune(first, mark) {
			return mark
		}
	}
	return ','
}

// fieldsOf names the field of each column; one without a name has none, and must be empty.
func fieldsOf(names []string) ([]string, error) {
	fields := make([]string, len(names))
	seen := map[string]bool{}
	for i, name := range names {
		if strings.TrimSpace(name) == "" {
			continue
		}
		fields[i] = fieldOf(name)
		switch {
		case fields[i] == "":
			return nil, wrong(1, "%q라는 열은 없습니다", shortened(name))
		case seen[fields[i]]:
			return nil, wrong(1, "%q 열이 두 번 있습니다", name)
		}
		seen[fields[i]] = true
	}
	if !seen["question"] {
		return nil, wrong(1, "첫 줄에 question(질문) 열이 있어야 합니다")
	}
	return fields, nil
}

func fieldOf(name string) string {
	name = strings.Join(strings.Fields(name), "")
	for field, aliases := range columns() {
		for _, alias := range aliases {
			if strings.EqualFold(name, alias) {
				return field
			}
		}
	}
	return ""
}

// shortened keeps a whole table that came as one line out of a message.
func shortened(name string) string {
	if runes := []rune(name); len(runes) > 30 {
		return string(runes[:30]) + "…"
	}
	return name
}

func rowOf(line int, fields, cells []string) (row, error) {
	r := row{line: line}
	if len(cells) != len(fields) {
		return r, wrong(line, "열의 개수가 첫 줄과 다릅니다")
	}
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		switch fields[i] {
		case "":
			if cell != "" {
				return r, wrong(line, "%d번째 열에 이름이 없습니다", i+1)
			}
		case "question":
			r.question.Text = cell
		case "id":
			r.question.ID = cell
		case "level":
			r.question.Level = Level(cell)
		case "competency":
			r.question.Competency = cell
		case "strong":
			r.question.Strong = cell
		case "keywords":
			r.question.Keywords = strings.Split(cell, ",")
		default:
			r.question.FollowUps = append(r.question.FollowUps, cell)
		}
	}
	return r, nil
}

func csvSyntax(err error) error {
	if at, isSyntax := errors.AsType[*csv.ParseError](err); isSyntax {
		return wrong(at.Line, "CSV 형식이 올바르지 않습니다. 따옴표를 확인해 주세요")
	}
	return wrong(0, "CSV를 읽을 수 없습니다")
}
