package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"go.yaml.in/yaml/v3"
)

// tidy makes the document say what is true: objects may have fields that it does not name, because clients may send
// some and answers may gain some; optional ones may be left out; and huma's own error, which it adds where we name none, is never sent.
func tidy(document *huma.OpenAPI) {
	for _, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				delete(op.Responses, "default")
			}
		}
	}
	schemas := document.Components.Schemas.Map()
	delete(schemas, "Problem")
	for _, schema := range schemas {
		schema.AdditionalProperties = nil
		tellDefaults(schema)
	}
}

// tellDefaults moves the defaults of optional fields into their descriptions. Generators of types take a field with a default
// for one that is always there, and clients could no longer leave it out.
func tellDefaults(schema *huma.Schema) {
	for name, field := range schema.Properties {
		if field.Default == nil || slices.Contains(schema.Required, name) {
			continue
		}
		told := fmt.Sprintf("기본값 (default): %v", reflect.Indirect(reflect.ValueOf(field.Default)))
		if field.Description != "" {
			told = strings.TrimSuffix(field.Description, ".") + ". " + told
		}
		field.Description = told
		field.Default = nil
	}
}

// JSON encodes an OpenAPI document for people and version control: sections in their usual order, indented, Korean
// as it is.
func JSON(document *huma.OpenAPI) ([]byte, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("encode OpenAPI document: %w", err)
	}
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(raw, &sections); err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	var ordered bytes.Buffer
	ordered.WriteByte('{')
	for i, name := range []string{"openapi", "info", "servers", "tags", "security", "paths", "components"} {
		if i > 0 {
			ordered.WriteByte(',')
		}
		fmt.Fprintf(&ordered, "%q:", name)
		ordered.Write(sections[name])
	}
	ordered.WriteByte('}')
	var out bytes.Buffer
	if err := json.Indent(&out, unescape(ordered.Bytes()), "", "  "); err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// unescape undoes what encoding/json does for HTML, which this is not.
func unescape(raw []byte) []byte {
	for escaped, plain := range map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&"} {
		raw = bytes.ReplaceAll(raw, []byte(escaped), []byte(plain))
	}
	return raw
}

// YAML encodes an OpenAPI document like JSON does.
func YAML(document *huma.OpenAPI) ([]byte, error) {
	raw, err := JSON(document)
	if err != nil {
		return nil, err
	}
	var node yaml.Node // JSON is YAML
	if err := yaml.Unmarshal(raw, &node); err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	plain(&node)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&node); err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	return out.Bytes(), nil
}

// plain forgets how JSON wrote a value.
func plain(node *yaml.Node) {
	node.Style = 0
	for _, child := range node.Content {
		plain(child)
	}
}
