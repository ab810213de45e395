// Package e2e tries the whole system as its users do: the built host with its built plugins, over HTTP.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/servertest"
)

// root is the project's folder, seen from this package.
func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	require.NoError(t, err)
	return dir
}

// built gives a path under the build folder.
func built(t testing.TB, elements ...string) string {
	t.Helper()
	base := os.Getenv("VISAVIS_BUILD")
	if base == "" {
		base = filepath.Join(root(t), "build")
	}
	path := filepath.Join(append([]string{base}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: run `make build natives natives-test` first", err)
	}
	return path
}

// system is a running host.
type system struct {
	URL  string
	Data string
	cmd  *exec.Cmd
	log  *servertest.Log
	done chan error
}

// setup says how a system differs from the default: no keys, the project's deployment.
type setup struct {
	Env        map[string]string
	Deployment string // text of a deployment file; "" takes the project's
}

// command is a host that is not started yet; it writes to data.
func command(t testing.TB, s setup) (host *exec.Cmd, data string) {
	t.Helper()
	work := t.TempDir()
	file := filepath.Join(root(t), "deployment.yaml")
	if s.Deployment != "" {
		file = filepath.Join(work, "deployment.yaml")
		require.NoError(t, os.WriteFile(file, []byte(s.Deployment), 0o600))
	}
	env := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": work, "HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": filepath.Join(work, "data"),
		"VISAVIS_CONFIG": file, "PLUGIN_DIRS": built(t, "plugins"), "NATIVES_DIR": built(t, "natives"),
		"AVATAR_ROOTS": filepath.Join(root(t), "precomputed"), "LOG_LEVEL": "debug", "TMPDIR": os.TempDir(),
	}
	maps.Copy(env, s.Env)
	host = exec.Command(built(t, "bin", "visavis"), "serve") //nolint:noctx // the clean-up ends it as an operator would
	host.Dir = work
	for name, value := range env {
		host.Env = append(host.Env, name+"="+value)
	}
	return host, env["DATA_DIR"]
}

// start runs a host on a free port and ends it with the test.
func start(t testing.TB, s setup) *system {
	t.Helper()
	sys := &system{log: &servertest.Log{}, done: make(chan error, 1)}
	sys.cmd, sys.Data = command(t, s)
	sys.cmd.Stderr = sys.log
	stdout, err := sys.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, sys.cmd.Start())
	address := make(chan string, 1)
	go func() {
		sys.readOutput(stdout, address)
		sys.done <- sys.cmd.Wait()
	}()
	t.Cleanup(func() { sys.stop(t) })
	select {
	case sys.URL = <-address:
	case err := <-sys.done:
		sys.done <- err
		t.Fatalf("the host ended: %v\n%s", err, sys.log)
	case <-time.After(30 * time.Second):
		t.Fatalf("the host did not start\n%s", sys.log)
	}
	return sys
}

func (s *system) readOutput(stdout io.Reader, address chan<- string) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if at := strings.Index(lines.Text(), "http://"); at >= 0 {
			select {
			case address <- strings.TrimRight(strings.Fields(lines.Text()[at:])[0], "/"):
			default:
			}
		}
	}
}

// stop ends the host as an operator does and checks that it ends well.
func (s *system) stop(t testing.TB) {
	t.Helper()
	select {
	case err := <-s.done:
		s.done <- err
		return // the test ended it itself
	default:
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.done:
		if err != nil {
			t.Errorf("the host ended with %v\n%s", err, s.log)
		}
	case <-time.After(45 * time.Second):
		_ = s.cmd.Process.Kill()
		t.Errorf("the host did not end\n%s", s.log)
	}
	s.done <- nil
	if t.Failed() {
		t.Logf("log of the host:\n%s", s.log)
	}
}

// reply is an answer of the host.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON decodes the body into a table.
func (r reply) JSON(t testing.TB) map[string]any {
	t.Helper()
	var all map[string]any
	require.NoError(t, json.Unmarshal(r.Body, &all), "%s", r.Body)
	return all
}

func (s *system) request(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("encode body: %w", err)
		}
		content = bytes.NewReader(raw)
	}
	if !strings.HasPrefix(path, "http") {
		path = s.URL + path
	}
	req, err := http.NewRequestWithContext(ctx, method, path, content)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return http.DefaultClient.Do(req)
}

func (s *system) do(t testing.TB, method, path string, body any) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	resp, err := s.request(ctx, method, path, body)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return reply{Status: resp.StatusCode, Header: resp.Header, Body: raw}
}

// events posts to a stream and gives its events.
func (s *system) events(t testing.TB, path string, body any) []map[string]any {
	t.Helper()
	r := s.do(t, http.MethodPost, path, body)
	require.Equal(t, http.StatusOK, r.Status, "%s", r.Body)
	require.True(t, strings.HasPrefix(r.Header.Get("Content-Type"), "text/event-stream"), r.Header)
	return parseEvents(t, r.Body)
}

func parseEvents(t testing.TB, raw []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.SplitSeq(string(raw), "\n") {
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var event map[string]any
		require.NoError(t, json.Unmarshal([]byte(data), &event), data)
		all = append(all, event)
	}
	return all
}
