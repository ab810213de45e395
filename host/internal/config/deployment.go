package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

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
	if err := d.amounts(node); err != nil {
		return Function{}, err
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
