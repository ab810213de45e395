package e2e

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A host that cannot start says which setting keeps it from it, and where that stands.
func TestWhatKeepsTheHostFromStarting(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	halfway := t.TempDir() // the conversations cannot be opened
	require.NoError(t, os.MkdirAll(filepath.Join(halfway, "interview", "conversations.db"), 0o700))
	for name, tc := range map[string]struct {
		env  map[string]string
		says []string
	}{
		"a port that is taken":    {map[string]string{"PORT": port}, []string{"environment variable PORT", "in use"}},
		"an address of others":    {map[string]string{"HOST": "192.0.2.1"}, []string{"environment variable HOST", "192.0.2.1"}},
		"a file as data folder":   {map[string]string{"DATA_DIR": file}, []string{"environment variable DATA_DIR", file}},
		"half a data folder":      {map[string]string{"DATA_DIR": halfway}, []string{"environment variable DATA_DIR", "conversations.db"}},
		"keys without a key":      {map[string]string{"API_KEYS": ","}, []string{"environment variable API_KEYS"}},
		"an engine's wrong value": {map[string]string{"LLM_API_URL": "localhost:8000"}, []string{"deployment.yaml:", "primary", "environment variable LLM_API_URL"}},
		"an unknown engine":       {map[string]string{"TTS_ENGINE": "polly"}, []string{"environment variable TTS_ENGINE", "polly"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, _ := command(t, setup{Env: tc.env})
			var said bytes.Buffer
			host.Stdout, host.Stderr = &said, &said
			require.Error(t, host.Run())
			assert.Equal(t, 1, host.ProcessState.ExitCode(), said.String())
			for _, part := range tc.says {
				assert.Contains(t, said.String(), part)
			}
			assert.NotContains(t, said.String(), "goroutine", "a sentence, no stack")
		})
	}
}

// A second host leaves the first one's data folder alone. One that was killed leaves it to the next.
func TestADataFolderHasOneHost(t *testing.T) {
	t.Parallel()
	first := start(t, setup{})
	stream := first.open(t.Context(), t, video(longText))
	second, _ := command(t, setup{Env: map[string]string{"DATA_DIR": first.Data}})
	said, err := second.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, 1, second.ProcessState.ExitCode(), "%s", said)
	assert.Equal(t, 1, strings.Count(string(said), "\n"), "one sentence: %s", said)
	assert.Contains(t, string(said), "the data folder "+first.Data+" is in use by another visavis: choose another one with DATA_DIR")
	rest, err := io.ReadAll(stream)
	require.NoError(t, err)
	events := parseEvents(t, rest)
	require.Equal(t, "done", events[len(events)-1]["type"], "the first one's work goes on")
	require.NoError(t, first.cmd.Process.Kill())
	require.Error(t, <-first.done)
	first.done <- nil
	start(t, setup{Env: map[string]string{"DATA_DIR": first.Data}})
}

// Flags are told by their names when they are given wrongly.
func TestFlags(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"a switch, and a wrong value":  {[]string{"--log-json", "--port", "x"}, `flag --port: port: "x"`},
		"a switch that is off":         {[]string{"--log-json=false", "--port", "x"}, `flag --port: port: "x"`},
		"a value apart from a switch":  {[]string{"--log-json", "true"}, "write --log-json=true"},
		"a flag without its value":     {[]string{"--host", "--port", "5"}, "flag --host has no value: --port comes next"},
		"a variable that has to be":    {[]string{"--config", "needs.yaml"}, "needs.yaml:1: api_keys: variable NOT_SET is not set"},
		"a word that nobody knows":     {[]string{"server"}, `unknown command "server"`},
		"the same after the long name": {[]string{"serve", "--host", "--port", "5"}, "flag --host has no value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, _ := command(t, setup{})
			require.NoError(t, os.WriteFile(filepath.Join(host.Dir, "needs.yaml"), []byte("server: {api_keys: \"${NOT_SET:?}\"}\nfunctions: []\n"), 0o600))
			host.Args = append(host.Args[:1], tc.args...)
			said, err := host.CombinedOutput()
			require.Error(t, err)
			assert.Contains(t, string(said), tc.says)
		})
	}
}

// What a start leaves open is told: who may use the host, and what is not read. A host that asks for no key is called by its own names.
func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	called := func(t *testing.T, s *system, name string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/chat", strings.NewReader(`{"message":"네","history":[]}`))
		require.NoError(t, err)
		req.Host = name
		req.Header.Set("Origin", "http://"+name)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	t.Run("this machine", func(t *testing.T) {
		t.Parallel()
		missing := filepath.Join(t.TempDir(), "missing")
		s := start(t, setup{Env: map[string]string{"PUBLIC_BASE_URL": "https://avatar.example", "PLUGIN_DIRS": built(t, "plugins") + "," + missing}})
		assert.Equal(t, http.StatusForbidden, called(t, s, "evil.example"))
		assert.Equal(t, http.StatusOK, called(t, s, "avatar.example"))
		assert.Equal(t, http.StatusOK, called(t, s, "localhost:5000"))
		assert.NotContains(t, s.log.String(), "anybody")
		assert.Contains(t, s.log.String(), "plugin folder cannot be read: folder="+missing)
	})
	t.Run("the network", func(t *testing.T) {
		t.Parallel()
		s := start(t, setup{Env: map[string]string{"HOST": "0.0.0.0"}})
		assert.Equal(t, http.StatusOK, called(t, s, "avatar.example"))
		assert.Equal(t, 1, strings.Count(s.log.String(), "API_KEYS"), s.log.String())
	})
	t.Run("those with a key", func(t *testing.T) {
		t.Parallel()
		beside := t.TempDir()
		raw, err := os.ReadFile(filepath.Join(root(t), "deployment.yaml"))
		require.NoError(t, err)
		file := filepath.Join(beside, "deployment.yaml")
		require.NoError(t, os.WriteFile(file, raw, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(beside, ".env"), []byte("PORT=1\n"), 0o600))
		s := start(t, setup{Env: map[string]string{"HOST": "0.0.0.0", "API_KEYS": "k", "VISAVIS_CONFIG": file}})
		assert.Equal(t, http.StatusUnauthorized, called(t, s, "evil.example"))
		assert.NotContains(t, s.log.String(), "API_KEYS")
		assert.Contains(t, s.log.String(), filepath.Join(beside, ".env"))
	})
}

