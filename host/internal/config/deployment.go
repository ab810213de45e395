package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// functions understands the entries of the file.
func (d *document) functions(env variables) ([]Function, error) {
	var all []Function
	seen := map[string]bool{}
	for i := range d.entries {
		f, err := d.function(&d.entries[i], env)
		if err != nil {
			return nil, err
		}
		if seen[f.ID] {
			return nil, &Error{Name: "id", Place: f.Place, Err: fmt.Errorf("%q is used twice", f.ID)}
		}
		seen[f.ID] = true
		all = append(all, f)
	}
	return all, nil
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

func (d *document) function(node *yaml.Node, env variables) (Function, error) {
	f := Function{Place: d.place(node)}
	fail := func(name string, err error) (Function, error) {
		return Function{}, &Error{Name: name, Place: f.Place, Err: err}
	}
	if err := knownKeys(node, "id", "kind", "plugin", "label", "settings", "rag", "scale", "limits"); err != nil {
		return fail("functions", err)
	}
	e := &expander{env: env}
	if err := e.expand(node); err != nil {
		return fail("functions", err)
	}
	if err := node.Decode(&f); err != nil {
		return fail("functions", err)
	}
	var free struct {
		Settings map[string]any `yaml:"settings"`
	}
	if err := node.Decode(&free); err != nil {
		return fail("settings", err)
	}
	f.Missing = e.missing
	if err := checkBounds(node, f); err != nil {
		return fail("scale", err)
	}
	switch {
	case !idPattern.MatchString(f.ID):
		return fail("id", fmt.Errorf("%q is not a short lower-case word", f.ID))
	case !slices.Contains([]string{"tts", "llm", "lipsync"}, f.Kind):
		return fail("kind", fmt.Errorf("%q is none of tts, llm, lipsync", f.Kind))
	case !slices.Contains([]string{"", "host", "server"}, f.RAG):
		return fail("rag", fmt.Errorf("%q is none of host, server", f.RAG))
	case f.Plugin == "":
		return fail("plugin", errors.New("missing"))
	}
	settings, err := json.Marshal(dropEmpty(free.Settings))
	if err != nil {
		return fail("settings", err)
	}
	f.Settings, f.Taken = settings, e.taken
	return f, nil
}

// checkBounds refuses names in scale and limits that would have no effect, and numbers that cannot be meant.
func checkBounds(node *yaml.Node, f Function) error {
	for name, allowed := range map[string][]string{
		"scale":  {"min", "max", "concurrency", "waiting", "idle", "start", "drain", "stall"},
		"limits": {"memory_mb", "open_files"},
	} {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if value := node.Content[i+1]; node.Content[i].Value == name && value.Tag != "!!null" {
				if err := knownKeys(value, allowed...); err != nil {
					return err
				}
			}
		}
	}
	for name, n := range map[string]int{
		"min": f.Scale.Min, "max": f.Scale.Max, "concurrency": f.Scale.Concurrency, "waiting": f.Scale.Waiting,
		"memory_mb": f.Limits.MemoryMB, "open_files": f.Limits.OpenFiles,
	} {
		if n < 0 {
			return fmt.Errorf("%s: %d is negative", name, n)
		}
	}
	for name, d := range map[string]time.Duration{"idle": f.Scale.Idle, "start": f.Scale.Start, "drain": f.Scale.Drain, "stall": f.Scale.Stall} {
		if d < 0 {
			return fmt.Errorf("%s: %v is negative", name, d)
		}
	}
	return nil
}

// dropEmpty leaves out what a variable left empty, so that the engine's own default holds.
func dropEmpty(settings map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range settings {
		switch v := value.(type) {
		case nil:
			continue
		case string:
			if v == "" {
				continue
			}
		case map[string]any:
			value = dropEmpty(v)
		}
		out[key] = value
	}
	return out
}

// expander puts variables into the scalars of a file:
// ${NAME}, ${NAME:-default}, and ${NAME:?} for one that must be set.
type expander struct {
	env     variables
	missing []string
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

// scalars writes a value or a list of values as the text that a variable would have.
func scalars(node *yaml.Node) string {
	if node.Kind != yaml.SequenceNode {
		return node.Value
	}
	parts := make([]string, 0, len(node.Content))
	for _, child := range node.Content {
		parts = append(parts, child.Value)
	}
	return strings.Join(parts, ",")
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

// settle resolves names that refer to functions.
func (c *Config) settle() error {
	check := func(name, id, kind string) error {
		for _, f := range c.Deployment.Functions {
			if f.ID == id && f.Kind == kind {
				return nil
			}
		}
		return c.Wrong(name, fmt.Errorf("no %s function %q is deployed in %s", kind, id, c.Deployment.Path))
	}
	if len(c.Chat) == 0 {
		c.Chat = c.ids("llm")
	}
	for _, id := range c.Chat {
		if err := check("chat", id, "llm"); err != nil {
			return err
		}
	}
	if c.DefaultLipsync == "" && len(c.ids("lipsync")) > 0 {
		c.DefaultLipsync = c.ids("lipsync")[0]
	}
	if c.DefaultLipsync != "" {
		if err := check("lipsync", c.DefaultLipsync, "lipsync"); err != nil {
			return err
		}
	}
	if c.DefaultVoice != "" {
		return check("tts", c.DefaultVoice, "tts")
	}
	return nil
}

func (c *Config) ids(kind string) []string {
	var ids []string
	for _, f := range c.Deployment.Functions {
		if f.Kind == kind {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// Voices are the tts functions in the order they are tried.
func (c *Config) Voices() []string {
	voices := c.ids("tts")
	if c.DefaultVoice == "" {
		return voices
	}
	rest := slices.DeleteFunc(voices, func(id string) bool { return id == c.DefaultVoice })
	return append([]string{c.DefaultVoice}, rest...)
}

// Retrieves tells whether a language backend finds questions by itself.
func (c *Config) Retrieves(id string) bool {
	return slices.ContainsFunc(c.Deployment.Functions, func(f Function) bool { return f.ID == id && f.RAG == "server" })
}
