package functions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/host/internal/process"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// The test's own program serves as plugin, warden and host: it runs itself again with one of these roles.
const (
	rolePlugin = "plugin"
	roleWarden = "warden"
	roleHost   = "host"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "role" {
		switch os.Args[2] {
		case rolePlugin:
			servePlugin(os.Args[3:])
		case roleWarden:
			process.KeepWatch(os.Stdin)
		case roleHost:
			serveHost(os.Args[3])
		}
		return
	}
	os.Exit(m.Run())
}

// behaviour is how the test's plugin behaves; it is its settings too.
type behaviour struct {
	// Open is "fail", "nothing", "nil", "hang", "crash" or "" at Configure.
	Open string `json:"open,omitempty"`
	// Chat is "crash", "hang", "late crash", "refuse", "mute", "wait" or "" in a call.
	Chat string `json:"chat,omitempty"`
	// Name is the model's name.
	Name string `json:"name,omitempty"`
	// Once names a file: Chat's behaviour holds only while it does not exist.
	Once string `json:"once,omitempty"`
	// Children starts a sleeping process in the group.
	Children bool `json:"children,omitempty"`
}

func servePlugin(args []string) {
	if len(args) > 0 {
		switch args[0] {
		case "crash at start":
			os.Exit(3)
		case "hang at start":
			select {}
		case "crash without":
			if _, err := os.Stat(args[1]); err != nil {
				os.Exit(4)
			}
		case "talk at start":
			fmt.Println("hello") //nolint:forbidigo // no handshake
			select {}
		case "another protocol":
			fmt.Println("1|99|unix|/nowhere|grpc|") //nolint:forbidigo // a handshake
			select {}
		}
	}
	llm.Serve(func(ctx context.Context, b behaviour, env plugin.Env) (llm.Model, error) {
		env.Logger.Info("engine opens", "name", b.Name)
		switch b.Open {
		case "fail":
			return nil, fault.New(fault.Unavailable, "open engine", "서버에 연결할 수 없습니다", errors.New("no server"))
		case "nothing":
			return nil, nil //nolint:nilnil // the mistake that is to be found
		case "nil":
			return (*actor)(nil), nil
		case "hang":
			select {}
		case "crash":
			_, _ = os.Stderr.WriteString("no licence found\n")
			os.Exit(9)
		}
		if b.Children {
			if err := exec.Command("sleep", "1000").Start(); err != nil { //nolint:noctx // it must outlive its parent, unless the host ends it
				return nil, err
			}
		}
		return &actor{behaviour: b}, nil
	})
}

// actor is an engine that behaves as it was told.
type actor struct {
	behaviour behaviour
}

// Chat implements llm.Model.
func (a *actor) Chat(ctx context.Context, req llm.Request, out llm.Sink) (string, error) {
	b := a.behaviour
	act := b.Chat
	if b.Once != "" {
		if _, err := os.Stat(b.Once); err == nil {
			act = ""
		} else if err := os.WriteFile(b.Once, nil, 0o600); err != nil {
			return "", err
		}
	}
	switch act {
	case "crash":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "late crash":
		_ = out.Token("하나")
		heard(b.Once)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "hang":
		_ = out.Token("하나")
		heard(b.Once)
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		select {}
	case "refuse":
		return "", fault.New(fault.Unavailable, "chat", "서버가 답하지 않습니다", errors.New("no server"))
	case "mute":
		time.Sleep(time.Hour) // deaf as well
	case "wait":
		_ = out.Token("하나")
		<-ctx.Done()
		return "", ctx.Err()
	}
	if err := out.Token(strconv.Itoa(os.Getpid())); err != nil {
		return "", err
	}
	return b.Name, nil
}

// heard waits until the client has the first token: it makes a file then.
func heard(once string) {
	for {
		if _, err := os.Stat(once + ".heard"); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// install makes a plugin folder whose executable is this test.
func install(t testing.TB, dirs, name string, args ...string) string {
	t.Helper()
	dir := filepath.Join(dirs, name)
	require.NoError(t, os.MkdirAll(dir, 0o750))
	self, err := os.Executable()
	require.NoError(t, err)
	program := filepath.Join(dir, "program")
	if err := os.Link(self, program); err != nil {
		raw, err := os.ReadFile(self)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(program, raw, 0o700))
	}
	raw, err := json.Marshal(manifest.Manifest{
		Format: 1, Name: name, Kind: manifest.LLM, Version: "1", Protocols: []int{1}, Title: "Test", Executable: "program",
		Args: append([]string{"role", rolePlugin}, args...), LLM: &manifest.LLMAbilities{Label: "Test"},
		Settings: json.RawMessage(`{"type":"object","properties":{"open":{"type":"string"},"chat":{"type":"string"},"name":{"type":"string"},
			"once":{"type":"string"},"children":{"type":"boolean"}},"additionalProperties":false}`),
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, manifest.Filename), raw, 0o600))
	_, err = manifest.Seal(dir)
	require.NoError(t, err)
	return dir
}

func deploy(t testing.TB, name string, b behaviour, s functions.Scale) functions.Function {
	t.Helper()
	settings, err := json.Marshal(b)
	require.NoError(t, err)
	return functions.Function{ID: name, Kind: manifest.LLM, Plugin: name, Settings: settings, Scale: s}
}

// shortTemp is a folder with a path short enough for sockets.
func shortTemp(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vf") //nolint:usetesting // t.TempDir is too long for a socket's path
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func open(t testing.TB, dirs string, d ...functions.Function) *functions.Host {
	t.Helper()
	temp := shortTemp(t)
	self, err := os.Executable()
	require.NoError(t, err)
	warden, err := process.StartWarden(self, "role", roleWarden)
	require.NoError(t, err)
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: testWriter{t}})
	host, err := functions.Open(t.Context(), functions.Options{
		PluginDirs: []string{dirs}, Logger: logger,
		Launcher: &functions.ProcessLauncher{TempDir: temp, Logger: logger, Warden: warden},
	}, d)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		host.Close(ctx)
		require.NoError(t, warden.Close())
		left, err := os.ReadDir(temp)
		require.NoError(t, err)
		require.Empty(t, left, "folders of instances are left")
	})
	return host
}

type testWriter struct{ t testing.TB }

// Write implements io.Writer.
func (w testWriter) Write(p []byte) (int, error) {
	if w.t.Context().Err() == nil {
		w.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

type answer struct {
	text   string
	onText func()
}

// Token implements llm.Sink.
func (a *answer) Token(text string) error {
	a.text += text
	if a.onText != nil {
		a.onText()
	}
	return nil
}

// ask calls a function and gives the answer and the model's name.
func ask(ctx context.Context, h *functions.Host, id string) (text, name string, err error) {
	return askAnd(ctx, h, id, nil)
}

// askAnd calls heardBy at each token.
func askAnd(ctx context.Context, h *functions.Host, id string, heardBy func()) (text, name string, err error) {
	model, err := h.Model(id)
	if err != nil {
		return "", "", err
	}
	a := answer{onText: heardBy}
	name, err = model.Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User, Content: "네"}}}, &a)
	return a.text, name, err
}

func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 20*time.Second, 10*time.Millisecond, what)
}
