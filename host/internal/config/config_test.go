package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/config"
)

const minimal = `
functions:
  - {id: espeak, kind: tts, plugin: tts-espeak}
  - id: eleven
    kind: tts
    plugin: tts-elevenlabs
    settings:
      api_key: ${ELEVENLABS_API_KEY:?}
      speed: "${SPEED:-1.5}"
      rate: ${SPEED:-1.5}
      voice: "${VOICE:-}"
  - {id: chat, kind: llm, plugin: llm-interviewer}
  - {id: lite, kind: lipsync, plugin: lipsync-lite, scale: {idle: 90s, max: 2}}
`

// folder makes a working folder with a deployment file and a .env.
func folder(t *testing.T, deployment, dotenv string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "deployment.yaml"), []byte(deployment), 0o600))
	if dotenv != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, ".env"), []byte(dotenv), 0o600))
	}
	return dir
}

func TestLaterSourcesWin(t *testing.T) {
	t.Parallel()
	dir := folder(t, "server: {port: 1111, max_queued: 7, data_dir: kept}\n"+minimal, "PORT=2222\nMAX_QUEUED=8\nHOST=::1\n")
	c, err := config.Load(config.Source{
		Dir: dir, Environ: []string{"PORT=3333", "HOST=0.0.0.0", "EMPTY="}, Flags: map[string]string{"host": "127.0.0.2"},
	})
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.2", c.Host, "a flag beats a variable")
	assert.Equal(t, 3333, c.Port, "a variable beats .env")
	assert.Equal(t, 8, c.MaxQueued, ".env beats the file")
	assert.Equal(t, filepath.Join(dir, "kept"), c.DataDir, "the file beats the default, relative to itself")
	assert.Equal(t, 24*time.Hour, c.KeepFiles)
}

func TestRelativePathsOfVariablesStartInTheWorkingFolder(t *testing.T) {
	t.Parallel()
	dir, elsewhere := folder(t, minimal, ""), t.TempDir()
	c, err := config.Load(config.Source{
		Dir: elsewhere, File: filepath.Join(dir, "deployment.yaml"), Environ: []string{"DATA_DIR=mine"},
	})
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(elsewhere, "mine"), c.DataDir)
	assert.Equal(t, []string{filepath.Join(dir, "precomputed")}, c.AvatarRoots)
}

func TestVariablesInFunctions(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Source{Dir: folder(t, minimal, "")})
	require.NoError(t, err)
	eleven := c.Deployment.Functions[1]
	assert.Equal(t, []string{"ELEVENLABS_API_KEY"}, eleven.Missing)
	assert.JSONEq(t, `{"speed": "1.5", "rate": 1.5}`, string(eleven.Settings), "quoted stays text, plain is typed, empty is left out")
	assert.Equal(t, config.Scale{Idle: 90 * time.Second, Max: 2}, c.Deployment.Functions[3].Scale)
	assert.Equal(t, []string{"espeak", "eleven"}, c.Voices())
	assert.Equal(t, []string{"chat"}, c.Chat)
	assert.Equal(t, "lite", c.DefaultLipsync)

	c, err = config.Load(config.Source{Dir: folder(t, minimal, "ELEVENLABS_API_KEY=k: 'x\nTTS_ENGINE=eleven\n")})
	require.NoError(t, err)
	assert.Empty(t, c.Deployment.Functions[1].Missing)
	assert.JSONEq(t, `{"speed": "1.5", "rate": 1.5, "api_key": "k: 'x"}`, string(c.Deployment.Functions[1].Settings),
		"a value cannot change the file's structure")
	assert.Equal(t, []string{"eleven", "espeak"}, c.Voices())
}

