package manifest_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/visavis-dev/visavis/sdk/manifest"
)

// valid is a manifest whose fields a case can change; nil removes one.
func valid(t *testing.T, change map[string]any) []byte {
	t.Helper()
	fields := map[string]any{
		"manifest": 1, "name": "tts-tone", "kind": "tts", "version": "1.0.0", "protocols": []int{1}, "title": "Tone",
		"executable": "tts-tone", "limits": map[string]any{}, "tts": map[string]any{"voices": []string{"Custom"}},
		"settings": map[string]any{
			"type": "object", "additionalProperties": false, "required": []string{"key"},
			"properties": map[string]any{
				"key":   map[string]any{"type": "string", "minLength": 8, "not": map[string]any{"const": "secret-12"}},
				"token": map[string]any{"type": "string", "pattern": "^sk-"},
				"voice": map[string]any{"type": "object", "properties": map[string]any{"speed": map[string]any{"type": "number", "maximum": 2}}},
			},
		},
	}
	maps.Copy(fields, change)
	maps.DeleteFunc(fields, func(_ string, v any) bool { return v == nil })
	raw, err := json.Marshal(fields)
	require.NoError(t, err)
	return raw
}

func TestParse(t *testing.T) {
	t.Parallel()
	m, err := manifest.Parse(valid(t, nil))
	require.NoError(t, err)
	assert.Equal(t, manifest.TTS, m.Kind)
	assert.True(t, m.Speaks(1))
	assert.False(t, m.Speaks(2))
}

func TestParseTakesAByteOrderMark(t *testing.T) {
	t.Parallel()
	_, err := manifest.Parse(append([]byte("\ufeff"), valid(t, nil)...))
	require.NoError(t, err, "editors of Windows write it")
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change map[string]any
		want   string
	}{
		"a newer form":            {map[string]any{"manifest": 2}, "version 2"},
		"a name in capitals":      {map[string]any{"name": "TTS Tone"}, "field name"},
		"an unknown kind":         {map[string]any{"kind": "voice"}, "field kind"},
		"two kinds":               {map[string]any{"llm": map[string]any{"label": "x"}}, "field llm"},
		"no abilities":            {map[string]any{"tts": nil}, "field tts"},
		"no voices":               {map[string]any{"tts": map[string]any{"voices": []string{}}}, "tts.voices"},
		"a voice without a name":  {map[string]any{"tts": map[string]any{"voices": []string{""}}}, "tts.voices"},
		"unknown marks":           {map[string]any{"tts": map[string]any{"voices": []string{"a"}, "marks": "word"}}, "tts.marks"},
		"no label":                {map[string]any{"kind": "llm", "tts": nil, "llm": map[string]any{}}, "llm.label"},
		"no packs":                {map[string]any{"kind": "lipsync", "tts": nil, "lipsync": map[string]any{}}, "lipsync.packs"},
		"no protocol":             {map[string]any{"protocols": nil}, "protocols"},
		"an executable elsewhere": {map[string]any{"executable": "../sh"}, "field executable"},
		"an absolute executable":  {map[string]any{"executable": "/bin/sh"}, "field executable"},
		"an unknown field":        {map[string]any{"setings": 1}, "setings"},
		"a negative limit":        {map[string]any{"limits": map[string]any{"memory_mb": -1}}, "limits"},
		"a schema that is none":   {map[string]any{"settings": map[string]any{"type": "objekt"}}, `field settings: compile schema: "type": value must be one of`},
		"a schema elsewhere":      {map[string]any{"settings": map[string]any{"$ref": "file:///etc/passwd"}}, "field settings"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := manifest.Parse(valid(t, tc.change))
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := manifest.Parse(append(valid(t, nil), '{'))
	require.ErrorContains(t, err, "after the JSON object")
	_, err = manifest.Parse([]byte(strings.Repeat(" ", 1<<20+1)))
	require.ErrorContains(t, err, "larger")
}

func TestCheckSettings(t *testing.T) {
	t.Parallel()
	m, err := manifest.Parse(valid(t, nil))
	require.NoError(t, err)
	require.NoError(t, m.CheckSettings(json.RawMessage(`{"key":"12345678"}`)))
	for settings, path := range map[string]string{
		`{"key":"secret"}`:                        "key",
		`{"key":"secret-12"}`:                     "key",
		`{"key":"12345678","token":"secret"}`:     "token",
		`{"key":"12345678","voice":{"speed":3}}`:  "voice/speed",
		`{"key":"12345678","voices":{"speed":3}}`: "",
		`{}`:       "",
		`not JSON`: "",
		`{"key":["12345678"],"voice":{"speed":"2"}}`: "",
	} {
		err := m.CheckSettings(json.RawMessage(settings))
		var wrong *manifest.SettingsError
		require.ErrorAs(t, err, &wrong, settings)
		if path != "" {
			assert.Equal(t, path, wrong.Path, settings)
		}
		assert.NotContains(t, err.Error(), "secret", "a value may be a secret")
	}
}

func TestNoSchemaAllowsNoSettings(t *testing.T) {
	t.Parallel()
	m, err := manifest.Parse(valid(t, map[string]any{"settings": nil}))
	require.NoError(t, err)
	require.NoError(t, m.CheckSettings(json.RawMessage(`{}`)))
	require.Error(t, m.CheckSettings(json.RawMessage(`{"a":1}`)))
}

func TestSeal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "tts-tone")
	require.NoError(t, os.WriteFile(filepath.Join(dir, manifest.Filename), valid(t, map[string]any{"title": "Tone & <hum>"}), 0o600))
	_, err := manifest.Seal(dir)
	require.Error(t, err, "there is no executable yet")

	require.NoError(t, os.WriteFile(program, []byte("one"), 0o600))
	changed, err := manifest.Seal(dir)
	require.NoError(t, err)
	require.True(t, changed)
	m, err := manifest.Load(dir)
	require.NoError(t, err)
	// echo -n one | sha256sum
	require.Equal(t, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed", m.SHA256)

	changed, err = manifest.Seal(dir)
	require.NoError(t, err)
	require.False(t, changed, "the seal still holds")
	require.NoError(t, os.WriteFile(program, []byte("two"), 0o600))
	changed, err = manifest.Seal(dir)
	require.NoError(t, err)
	require.True(t, changed)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "no temporary file is left")
	raw, err := os.ReadFile(filepath.Join(dir, manifest.Filename))
	require.NoError(t, err)
	require.Contains(t, string(raw), "Tone & <hum>", "people read it")
}

// A pipe that nobody writes to would be waited for, for ever.
func TestAPipeIsNoPlugin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "tts-tone")
	require.NoError(t, unix.Mkfifo(program, 0o700))
	_, err := manifest.Checksum(program)
	require.ErrorContains(t, err, "no regular file")
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, manifest.Filename), 0o600))
	_, err = manifest.Load(dir)
	require.ErrorContains(t, err, "no regular file")
}
