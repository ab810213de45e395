package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// noSettings is the schema of a plugin that has none.
const noSettings = `{"type":"object","additionalProperties":false}`

// SettingsError names the setting that a schema refuses.
type SettingsError struct {
	// Path is the setting's place, for example "voice/speed"; "" is the whole object.
	Path   string
	Reason string
}

// Error implements error.
func (e *SettingsError) Error() string {
	if e.Path == "" {
		return "settings: " + e.Reason
	}
	return fmt.Sprintf("setting %q: %s", e.Path, e.Reason)
}

// CheckSettings holds a JSON object against the manifest's schema and tells
// the first thing wrong as a *SettingsError. It never quotes a value: values may be secrets.
func (m *Manifest) CheckSettings(settings json.RawMessage) error {
	schema, err := m.schema()
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(settings))
	if err != nil {
		return &SettingsError{Reason: "not JSON"}
	}
	err = schema.Validate(value)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err //nolint:wrapcheck // nil, or a defect of the schema itself
	}
	return firstWrong(invalid)
}

func firstWrong(leaf *jsonschema.ValidationError) *SettingsError {
	for len(leaf.Causes) > 0 {
		leaf = leaf.Causes[0]
	}
	return &SettingsError{Path: strings.Join(leaf.InstanceLocation, "/"), Reason: reasonOf(leaf.ErrorKind)}
}

// reasonOf leaves out the value that these two would quote.
func reasonOf(failed jsonschema.ErrorKind) string {
	switch k := failed.(type) {
	case *kind.Pattern:
		return fmt.Sprintf("does not match pattern %q", k.Want)
	case *kind.Format:
		return "is not a valid " + k.Want
	}
	return failed.LocalizedString(message.NewPrinter(language.English))
}

func (m *Manifest) schema() (*jsonschema.Schema, error) {
	raw := m.Settings
	if len(raw) == 0 {
		raw = json.RawMessage(noSettings)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	const location = "settings.json"
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(location, document); err != nil {
		return nil, fmt.Errorf("add schema: %w", err)
	}
	schema, err := compiler.Compile(location)
	if broken, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if invalid, ok := errors.AsType[*jsonschema.ValidationError](broken.Err); ok {
			wrong := firstWrong(invalid) // the whole has a line for each rule of JSON Schema
			return nil, fmt.Errorf("compile schema: %q: %s", wrong.Path, wrong.Reason)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	return schema, nil
}

// noLoader keeps a schema from reading files or URLs.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("schema refers to %q outside itself", url)
}
