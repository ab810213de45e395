package sets_test

import (
	"io/fs"
	"os"
	"path"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/visavis-dev/visavis/host/internal/interview/sets"
)

func TestFilesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	compiler := jsonschema.NewCompiler()
	schemas := map[string]*jsonschema.Schema{}
	for folder, name := range map[string]string{"ko": "set.schema.json", "en": "set.schema.json", "organisations": "organisation.schema.json"} {
		raw, err := os.Open(name)
		require.NoError(t, err)
		document, err := jsonschema.UnmarshalJSON(raw)
		require.NoError(t, err)
		if folder != "en" {
			require.NoError(t, compiler.AddResource(name, document))
		}
	}
	for folder, name := range map[string]string{"ko": "set.schema.json", "en": "set.schema.json", "organisations": "organisation.schema.json"} {
		schema, err := compiler.Compile(name)
		require.NoError(t, err)
		schemas[folder] = schema
	}
	seen := 0
	require.NoError(t, fs.WalkDir(sets.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		schema := schemas[path.Dir(name)]
		if d.IsDir() || schema == nil {
			return nil
		}
		raw, err := fs.ReadFile(sets.Files(), name)
		require.NoError(t, err)
		var content any
		require.NoError(t, yaml.Unmarshal(raw, &content))
		assert.NoError(t, schema.Validate(content), name)
		seen++
		return nil
	}))
	assert.Equal(t, 2*13+20, seen)
}
