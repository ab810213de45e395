package api

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
)

// JSON encodes an OpenAPI document for people and version control: indented, Korean as it is.
func JSON(document *huma.OpenAPI) ([]byte, error) {
	compact, err := document.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode OpenAPI document: %w", err)
	}
	var value any
	if err := json.Unmarshal(compact, &value); err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	return out.Bytes(), nil
}
