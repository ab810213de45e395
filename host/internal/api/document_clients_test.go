package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What clients that are made of the document rely on.

// Generated clients number the values of an enum and send its default: older ones keep their places, and an avatar its size.
func TestResolutionInTheDocument(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"LipsyncBody", "ChatLipsyncBody"} {
		field := object(object(object(object(object(document(t)["components"])["schemas"])[body])["properties"])["resolution"])
		assert.Equal(t, []any{"720p", "480p", "360p", "1080p"}, field["enum"], body)
		assert.NotContains(t, field, "default", body)
		assert.Contains(t, field["description"], "기본값은 720p", body)
	}
}

// Generators of types take a field with a default for one that is always there: what may be left out has none.
func TestWhatIsOptionalHasNoDefault(t *testing.T) {
	t.Parallel()
	schemas := object(object(document(t)["components"])["schemas"])
	for name, schema := range schemas {
		for field, is := range object(object(schema)["properties"]) {
			required, _ := object(schema)["required"].([]any)
			if !slices.Contains(required, any(field)) {
				assert.NotContains(t, is, "default", "%s.%s", name, field)
			}
		}
	}
	skip := object(object(object(schemas["LipsyncBody"])["properties"])["frame_skip"])
	assert.Contains(t, skip["description"], "기본값 (default): 1")
}

// Whatever can be wrong in an address is told with 400.
func TestBadAddressesAreDocumented(t *testing.T) {
	t.Parallel()
	for name, op := range operations(t) {
		parameters, _ := op["parameters"].([]any)
		for _, p := range parameters {
			schema := object(object(p)["schema"])
			bound := schema["maxLength"] != nil || schema["enum"] != nil || schema["pattern"] != nil || schema["type"] != "string"
			if bound || (object(p)["in"] == "query" && object(p)["required"] == true) {
				assert.Contains(t, op["responses"], "400", "%s: %s", name, object(p)["name"])
			}
		}
	}
}

// The sids that are refused are those that the document does not allow.
func TestSIDsInTheDocument(t *testing.T) {
	t.Parallel()
	all, err := compiled()
	require.NoError(t, err)
	r := start(t)
	for body, path := range map[string]string{"ChatBody": "/api/chat", "SpeechBody": "/api/v2/tts", "CancelBody": "/api/cancel", "ClearBody": "/api/clear_history"} {
		all.mu.Lock()
		schema, err := all.compiler.Compile(documentURL + "#/components/schemas/" + body)
		all.mu.Unlock()
		require.NoError(t, err)
		for sid, good := range map[string]bool{
			"a": true, "A b~!{}": true, strings.Repeat("x", 128): true, strings.Repeat("x", 129): false, "면접": false, "a\u007f": false, "a\nb": false,
		} {
			request := map[string]any{"sid": sid, "message": "네", "text": "네"}
			assert.Equal(t, good, schema.Validate(request) == nil, "%s %q", body, sid)
			raw, err := json.Marshal(request)
			require.NoError(t, err)
			assert.Equal(t, good, r.post(t, path, string(raw)).status == http.StatusOK, "%s %q", path, sid)
		}
	}
}

// Every field, and whatever stands in an address, says what it is; every answer has a name that generated clients give its type.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	for name, schema := range object(object(document(t)["components"])["schemas"]) {
		for field, is := range object(object(schema)["properties"]) {
			if field != "type" { // of an event: its name
				assert.NotEmpty(t, object(is)["description"], "%s.%s", name, field)
			}
		}
	}
	for name, op := range operations(t) {
		parameters, _ := op["parameters"].([]any)
		for _, p := range parameters {
			assert.NotEmpty(t, object(p)["description"], "%s: %s", name, object(p)["name"])
		}
		for status, answer := range object(op["responses"]) {
			for kind, content := range object(object(answer)["content"]) {
				schema := object(object(content)["schema"])
				assert.True(t, schema["$ref"] != nil || schema["type"] == "string", "%s: %s %s has an answer without a name", name, status, kind)
			}
		}
	}
}
