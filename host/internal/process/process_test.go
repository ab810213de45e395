package process_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/process"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// The test binary is the plugin as well: its first argument is what it does.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "role" {
		switch os.Args[2] {
		case "warden":
			process.KeepWatch(os.Stdin)
		case "host":
			serveHost(os.Args[3])
		default:
			misbehave(os.Args[3])
			llm.Serve(func(context.Context, struct{}, plugin.Env) (llm.Model, error) { return engine{}, nil })
		}
		return
	}
	os.Exit(m.Run())
}

// serveHost is a host whose plugin has a child that left its group. It tells both and waits to be killed.
func serveHost(temp string) {
	ctx := context.Background() //nolint:forbidigo // a program's main
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	warden, err := process.StartWarden(self, "role", "warden")
	if err != nil {
		panic(err)
	}
	warden.Own(temp)
	p, err := process.Start(ctx, process.Options{
		Path: self, Args: []string{"role", "plugin", ""}, Kind: "llm", Protocols: []int{1}, TempDir: temp, StartTimeout: 20 * time.Second,
		Logger: hclog.NewNullLogger(), Warden: warden,
	})
	if err != nil {
		panic(err)
	}
	if err := plugin.NewClient(p.Conn()).Configure(ctx, nil, plugin.Env{}); err != nil {
		panic(err)
	}
	child, err := ask(ctx, p, "spawn away")
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString(strconv.Itoa(p.PID()) + " " + child + "\n")
	select {}
}

// misbehave is what happens before the handshake.
func misbehave(how string) {
	switch how {
	case "hang at start":
		select {}
	case "exit at start":
		_, _ = os.Stderr.WriteString("no licence found\n")
		os.Exit(3)
	case "speak to stdout":
		_, _ = os.Stdout.WriteString("hello, I am no plugin\n")
	}
}

// engine does what it is asked.
type engine struct{}

func (engine) Chat(ctx context.Context, req llm.Request, out llm.Sink) (string, error) {
	words := strings.Fields(req.Messages[0].Content)
	switch words[0] {
	case "write": // to descriptor words[1], words[2] times, a line of words[3]
		fd, _ := strconv.Atoi(words[1])
		n, _ := strconv.Atoi(words[2])
		for range n {
			_, _ = syscall.Write(fd, []byte(strings.Join(words[3:], " ")+"\n"))
		}
	case "flood": // one line of words[2] bytes to descriptor words[1]
		fd, _ := strconv.Atoi(words[1])
		n, _ := strconv.Atoi(words[2])
		for rest := bytes.Repeat([]byte("x"), n); len(rest) > 0; {
			k, err := syscall.Write(fd, rest)
			if err != nil {
				return "", err
			}
			rest = rest[k:]
		}
	case "spawn":
		child := exec.Command("sleep", "300") //nolint:noctx // it must outlive its parent, unless the host ends it
		child.Stderr = os.NewFile(2, "stderr")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: words[1] == "away"}
		if err := child.Start(); err != nil {
			return "", err
		}
		return "", out.Token(strconv.Itoa(child.Process.Pid))
	case "eat":
		var kept [][]byte
		for {
			piece := make([]byte, 8<<20)
			for i := range piece {
				piece[i] = 1
			}
			kept = append(kept, piece)
			runtime.KeepAlive(kept)
		}
	case "open":
		var kept []*os.File
		for {
			f, err := os.Open("/dev/null")
			if err != nil {
				return "", out.Token(strconv.Itoa(len(kept)))
			}
			kept = append(kept, f)
		}
	case "env":
		return "", out.Token(strings.Join(os.Environ(), "\n"))
	}
	return "", out.Token("done")
}

type words struct{ strings.Builder }

func (w *words) Token(text string) error { w.WriteString(text); return nil }

type logs struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}
func (l *logs) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.Buffer.String() }

