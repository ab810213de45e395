package api_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/visavis-dev/visavis/host/internal/api"
)

// The document that is checked in is the one that is served. `go test ./host/internal/api -run Drift -update` rewrites it.
func TestDrift(t *testing.T) {
	t.Parallel()
	asJSON, err := api.JSON(api.Document())
	require.NoError(t, err)
	asYAML, err := api.YAML(api.Document())
	require.NoError(t, err)
	r := start(t)
	for name, want := range map[string][]byte{"openapi.json": asJSON, "openapi.yaml": asYAML} {
		assert.Equal(t, string(want), r.get(t, "/"+name).body, "what is served")
		path := filepath.Join("..", "..", "..", "openapi", name)
		if *update {
			require.NoError(t, os.WriteFile(path, want, 0o644))
			t.Errorf("%s was rewritten: look at it and run again", path)
			continue
		}
		have, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, have), "%s is not what the code says: go test ./host/internal/api -run Drift -update", path)
	}
}

func TestBothFormsSayTheSame(t *testing.T) {
	t.Parallel()
	r := start(t)
	var fromJSON, fromYAML any
	served := r.get(t, "/openapi.json")
	require.NoError(t, json.Unmarshal([]byte(served.body), &fromJSON))
	assert.Equal(t, "application/openapi+json", served.header.Get("Content-Type"))
	assert.NotContains(t, served.body, `\u`, "Korean, and markup, as they are")
	require.NoError(t, yaml.Unmarshal([]byte(r.get(t, "/openapi.yaml").body), &fromYAML))
	again, err := json.Marshal(fromYAML)
	require.NoError(t, err)
	assert.JSONEq(t, served.body, string(again))
}

// operations are the calls of the document by "METHOD path".
func operations(t *testing.T) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for path, item := range object(document(t)["paths"]) {
		for method, op := range object(item) {
			all[strings.ToUpper(method)+" "+path] = object(op)
		}
	}
	return all
}

func document(t *testing.T) map[string]any {
	t.Helper()
	raw, err := api.JSON(api.Document())
	require.NoError(t, err)
	var all map[string]any
	require.NoError(t, json.Unmarshal(raw, &all))
	return all
}

func object(value any) map[string]any {
	all, _ := value.(map[string]any)
	return all
}

// Everything that the contract names is there, and nothing says 422.
func TestWhatIsDocumented(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "3.1.0", document(t)["openapi"])
	all := operations(t)
	for _, name := range []string{
		"GET /api/v2/status", "POST /api/chat", "POST /api/chat/stream", "POST /api/v2/tts", "POST /api/v2/lipsync",
		"POST /api/v2/lipsync/stream", "POST /api/v2/chat_and_lipsync", "POST /api/v2/chat_and_lipsync/stream", "GET /api/avatars",
		"GET /api/tts_engines", "GET /api/llm_status", "POST /api/clear_history", "GET /api/queue_status", "POST /api/cancel",
		"GET /video/{name}", "GET /assets/audio/{name}", "GET /api/avatars/{id}/preview",
		"GET /api/avatars/{id}/loops/{name}", "GET /healthz", "GET /readyz",
	} {
		require.Contains(t, all, name)
		op := all[name]
		assert.NotEmpty(t, op["summary"], name)
		assert.True(t, isKorean(op["description"].(string)), name)
		responses := object(op["responses"])
		assert.NotContains(t, responses, "422", name)
		assert.NotContains(t, responses, "default", name)
		if name != "GET /healthz" {
			assert.Contains(t, responses, "401", name)
			assert.Contains(t, responses, "500", name)
		}
		family := "#/components/schemas/Failure"
		if strings.Contains(name, "/api/v2/") {
			family = "#/components/schemas/FailureV2"
		}
		for _, status := range []string{"400", "401", "404", "413", "500"} {
			if answer, has := responses[status]; has {
				assert.Equal(t, family, object(object(object(object(answer)["content"])["application/json"])["schema"])["$ref"], name)
			}
		}
		if strings.HasPrefix(name, "POST") {
			assert.Subset(t, slices.Collect(maps.Keys(responses)), []string{"200", "400", "413"}, name)
			assert.NotEmpty(t, object(object(object(op["requestBody"])["content"])["application/json"])["examples"], name)
		}
	}
}