// /readyz says what is true, also of what nobody has asked for yet, and notices when it changes.
func TestReadiness(t *testing.T) {
	t.Parallel()
	ready := func(t *testing.T, s *system) (status int, problems string, reasons map[string]string) {
		t.Helper()
		r := s.do(t, http.MethodGet, "/readyz", nil)
		body := r.JSON(t)
		assert.Equal(t, r.Status == http.StatusOK, body["ready"])
		reasons = map[string]string{}
		functions, _ := body["functions"].([]any)
		for _, f := range functions {
			state, _ := f.(map[string]any)
			assert.Equal(t, state["problem"] == nil, state["ready"], state)
			reason, _ := state["problem"].(string)
			reasons[state["id"].(string)] = reason //nolint:forcetypeassert // a test may fail so
		}
		said, _ := body["problems"].([]any)
		for _, p := range said {
			problems += p.(string) + "\n" //nolint:forcetypeassert // a test may fail so
		}
		return r.Status, problems, reasons
	}
	t.Run("all is there", func(t *testing.T) {
		t.Parallel()
		s := start(t, setup{})
		status, problems, _ := ready(t, s)
		assert.Equal(t, http.StatusOK, status, problems)
		require.NoError(t, syscall.Kill(s.pluginPID("tts-espeak"), syscall.SIGKILL))
		eventually(t, "a plugin that died is started again", func() bool {
			status, _, _ := ready(t, s)
			return status == http.StatusOK && s.pluginPID("tts-espeak") != 0
		})
		audio := filepath.Join(s.Data, "assets", "audio")
		require.NoError(t, os.RemoveAll(audio))
		status, problems, _ = ready(t, s)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Contains(t, problems, "저장")
		require.NoError(t, os.Mkdir(audio, 0o700))
		status, problems, _ = ready(t, s)
		assert.Equal(t, http.StatusOK, status, problems)
	})
	t.Run("a voice that cannot start", func(t *testing.T) {
		t.Parallel()
		s := start(t, setup{Env: map[string]string{"NATIVES_DIR": t.TempDir(), "FFMPEG": built(t, "natives", "bin", "ffmpeg")}})
		for range 2 {
			status, problems, reasons := ready(t, s)
			assert.Equal(t, http.StatusServiceUnavailable, status)
			assert.Contains(t, problems, "TTS")
			assert.NotEmpty(t, reasons["espeak"])
			assert.Empty(t, reasons["interviewer"])
		}
	})
	t.Run("no ffmpeg", func(t *testing.T) {
		t.Parallel()
		status, problems, reasons := ready(t, start(t, setup{Env: map[string]string{"FFMPEG": "/nowhere/ffmpeg"}}))
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Contains(t, problems, "립싱크")
		assert.Contains(t, reasons["lite"], "ffmpeg")
	})
	t.Run("no avatar", func(t *testing.T) {
		t.Parallel()
		s := start(t, setup{Env: map[string]string{"AVATAR_ROOTS": t.TempDir()}})
		status, problems, _ := ready(t, s)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Contains(t, problems, "아바타")
		assert.Contains(t, s.log.String(), "AVATAR_ROOTS", "it is told at the start too")
	})
}

// Work that does not finish in time is cut off, and its client hears of it.
func TestTheEndCutsOffAtLast(t *testing.T) {
	t.Parallel()
	s := start(t, setup{Env: map[string]string{"DRAIN_TIMEOUT": "300ms"}})
	stream := s.open(t.Context(), t, video(strings.Repeat(longText, 60)))
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(stream)
	require.NoError(t, err, "the stream ends as it should")
	events := parseEvents(t, rest)
	require.NotEmpty(t, events)
	assert.Equal(t, "error", events[len(events)-1]["type"])
	require.NoError(t, <-s.done)
	s.done <- nil
	assertNoHalfFiles(t, s)
}

// Who asks twice does not want to wait.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	s.open(t.Context(), t, video(strings.Repeat(longText, 60)))
	family := descendants(s.cmd.Process.Pid)
	require.NoError(t, s.cmd.Process.Signal(os.Interrupt))
	eventually(t, "it has heard the first", func() bool { return strings.Contains(s.log.String(), "ending") })
	eventually(t, "a further one ends it", func() bool {
		_ = s.cmd.Process.Signal(os.Interrupt)
		select {
		case err := <-s.done:
			s.done <- nil
			assert.Error(t, err)
			return true
		default:
			return false
		}
	})
	for pid := range family {
		eventually(t, "nothing is left behind", func() bool { return !alive(pid) })
	}
}