func options(t *testing.T, how string) (process.Options, *logs) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	out := &logs{}
	return process.Options{
		Path: self, Args: []string{"role", "plugin", how}, Kind: "llm", Protocols: []int{1}, TempDir: temp(t), StartTimeout: 20 * time.Second,
		Logger: hclog.New(&hclog.LoggerOptions{Name: "p", Level: hclog.Debug, Output: out}),
	}, out
}

func temp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "t") //nolint:usetesting // t.TempDir is too long for a socket's path
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func start(t *testing.T, o process.Options) *process.Process {
	t.Helper()
	p, err := process.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	require.NoError(t, plugin.NewClient(p.Conn()).Configure(t.Context(), nil, plugin.Env{}))
	return p
}

func ask(ctx context.Context, p *process.Process, what string) (string, error) {
	var w words
	_, err := llm.NewClient(p.Conn()).Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User, Content: what}}}, &w)
	return w.String(), err
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) }

// stopped tells whether no thread of a process runs any more: a signal that stops it takes a moment to reach them all.
func stopped(pid int) bool {
	threads, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "stat"))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, path := range threads {
		raw, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(raw, []byte(") T ")) {
			return false
		}
	}
	return true
}

func zombie(pid int) bool {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || bytes.Contains(raw, []byte(") Z "))
}

func within(t *testing.T, d time.Duration, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	select {
	case <-done:
	case <-time.After(d):
		t.Errorf("%s did not end within %v", what, d)
	}
}

func TestMalformedLogLineDoesNotKillTheHost(t *testing.T) {
	t.Parallel()
	o, out := options(t, "")
	p := start(t, o)
	for _, line := range []string{`{"@message":5}`, `{"@level":{}}`, `{"@timestamp":1}`, `{"@message":"real","@level":"warn","n":1}`} {
		_, err := ask(t.Context(), p, "write 2 1 "+line)
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "[WARN]") && strings.Contains(out.String(), "real") }, 5*time.Second, 10*time.Millisecond)
}

func TestLongLineOnStdoutDoesNotBlockThePlugin(t *testing.T) {
	t.Parallel()
	o, _ := options(t, "")
	p := start(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := ask(ctx, p, "flood 1 400000")
	require.NoError(t, err)
	_, err = ask(ctx, p, "flood 2 4000000")
	require.NoError(t, err)
}

func TestNoiseIsBounded(t *testing.T) {
	t.Parallel()
	o, out := options(t, "")
	p := start(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := ask(ctx, p, "write 2 50000 noise")
	require.NoError(t, err)
	time.Sleep(500 * time.Millisecond)
	assert.Less(t, strings.Count(out.String(), "\n"), 5000, "lines logged of 50,000")
}

func TestCloseEndsWhatThePluginStarted(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"near", "away"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			o, _ := options(t, "")
			p := start(t, o)
			raw, err := ask(t.Context(), p, "spawn "+how)
			require.NoError(t, err)
			child, err := strconv.Atoi(raw)
			require.NoError(t, err)
			t.Cleanup(func() { _ = syscall.Kill(child, syscall.SIGKILL) })
			within(t, 10*time.Second, "Close", p.Close)
			assert.Eventually(t, func() bool { return gone(child) }, 5*time.Second, 10*time.Millisecond, "the child is gone")
			assert.NoDirExists(t, p.TempDir())
		})
	}
}

func TestCrashIsSeenWhileAChildHoldsThePipes(t *testing.T) {
	t.Parallel()
	o, _ := options(t, "")
	p := start(t, o)
	raw, err := ask(t.Context(), p, "spawn away")
	require.NoError(t, err)
	child, err := strconv.Atoi(raw)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Kill(child, syscall.SIGKILL) })
	require.NoError(t, syscall.Kill(p.PID(), syscall.SIGKILL))
	within(t, 5*time.Second, "Done", func() { <-p.Done() })
	within(t, 10*time.Second, "Kill", p.Kill)
}