// Each event stream is a union told apart by "type"; each member says its own value.
func TestUnions(t *testing.T) {
	t.Parallel()
	schemas := object(object(document(t)["components"])["schemas"])
	for name, types := range map[string][]string{
		"ChatEvent":        {"done", "error", "token"},
		"LipsyncEvent":     {"done", "error", "progress", "queue", "status"},
		"ChatLipsyncEvent": {"done", "error", "llm_done", "progress", "queue", "status", "token"},
	} {
		union := object(schemas[name])
		discriminator := object(union["discriminator"])
		assert.Equal(t, "type", discriminator["propertyName"])
		mapping := object(discriminator["mapping"])
		assert.Equal(t, types, slices.Sorted(maps.Keys(mapping)))
		assert.Len(t, union["oneOf"], len(types))
		for value, ref := range mapping {
			member := object(schemas[strings.TrimPrefix(ref.(string), "#/components/schemas/")])
			assert.Equal(t, []any{value}, object(object(member["properties"])["type"])["enum"])
			assert.Contains(t, member["required"], "type")
		}
	}
}

// What the document shows fits what it says.
func TestExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	seen := 0
	for name, op := range operations(t) {
		path := strings.ReplaceAll(strings.Fields(name)[1], "/", "~1")
		at := "/paths/" + path + "/" + strings.ToLower(strings.Fields(name)[0])
		check := func(at string, media map[string]any) {
			if one, has := media["example"]; has {
				validate(t, at+"/schema", one)
				seen++
			}
			for _, e := range object(media["examples"]) {
				validate(t, at+"/schema", object(e)["value"])
				seen++
			}
		}
		for kind, media := range object(object(op["requestBody"])["content"]) {
			check(at+"/requestBody/content/"+strings.ReplaceAll(kind, "/", "~1"), object(media))
		}
		for status, answer := range object(op["responses"]) {
			for kind, media := range object(object(answer)["content"]) {
				check(at+"/responses/"+status+"/content/"+strings.ReplaceAll(kind, "/", "~1"), object(media))
			}
		}
	}
	assert.Greater(t, seen, 30)
}

// Every operation shows what to send, what comes back, and what an error looks like.
func TestEverythingHasAnExample(t *testing.T) {
	t.Parallel()
	shown := func(media map[string]any) bool { return media["example"] != nil || len(object(media["examples"])) > 0 }
	for name, op := range operations(t) {
		for kind, media := range object(object(op["requestBody"])["content"]) {
			assert.True(t, shown(object(media)), "%s: a request in %s", name, kind)
		}
		for status, answer := range object(op["responses"]) {
			for kind, media := range object(object(answer)["content"]) {
				if object(object(media)["schema"])["format"] != "binary" {
					assert.True(t, shown(object(media)), "%s: %s in %s", name, status, kind)
				}
			}
		}
	}
}

// The examples' requests are served, and the answers fit the document.
func TestExamplesAreServed(t *testing.T) {
	t.Parallel()
	r := start(t)
	for name, op := range operations(t) {
		method, path, _ := strings.Cut(name, " ")
		if strings.HasSuffix(path, "/stream") || strings.Contains(path, "{") {
			continue
		}
		bodies := []string{""}
		if method == http.MethodPost || method == http.MethodPut {
			bodies = nil
		}
		for _, e := range object(object(object(object(op["requestBody"])["content"])["application/json"])["examples"]) {
			raw, err := json.Marshal(object(e)["value"])
			require.NoError(t, err)
			bodies = append(bodies, string(raw))
		}
		for _, body := range bodies {
			reply := r.do(t, method, path, body)
			require.Equal(t, http.StatusOK, reply.status, "%s: %s", name, reply.body)
			validate(t, "/paths/"+strings.ReplaceAll(path, "/", "~1")+"/"+strings.ToLower(method)+"/responses/200/content/application~1json/schema", reply.json(t))
		}
	}
}

// streamSchema is where a stream's events are described.
func streamSchema(path string) string {
	return "/paths/" + strings.ReplaceAll(path, "/", "~1") + "/post/responses/200/content/text~1event-stream/schema"
}

// schemas compiles parts of the document when they are asked for.
type schemas struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
}

const documentURL = "https://visavis.invalid/openapi.json"

var compiled = sync.OnceValues(func() (*schemas, error) {
	raw, err := api.JSON(api.Document())
	if err != nil {
		return nil, err
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	s := &schemas{compiler: jsonschema.NewCompiler()}
	return s, s.compiler.AddResource(documentURL, whole)
})

// validate checks a value against the schema at a place of the document.
func validate(t *testing.T, at string, value any) {
	t.Helper()
	all, err := compiled()
	require.NoError(t, err)
	all.mu.Lock()
	defer all.mu.Unlock()
	schema, err := all.compiler.Compile(documentURL + "#" + at)
	require.NoError(t, err, at)
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(instance), "%s: %s", at, encoded)
}
