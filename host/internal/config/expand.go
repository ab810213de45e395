package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expander puts variables into the scalars of a file:
// ${NAME}, ${NAME:-default}, and ${NAME:?} for one that must be set.
type expander struct {
	env     variables
	missing []string
	// unset are those that are not set and have no rule for that.
	unset []string
	// taken are the places of the variables whose values were put in.
	taken []string
}

var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(?::(-[^}]*|\?))?\}`)

// maxNodes bounds a file whose aliases would make it grow without end.
const maxNodes = 10000

func (e *expander) expand(root *yaml.Node) error {
	left := maxNodes
	var walk func(node *yaml.Node) error
	walk = func(node *yaml.Node) error {
		if left--; left < 0 {
			return errors.New("too many values")
		}
		if node.Kind == yaml.AliasNode {
			return fmt.Errorf("line %d: aliases are not allowed", node.Line)
		}
		if node.Kind == yaml.ScalarNode && strings.Contains(node.Value, "${") {
			e.scalar(node)
		}
		for _, child := range node.Content {
			if err := walk(child); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(root)
}

func (e *expander) scalar(node *yaml.Node) {
	node.Value = reference.ReplaceAllStringFunc(node.Value, func(match string) string {
		parts := reference.FindStringSubmatch(match)
		name, rule := parts[1], parts[2]
		value := e.env[name].value
		switch {
		case value != "":
			if place := e.env[name].place; !slices.Contains(e.taken, place) {
				e.taken = append(e.taken, place)
			}
			return value
		case rule == "?":
			if !slices.Contains(e.missing, name) {
				e.missing = append(e.missing, name)
			}
			return ""
		case rule == "":
			e.unset = append(e.unset, name)
			return ""
		default:
			return strings.TrimPrefix(rule, "-")
		}
	})
	if node.Style != 0 {
		return // quoted: it stays text
	}
	// A plain value is read again for its type, but never as more than a scalar.
	var typed yaml.Node
	if err := yaml.Unmarshal([]byte(node.Value), &typed); err == nil && len(typed.Content) == 1 &&
		typed.Content[0].Kind == yaml.ScalarNode && typed.Content[0].Value == node.Value {
		node.Tag = typed.Content[0].Tag
		return
	}
	node.Tag = "!!str"
}

// scalars writes a value or a list of values as the text that a variable would have. What is empty in a list is left out.
func scalars(node *yaml.Node) (string, error) {
	switch {
	case node.Kind == yaml.ScalarNode && node.Tag == "!!null":
		return "", nil
	case node.Kind == yaml.ScalarNode:
		return node.Value, nil
	case node.Kind != yaml.SequenceNode:
		return "", errors.New("neither a value nor a list of values")
	}
	var parts []string
	for _, child := range node.Content {
		if child.Kind != yaml.ScalarNode {
			return "", errors.New("a list of something else than values")
		}
		if child.Value != "" {
			parts = append(parts, child.Value)
		}
	}
	return strings.Join(parts, ","), nil
}

// setting is what the server section says of a setting, with its variables put in.
func (d *document) setting(key string, node *yaml.Node, env variables) (given, error) {
	g := given{place: d.place(node), base: filepath.Dir(d.path)}
	e := &expander{env: env}
	if err := e.expand(node); err != nil {
		return g, err
	}
	g.taken = e.taken
	if len(e.missing) > 0 {
		return g, fmt.Errorf("variable %s is not set", strings.Join(e.missing, ", "))
	}
	var err error
	g.value, err = scalars(node)
	if err == nil && g.value == "" && key == keysKey && len(e.unset) > 0 {
		name := e.unset[0] // an empty list would serve everybody, which is not meant where keys are named
		return g, fmt.Errorf("variable %s is not set, and nobody would be asked for a key: where that is meant, say ${%s:-}", name, name)
	}
	return g, err
}

func knownKeys(node *yaml.Node, allowed ...string) error {
	if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		node = node.Content[0]
	}
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: not a table of names and values", node.Line)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if key := node.Content[i]; !slices.Contains(allowed, key.Value) {
			return fmt.Errorf("line %d: %q is none of %s", key.Line, key.Value, strings.Join(allowed, ", "))
		}
	}
	return nil
}
