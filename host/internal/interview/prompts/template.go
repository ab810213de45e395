package prompts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

// maxPrompt bounds a prompt as it is sent, in bytes.
const maxPrompt = 64 << 10

// allowed are the functions of a template: none that can make much of little.
func allowed() []string {
	return []string{"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "join"}
}

// compile reads a template and tries it with everything and with nothing.
func compile(text string) (*template.Template, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	t, err := template.New("prompt").Option("missingkey=error").Funcs(template.FuncMap{"join": strings.Join}).Parse(text)
	if err != nil {
		return nil, refuse(err, "프롬프트 템플릿을 읽을 수 없습니다: "+where(err))
	}
	if len(t.Templates()) > 1 {
		return nil, refuse(errors.New("template defines others"), "프롬프트 안에 다른 템플릿을 정의할 수 없습니다")
	}
	if t.Tree == nil || t.Root == nil {
		return nil, refuse(errors.New("template is empty"), "프롬프트가 비어 있습니다")
	}
	if err := checkNode(t.Root, 0); err != nil {
		return nil, err
	}
	for _, data := range []Data{{}, sample()} {
		_, err := execute(t, data)
		if errors.Is(err, errEmpty) {
			return nil, refuse(err, "프롬프트가 비어 있거나, 기업이나 직무가 없을 때 비게 됩니다")
		}
		if err != nil {
			return nil, refuse(err, "프롬프트 템플릿을 쓸 수 없습니다: "+where(err))
		}
	}
	return t, nil
}

func sample() Data {
	return Data{
		Company: "회사", Industry: "산업", Job: "직무", Values: []string{"가치"}, Themes: []string{"주제"},
		Questions: []Question{{Text: "질문", Strong: "좋은 답변", FollowUps: []string{"꼬리질문"}}},
	}
}

// checkNode refuses what could run long or write much: templates that call templates, loops in loops, and functions that
// are not allowed.
func checkNode(node parse.Node, loops int) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		return checkAll(loops, n.Nodes...)
	case *parse.RangeNode:
		if loops >= 2 {
			return refuse(errors.New("loops in loops"), "range는 두 겹까지 쓸 수 있습니다")
		}
		return checkBranch(&n.BranchNode, loops+1)
	case *parse.IfNode:
		return checkBranch(&n.BranchNode, loops)
	case *parse.WithNode:
		return checkBranch(&n.BranchNode, loops)
	case *parse.ActionNode:
		return checkNode(n.Pipe, loops)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			if err := checkAll(loops, c.Args...); err != nil {
				return err
			}
		}
	case *parse.IdentifierNode:
		if !slices.Contains(allowed(), n.Ident) {
			return refuse(fmt.Errorf("function %q", n.Ident), fmt.Sprintf("프롬프트에서 %q 함수는 쓸 수 없습니다", n.Ident))
		}
	case *parse.TemplateNode:
		return refuse(errors.New("template calls another"), "프롬프트에서 template은 쓸 수 없습니다")
	}
	return nil
}

func checkBranch(b *parse.BranchNode, loops int) error {
	if err := checkNode(b.Pipe, loops); err != nil {
		return err
	}
	if err := checkNode(b.List, loops); err != nil {
		return err
	}
	if b.ElseList == nil {
		return nil
	}
	return checkNode(b.ElseList, loops)
}

func checkAll(loops int, nodes ...parse.Node) error {
	for _, n := range nodes {
		if err := checkNode(n, loops); err != nil {
			return err
		}
	}
	return nil
}

var errEmpty = errors.New("the prompt is empty")

func execute(t *template.Template, data Data) (string, error) {
	var out bounded
	if err := t.Execute(&out, data); err != nil {
		return "", fmt.Errorf("write prompt: %w", err)
	}
	text := strings.TrimSpace(out.String())
	if text == "" {
		return "", errEmpty
	}
	return text, nil
}

// bounded refuses to grow without end.
type bounded struct{ strings.Builder }

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxPrompt {
		return 0, fmt.Errorf("the prompt is longer than %d bytes", maxPrompt)
	}
	return b.Builder.Write(p) //nolint:wrapcheck // a builder never fails
}

// where keeps what text/template says of the place: "template: prompt:3:5: …".
func where(err error) string {
	said := err.Error()
	if at := strings.LastIndex(said, "prompt:"); at >= 0 {
		return said[at:]
	}
	return said
}
