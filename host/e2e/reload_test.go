package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The deployment file is read again on SIGHUP.
func TestReload(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root(t), "deployment.yaml"))
	require.NoError(t, err)
	work := filepath.Join(t.TempDir(), "deployment.yaml")
	require.NoError(t, os.WriteFile(work, raw, 0o600))
	s := start(t, setup{Env: map[string]string{"VISAVIS_CONFIG": work}})
	assert.Equal(t, []any{"espeak"}, s.do(t, http.MethodGet, "/api/v2/status", nil).JSON(t)["tts_engines"])
	changed := strings.ReplaceAll(string(raw), "id: espeak", "id: korean")
	require.NoError(t, os.WriteFile(work, []byte(changed), 0o600))
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, "the new entry serves", func() bool {
		return fmt.Sprint(s.do(t, http.MethodGet, "/api/v2/status", nil).JSON(t)["tts_engines"]) == "[korean]"
	})
	require.NoError(t, os.WriteFile(work, []byte("functions: ["), 0o600))
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, "the mistake is told", func() bool { return strings.Contains(s.log.String(), "deployment.yaml: yaml") })
	assert.Equal(t, http.StatusOK, s.do(t, http.MethodPost, "/api/v2/tts", map[string]any{"text": "네.", "engine": "korean"}).Status, "the old one stays")
	readiness := func() (map[string]any, int) {
		r := s.do(t, http.MethodGet, "/readyz", nil)
		return r.JSON(t), r.Status
	}
	body, status := readiness()
	assert.Equal(t, http.StatusOK, status, "and serves on")
	assert.Contains(t, body["reload_problem"], "(deployment.yaml)")
	restarting := strings.Replace(changed, "server: {}", "server: {port: 1, max_concurrent: 2, max_tokens: 5}", 1)
	require.NotEqual(t, changed, restarting)
	require.NoError(t, os.WriteFile(work, []byte(restarting), 0o600))
	eventually(t, "a good one is taken", func() bool {
		body, _ := readiness()
		return body["reload_problem"] == nil
	})
	eventually(t, "what has to wait is told", func() bool {
		return strings.Contains(s.log.String(), `settings="max_concurrent"`) || strings.Contains(s.log.String(), "settings=max_concurrent")
	})
}

// A key that is written to .env takes effect while the host runs.
func TestDotenvIsWatched(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	voices := func() string {
		return fmt.Sprint(s.do(t, http.MethodGet, "/api/v2/status", nil).JSON(t)["tts_engines"])
	}
	require.Equal(t, "[espeak]", voices())
	dotenv := filepath.Join(s.cmd.Dir, ".env")
	require.NoError(t, os.WriteFile(dotenv, []byte("ELEVENLABS_API_KEY=k\n"), 0o600))
	eventually(t, "the key is taken", func() bool { return voices() == "[elevenlabs espeak]" })
	require.NoError(t, os.WriteFile(dotenv, []byte("ELEVENLABS_API_KEY=k\n=x\n"), 0o600))
	eventually(t, "a mistake is told", func() bool {
		r := s.do(t, http.MethodGet, "/readyz", nil)
		return strings.Contains(string(r.Body), "(.env:2)")
	})
	assert.Equal(t, "[elevenlabs espeak]", voices(), "what was read before stays")
}

// A plugin that is broken while it serves goes on, and the probe tells of it.
func TestARefusedPluginIsTold(t *testing.T) {
	t.Parallel()
	dir := brokenPlugins(t, "llm-interviewer", func(string) error { return nil })
	s := start(t, setup{Env: map[string]string{"PLUGIN_DIRS": dir}})
	require.Equal(t, http.StatusOK, s.do(t, http.MethodGet, "/readyz", nil).Status)
	state := func() map[string]any {
		body := s.do(t, http.MethodGet, "/readyz", nil).JSON(t)
		functions, _ := body["functions"].([]any)
		for _, f := range functions {
			if state, _ := f.(map[string]any); state["id"] == "interviewer" {
				return state
			}
		}
		return nil
	}
	path := filepath.Join(dir, "llm-interviewer", "plugin.json")
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	eventually(t, "it is told", func() bool { return state()["problem"] != nil })
	assert.Contains(t, state()["problem"], "plugin.json")
	assert.Equal(t, true, state()["ready"], "it serves on")
	assert.Equal(t, http.StatusOK, s.do(t, http.MethodPost, "/api/chat", map[string]any{"message": "네", "history": []any{}}).Status)
	require.NoError(t, os.WriteFile(path, good, 0o600))
	eventually(t, "all is well again", func() bool { return state()["problem"] == nil })
}