// However the host ends, nothing of its plugins stays: no process, wherever it went, and no folder.
func TestAKilledHostLeavesNothing(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	folder := temp(t)
	host := exec.CommandContext(t.Context(), self, "role", "host", folder)
	out, err := host.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, host.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	var running, child int
	_, err = fmt.Sscan(line, &running, &child)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Kill(child, syscall.SIGKILL) })
	require.False(t, gone(running) || gone(child))
	require.NoError(t, host.Process.Kill())
	_ = host.Wait()
	for _, pid := range []int{running, child} {
		assert.Eventually(t, func() bool { return gone(pid) }, 10*time.Second, 10*time.Millisecond, "process %d is gone", pid)
	}
	assert.Eventually(t, func() bool {
		_, err := os.Stat(folder)
		return errors.Is(err, os.ErrNotExist)
	}, 10*time.Second, 10*time.Millisecond, "its folder is gone")
}

func TestStoppedPlugin(t *testing.T) {
	t.Parallel()
	o, _ := options(t, "")
	p := start(t, o)
	require.NoError(t, syscall.Kill(p.PID(), syscall.SIGSTOP))
	require.Eventually(t, func() bool { return stopped(p.PID()) }, 5*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.Error(t, p.Ping(ctx))
	within(t, 10*time.Second, "Close", p.Close)
	assert.True(t, gone(p.PID()))
}

func TestMemoryLimitIsUsableAndHolds(t *testing.T) {
	t.Parallel()
	o, _ := options(t, "")
	o.MemoryMB = 512
	p := start(t, o)
	_, err := ask(t.Context(), p, "eat")
	require.Error(t, err)
	within(t, 5*time.Second, "Done", func() { <-p.Done() })
	require.ErrorContains(t, p.Err(), "its memory_mb is 512", "the program's own last words need not speak of memory")
}

func TestOpenFilesLimit(t *testing.T) {
	t.Parallel()
	o, _ := options(t, "")
	o.OpenFiles = 64
	p := start(t, o)
	raw, err := ask(t.Context(), p, "open")
	require.NoError(t, err)
	n, err := strconv.Atoi(raw)
	require.NoError(t, err)
	assert.Less(t, n, 64)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	o, _ := options(t, "exit at start")
	_, err := process.Start(t.Context(), o)
	require.ErrorContains(t, err, "status 3", "the exit status says why")
	require.ErrorContains(t, err, "no licence found", "the last words say why")

	o, _ = options(t, "speak to stdout")
	_, err = process.Start(t.Context(), o)
	require.ErrorContains(t, err, "print nothing to standard output before Serve", "an author's likeliest mistake")

	o, _ = options(t, "")
	o.SHA256 = strings.Repeat("0", 64)
	_, err = process.Start(t.Context(), o)
	require.ErrorContains(t, err, "checksum")

	o, _ = options(t, "hang at start")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = process.Start(ctx, o)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(began), 5*time.Second)
	left, err := os.ReadDir(o.TempDir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestLongTempDirStillHasRoomForASocket(t *testing.T) {
	t.Parallel()
	o, _ := options(t, "")
	o.TempDir = filepath.Join(o.TempDir, strings.Repeat("long-folder-name", 5))
	require.NoError(t, os.MkdirAll(o.TempDir, 0o700))
	_, err := ask(t.Context(), start(t, o), "x")
	require.NoError(t, err)
}

func TestEnvironmentIsMinimal(t *testing.T) {
	o, _ := options(t, "")
	t.Setenv("OPENAI_API_KEY", "secret")
	t.Setenv("https_proxy", "http://proxy.example:3128")
	raw, err := ask(t.Context(), start(t, o), "env")
	require.NoError(t, err)
	assert.NotContains(t, raw, "secret")
	assert.Contains(t, raw, "https_proxy=http://proxy.example:3128", "an engine must find its service")
}
