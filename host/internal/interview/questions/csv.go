package questions

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// columns are the names that a CSV's first line may use for a field.
func columns() map[string][]string {
	return map[string][]string{
		"question":    {"question", "질문"},
		"id":          {"id", "번호"},
		"level":       {"level", "단계", "수준"},
		"competency":  {"competency", "역량"},
		"strong":      {"strong", "좋은 답변", "평가 기준"},
		"keywords":    {"keywords", "검색어", "키워드"},
		"follow_up_1": {"follow_up_1", "꼬리질문 1", "꼬리질문1"},
		"follow_up_2": {"follow_up_2", "꼬리질문 2", "꼬리질문2"},
	}
}

// ParseCSV reads the questions of a set, whose other fields come from head, from a table with a line of column names.
// Only a column "question" is needed. Errors are fault.Invalid with the line and the reason.
func ParseCSV(raw []byte, head Set) (Set, error) {
	rows, err := readCSV(raw)
	if err != nil {
		return Set{}, invalid(err)
	}
	head.Questions, head.BuiltIn = nil, false
	d := &draft{line: 1, set: head, questions: rows}
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
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")) // spreadsheets write it
	if !utf8.Valid(raw) {
		return nil, wrong(0, "파일이 UTF-8이 아닙니다. 'CSV UTF-8'로 저장해 주세요")
	}
	reader := csv.NewReader(bytes.NewReader(raw))
	reader.TrimLeadingSpace = true
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
		if len(rows) >= MaxQuestions {
			return nil, wrong(line, "질문은 한 세트에 %d개까지 넣을 수 있습니다", MaxQuestions)
		}
		rows = append(rows, rowOf(line, fields, cells))
	}
}

// fieldsOf names the field of each column.
func fieldsOf(names []string) ([]string, error) {
	fields := make([]string, len(names))
	seen := map[string]bool{}
	for i, name := range names {
		for field, aliases := range columns() {
			for _, alias := range aliases {
				if strings.EqualFold(strings.TrimSpace(name), alias) {
					fields[i] = field
				}
			}
		}
		switch {
		case fields[i] == "":
			return nil, wrong(1, "%q라는 열은 없습니다", name)
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

func rowOf(line int, fields, cells []string) row {
	r := row{line: line}
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		switch fields[i] {
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
			for k := range strings.SplitSeq(cell, ",") {
				if k = strings.TrimSpace(k); k != "" {
					r.question.Keywords = append(r.question.Keywords, k)
				}
			}
		default:
			if cell != "" {
				r.question.FollowUps = append(r.question.FollowUps, cell)
			}
		}
	}
	return r
}

func csvSyntax(err error) error {
	if at, isSyntax := errors.AsType[*csv.ParseError](err); isSyntax {
		if errors.Is(at.Err, csv.ErrFieldCount) {
			return wrong(at.Line, "열의 개수가 첫 줄과 다릅니다")
		}
		return wrong(at.Line, "CSV 형식이 올바르지 않습니다")
	}
	return wrong(0, "CSV를 읽을 수 없습니다")
}
