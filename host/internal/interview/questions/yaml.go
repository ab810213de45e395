package questions

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// ParseYAML reads a set from YAML, of which JSON is a part. Errors are fault.Invalid with the line and the reason.
func ParseYAML(raw []byte) (Set, error) {
	d, err := readYAML(raw)
	if err != nil {
		return Set{}, invalid(err)
	}
	set, err := d.check()
	if err != nil {
		return Set{}, invalid(err)
	}
	return set, nil
}

func readYAML(raw []byte) (*draft, error) {
	root, err := rootOf(raw)
	if err != nil {
		return nil, err
	}
	d := &draft{line: root.Line}
	var list *yaml.Node
	err = eachField(root, func(name string, value *yaml.Node) error {
		texts := map[string]*string{
			"id": &d.set.ID, "title": &d.set.Title, "language": &d.set.Language, "org_type": &d.set.OrgType,
			"job_name": &d.set.JobName, "company_name": &d.set.CompanyName,
		}
		if into, known := texts[name]; known {
			return textOf(name, value, into)
		}
		if name == "questions" {
			list = value
			return nil
		}
		return wrong(value.Line, "%q라는 필드는 없습니다", name)
	})
	if err != nil || list == nil {
		return d, err
	}
	if list.Kind != yaml.SequenceNode {
		return nil, wrong(list.Line, "questions는 목록이어야 합니다")
	}
	for _, item := range list.Content {
		r, err := readRow(item)
		if err != nil {
			return nil, err
		}
		d.questions = append(d.questions, r)
	}
	return d, nil
}

func readRow(item *yaml.Node) (row, error) {
	r := row{line: item.Line}
	var level string
	err := eachField(item, func(name string, value *yaml.Node) error {
		texts := map[string]*string{
			"id": &r.question.ID, "level": &level, "competency": &r.question.Competency,
			"question": &r.question.Text, "strong": &r.question.Strong,
		}
		if into, known := texts[name]; known {
			return textOf(name, value, into)
		}
		lists := map[string]*[]string{"follow_ups": &r.question.FollowUps, "keywords": &r.question.Keywords}
		if into, known := lists[name]; known {
			return listOf(name, value, into)
		}
		return wrong(value.Line, "질문에 %q라는 필드는 없습니다", name)
	})
	r.question.Level = Level(level)
	return r, err
}

// rootOf parses one document. Anchors are refused: a few lines of them can stand for gigabytes.
func rootOf(raw []byte) (*yaml.Node, error) {
	if len(raw) > MaxBytes {
		return nil, wrong(0, "파일이 %d MiB보다 큽니다", MaxBytes>>20)
	}
	if !utf8.Valid(raw) {
		return nil, wrong(0, "파일이 UTF-8이 아닙니다")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, wrong(0, "파일이 비어 있습니다")
	} else if err != nil {
		return nil, syntax(err)
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, wrong(0, "문서가 하나여야 합니다")
	}
	if err := refuseAnchors(&document); err != nil {
		return nil, err
	}
	return document.Content[0], nil
}

func refuseAnchors(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return wrong(n.Line, "YAML의 앵커(&)와 별칭(*)은 쓸 수 없습니다")
	}
	for _, child := range n.Content {
		if err := refuseAnchors(child); err != nil {
			return err
		}
	}
	return nil
}

var lineOf = regexp.MustCompile(`line (\d+)`)

// syntax turns the parser's words into a line; what it expected helps nobody.
func syntax(err error) error {
	line := 0
	if found := lineOf.FindStringSubmatch(err.Error()); found != nil {
		line, _ = strconv.Atoi(found[1])
	}
	return wrong(line, "YAML 또는 JSON 형식이 올바르지 않습니다")
}

func eachField(n *yaml.Node, take func(name string, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n.Line, "'이름: 값'의 목록이어야 합니다")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if seen[name] {
			return wrong(n.Content[i].Line, "%q 필드가 두 번 있습니다", name)
		}
		seen[name] = true
		if err := take(name, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func textOf(name string, n *yaml.Node, into *string) error {
	if n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.ScalarNode {
		return wrong(n.Line, "%s 값은 글이어야 합니다", name)
	}
	*into = strings.TrimSpace(n.Value)
	return nil
}

func listOf(name string, n *yaml.Node, into *[]string) error {
	if n.Kind != yaml.SequenceNode {
		return wrong(n.Line, "%s 값은 목록이어야 합니다", name)
	}
	for _, item := range n.Content {
		var text string
		if err := textOf(name, item, &text); err != nil {
			return err
		}
		*into = append(*into, text)
	}
	return nil
}