// What ${…} means is the same in both sections of the file.
func TestVariablesInTheServerSection(t *testing.T) {
	t.Parallel()
	dir := folder(t, `server:
  api_keys: ["${FIRST:?}", "${SECOND:-}"]
  data_dir: "${SOMEWHERE}"
  max_queued: ${QUEUED:-7}
  cors_origins: "${ORIGINS:-}"
  log_level: "${LEVEL:?}"
`+minimal, "FIRST=one\nLOG_LEVEL=debug\n")
	c, err := config.Load(config.Source{Dir: dir})
	require.NoError(t, err)
	assert.Equal(t, []string{"one"}, c.APIKeys)
	assert.Equal(t, filepath.Join(dir, "data"), c.DataDir, "an empty value leaves the default")
	assert.Equal(t, 7, c.MaxQueued)
	assert.Empty(t, c.CORSOrigins)
	assert.Equal(t, "debug", c.LogLevel, "what is set elsewhere is not asked of the file")
	c, err = config.Load(config.Source{Dir: dir, Environ: []string{"SOMEWHERE=kept", "SECOND=two", "QUEUED=9"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"one", "two"}, c.APIKeys)
	assert.Equal(t, filepath.Join(dir, "kept"), c.DataDir)
	assert.Equal(t, 9, c.MaxQueued)
}

func TestAmountsMayBeVariables(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Source{Dir: folder(t, `functions:
  - {id: a, kind: tts, plugin: p, scale: {max: "${MAX:-2}", idle: "${IDLE:-5m}", min: "${MIN:-}"}, limits: {memory_mb: "512"}}
`, "")})
	require.NoError(t, err)
	assert.Equal(t, config.Scale{Max: 2, Idle: 5 * time.Minute}, c.Deployment.Functions[0].Scale)
	assert.Equal(t, 512, c.Deployment.Functions[0].Limits.MemoryMB)
}

// A change that needs a restart is one of meaning, wherever the value stands.
func TestWhatWaitsForARestart(t *testing.T) {
	t.Parallel()
	dir := folder(t, "server: {port: 1111, data_dir: data, max_concurrent: 3}\n"+minimal, "")
	load := func(environ ...string) *config.Config {
		c, err := config.Load(config.Source{Dir: dir, Environ: environ})
		require.NoError(t, err)
		return c
	}
	running := load()
	assert.Empty(t, running.Waiting(load("PORT=1111", "DATA_DIR=data", "LLM_MAX_TOKENS=5", "TTS_ENGINE=eleven")))
	assert.Equal(t, []string{"port", "api_keys", "max_concurrent"}, running.Waiting(load("PORT=2", "API_KEYS=k", "MAX_CONCURRENT=4")))
}

func TestWrongValuesAreToldWithNameAndPlace(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file, dotenv string
		environ      []string
		flags        map[string]string
		want         []string
	}{
		"variable":          {file: minimal, environ: []string{"PORT=http"}, want: []string{"environment variable PORT", "port", `"http"`}},
		"dotenv":            {file: minimal, dotenv: "KEEP_FILES=yesterday\n", want: []string{".env, variable KEEP_FILES", "keep_files"}},
		"flag":              {file: minimal, flags: map[string]string{"temperature": "hot"}, want: []string{"flag --temperature"}},
		"file":              {file: "server:\n  port: 99999\n" + minimal, want: []string{"deployment.yaml:2", "port", "99999"}},
		"unknown":           {file: "server:\n  prot: 1\n" + minimal, want: []string{"deployment.yaml:2", "prot", "no such setting"}},
		"top level":         {file: "sever: {}\n" + minimal, want: []string{"deployment.yaml", "line 1", "sever"}},
		"function key":      {file: "functions:\n  - {id: a, kind: tts, plugin: p, setings: {}}\n", want: []string{"deployment.yaml:2", "setings"}},
		"kind":              {file: "functions:\n  - {id: a, kind: voice, plugin: p}\n", want: []string{"deployment.yaml:2", "kind", "voice"}},
		"twice":             {file: minimal + "  - {id: lite, kind: lipsync, plugin: x}\n", want: []string{"deployment.yaml:14", "lite", "twice"}},
		"chain":             {file: minimal, environ: []string{"LLM_CHAIN=chat,openai"}, want: []string{"chat", `"openai"`}},
		"voice":             {file: minimal, environ: []string{"TTS_ENGINE=lite"}, want: []string{"tts", `"lite"`}},
		"not YAML":          {file: "functions: [", want: []string{"deployment.yaml"}},
		"alias":             {file: "functions:\n  - &a {id: a, kind: tts, plugin: p}\n  - *a\n", want: []string{"deployment.yaml"}},
		"base URL":          {file: minimal, environ: []string{"PUBLIC_BASE_URL=avatar.example"}, want: []string{"PUBLIC_BASE_URL"}},
		"scale is misspelt": {file: "functions:\n  - {id: a, kind: tts, plugin: p, scale: {maximum: 3}}\n", want: []string{"deployment.yaml:2", "maximum"}},
		"scale is negative": {file: "functions:\n  - {id: a, kind: tts, plugin: p, scale: {concurrency: -1}}\n", want: []string{"deployment.yaml:2", "concurrency"}},
		"time has no unit":  {file: "functions:\n  - {id: a, kind: tts, plugin: p, scale: {idle: 10}}\n", want: []string{"deployment.yaml:2", "10"}},
		"limit is misspelt": {file: "functions:\n  - {id: a, kind: tts, plugin: p, limits: {memory: 3}}\n", want: []string{"deployment.yaml:2", "memory"}},
		"time is a word":    {file: "functions:\n  - id: a\n    kind: tts\n    plugin: p\n    scale:\n      idle: fast\n", want: []string{"deployment.yaml:6: scale: idle: \"fast\" is not a time"}},
		"server: not set":   {file: "server:\n  api_keys: \"${NOT_SET:?}\"\n" + minimal, want: []string{"deployment.yaml:2: api_keys: variable NOT_SET is not set"}},
		"server: in a list": {file: "server:\n  api_keys: [a, \"${NOT_SET:?}\"]\n" + minimal, want: []string{"deployment.yaml:2: api_keys: variable NOT_SET is not set"}},
		"server: no key":    {file: "server:\n  api_keys: \"${NOT_SET}\"\n" + minimal, want: []string{"deployment.yaml:2: api_keys: variable NOT_SET is not set", "${NOT_SET:-}"}},
		"server: variable":  {file: "server:\n  port: ${P}\n" + minimal, environ: []string{"P=http"}, want: []string{"deployment.yaml:2: port", `"http"`, "environment variable P"}},
		"server: a table":   {file: "server:\n  data_dir: {a: b}\n" + minimal, want: []string{"deployment.yaml:2: data_dir: neither a value nor a list"}},
		"empty file":        {file: "# nothing yet\n", want: []string{"deployment.yaml: the file is empty"}},
		"scale is text":     {file: "functions:\n  - {id: a, kind: tts, plugin: p, scale: {max: many}}\n", want: []string{"deployment.yaml:2", "many"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(config.Source{Dir: folder(t, tc.file, tc.dotenv), Environ: tc.environ, Flags: tc.flags})
			require.Error(t, err)
			for _, part := range tc.want {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}

// The place is that of the value, also where it contradicts another file, and where only a list of it is wrong.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file, dotenv, environ string
		want                  []string
	}{
		"chain":         {minimal, "", "LLM_CHAIN=chat,openai", []string{"environment variable LLM_CHAIN", `"openai"`}},
		"voice":         {minimal, "TTS_ENGINE=lite\n", "", []string{".env, variable TTS_ENGINE", `"lite"`}},
		"face":          {"server: {lipsync: espeak}\n" + minimal, "", "", []string{"deployment.yaml:1", "lipsync", `"espeak"`}},
		"keys of none":  {minimal, "", "API_KEYS= , ", []string{"environment variable API_KEYS", "no key"}},
		"origin":        {minimal, "", "CORS_ORIGINS=https://a.example,b.example", []string{"CORS_ORIGINS", `"b.example"`}},
		"origin's path": {minimal, "", "CORS_ORIGINS=https://a.example/app", []string{"CORS_ORIGINS", "/app"}},
		"no assignment": {minimal, "# 설정\nPORT=1\nsk-secret\n", "", []string{".env:3", "NAME=value"}},
		"no name":       {minimal, "PORT=1\n\n=secret\n", "", []string{".env:3", "NAME=value"}},
		"a word alone":  {minimal, "PORT=1\nsecret\nHOST=::1\n", "", []string{".env:2", "NAME=value"}},
		"a last word":   {minimal, "PORT=1\nsecret", "", []string{".env:2", "NAME=value"}},
		"of many lines": {minimal, "A=\"one-\ntwo-\n\"\n-secret\n", "", []string{".env:4", "NAME=value"}},
		"an open quote": {minimal, "PORT=1\nA=\"secret\nHOST=::1\n", "", []string{".env:2", "NAME=value"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(config.Source{Dir: folder(t, tc.file, tc.dotenv), Environ: []string{tc.environ}})
			for _, part := range tc.want {
				require.ErrorContains(t, err, part)
			}
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

// What is found wrong later is told with name and place all the same.
func TestWrongLater(t *testing.T) {
	t.Parallel()
	dir := folder(t, minimal, "ELEVENLABS_API_KEY=secret\nDATA_DIR=/proc/nowhere\n")
	c, err := config.Load(config.Source{Dir: dir, Environ: []string{"VOICE=bad voice"}})
	require.NoError(t, err)
	require.EqualError(t, c.Wrong("data_dir", os.ErrPermission), filepath.Join(dir, ".env")+", variable DATA_DIR: data_dir: permission denied")
	require.EqualError(t, c.Wrong("port", os.ErrExist), "default of PORT: port: file already exists")
	err = c.Deployment.Functions[1].Wrong(os.ErrInvalid)
	require.ErrorContains(t, err, "deployment.yaml:4: invalid argument")
	require.ErrorContains(t, err, "environment variable VOICE")
	require.ErrorContains(t, err, ".env, variable ELEVENLABS_API_KEY")
	assert.NotContains(t, err.Error(), "secret")
}

// A .env as the document has it, and as editors of other systems write it.
func TestDotenv(t *testing.T) {
	t.Parallel()
	const document = "# LLM API 설정\nLLM_API_URL=https://llm.example/v1/chat/completions\n\nELEVENLABS_API_KEY=xxx\n\n" +
		"# MuseTalk 경로\nMUSETALK_PATH=c:/NewAvata/NewAvata/MuseTalk\nexport PORT=5050\nVOICE=\"a b\" # 목소리\n"
	for name, text := range map[string]string{
		"as it is": document, "of Windows": "\ufeff" + strings.ReplaceAll(document, "\n", "\r\n"), "without a last line end": strings.TrimSpace(document),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load(config.Source{Dir: folder(t, minimal, text)})
			require.NoError(t, err)
			assert.Equal(t, 5050, c.Port)
			assert.JSONEq(t, `{"speed": "1.5", "rate": 1.5, "api_key": "xxx", "voice": "a b"}`, string(c.Deployment.Functions[1].Settings))
		})
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Source{Dir: folder(t, minimal, ""), Environ: []string{"CORS_ORIGINS=https://a.example/, http://b.example:8080,*"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"https://a.example", "http://b.example:8080", "*"}, c.CORSOrigins)
}

func TestNoDeploymentFile(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Source{Dir: t.TempDir()})
	require.ErrorContains(t, err, "deployment.yaml")
}

// Which settings take effect at once is said where they are set.
func TestLiveSettingsAreDocumented(t *testing.T) {
	t.Parallel()
	for file, end := range map[string]string{"deployment.yaml": "take effect while", "docs/operations.md": "take effect at\nonce"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", file))
		require.NoError(t, err)
		said, _, found := strings.Cut(string(raw), end)
		require.True(t, found, file)
		said = strings.NewReplacer("`", "", "\n# ", " ", "\n", " ").Replace(said[max(0, len(said)-200):])
		var live []string
		for _, s := range config.Settings() {
			if s.Live() {
				live = append(live, s.Key)
			}
		}
		names := strings.Join(live[:len(live)-1], ", ") + " and " + live[len(live)-1]
		assert.Contains(t, said, names, file)
	}
}

func TestSettingsHaveDistinctNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range config.Settings() {
		for _, name := range []string{s.Key, s.Env} {
			assert.False(t, seen[name], name)
			seen[name] = true
		}
		assert.NotEmpty(t, s.Usage, s.Key)
	}
}
