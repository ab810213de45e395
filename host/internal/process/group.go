package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin/runner"
	"golang.org/x/sys/unix"
)

// afterlife is how long the pipes of an ended program are read for its last words.
const afterlife = 200 * time.Millisecond

// group runs a program in a process group of its own, within limits, and reads what it says. go-plugin
// sees only the line of the handshake: it has no bound for what follows, and a malformed log line would end the host.
type group struct {
	options Options
	dir     string
	env     []string
	log     *lineLog

	mu             sync.Mutex
	command        *exec.Cmd
	stdout, stderr *os.File
	unwanted       bool
	reaped         bool
	// done is closed, and exit set, when the program has ended.
	done chan struct{}
	exit error
}

func newGroup(o Options, dir string) *group {
	return &group{options: o, dir: dir, log: newLineLog(o.Logger), done: make(chan struct{})}
}

// Start implements runner.Runner.
func (g *group) Start(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.unwanted {
		return errors.New("start program: it is not wanted any more")
	}
	// The command outlives every context: its end is kill.
	command := exec.Command(g.options.Path, g.options.Args...) //nolint:gosec,noctx // the manifest names the program
	command.Env, command.Dir = g.env, g.dir
	// Pdeathsig covers the moment before the warden knows the group. The kernel ties it to
	// the thread that forks; Go ends no thread but those locked to a goroutine, and here none is.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	stdout, stdoutEnd, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("open standard output: %w", err)
	}
	stderr, stderrEnd, err := os.Pipe()
	if err != nil {
		closeAll(stdout, stdoutEnd)
		return fmt.Errorf("open standard error: %w", err)
	}
	command.Stdout, command.Stderr = stdoutEnd, stderrEnd
	err = command.Start()
	closeAll(stdoutEnd, stderrEnd)
	if err != nil {
		closeAll(stdout, stderr)
		return fmt.Errorf("start program: %w", err)
	}
	g.command, g.stdout, g.stderr = command, stdout, stderr
	g.options.Warden.watch(command.Process.Pid, g.dir)
	limitErr := limit(command.Process.Pid, g.options)
	if limitErr != nil {
		g.kill()
		_ = stdout.Close() // nobody will wait
	}
	go g.observe()
	return limitErr
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// limit bounds a running process; what it maps and opens from now on counts. Memory is counted as private
// writable memory: Go and CUDA reserve far more address space than they ever use.
func limit(pid int, o Options) error {
	for resource, bound := range map[int]uint64{
		unix.RLIMIT_DATA:   uint64(max(0, o.MemoryMB)) << 20,
		unix.RLIMIT_NOFILE: uint64(max(0, o.OpenFiles)),
	} {
		if bound == 0 {
			continue
		}
		var now unix.Rlimit
		err := unix.Prlimit(pid, resource, nil, &now)
		if err == nil {
			bound = min(bound, now.Max) // more than the host may have itself cannot be given
			err = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: bound, Max: bound}, nil)
		}
		if err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("limit program: %w", err)
		}
	}
	return nil
}

// observe reads what the program says and sees its end at once, though its pipes may be held open
// by programs that it started. It ends those before it reaps the program, whose id is its group's.
func (g *group) observe() {
	read := make(chan struct{})
	go func() {
		defer close(read)
		g.log.consume(g.stderr)
	}()
	pid := g.command.Process.Pid
	for {
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	g.mu.Lock()
	g.kill()
	g.reaped = true
	g.mu.Unlock()
	sweep(g.dir)
	g.options.Warden.forget(pid) // before the id can become another's
	_ = g.command.Wait()         // the state says more than the error
	soon := time.Now().Add(afterlife)
	_ = g.stdout.SetReadDeadline(soon)
	_ = g.stderr.SetReadDeadline(soon)
	<-read
	g.exit = exitOf(g.command.ProcessState, g.log.lastWords(), g.options.MemoryMB)
	_ = g.stderr.Close()
	close(g.done)
}

// Wait implements runner.Runner.
func (g *group) Wait(context.Context) error {
	if g.pid() == 0 {
		return errors.New("wait for program: it was not started")
	}
	<-g.done
	_ = g.stdout.Close()
	return nil
}

// Kill implements runner.Runner.
func (g *group) Kill(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kill()
	return nil
}

// end ends the program and everything in its group at once, and keeps one that has not started from starting.
func (g *group) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unwanted = true
	g.kill()
}

func (g *group) kill() {
	if g.command != nil && !g.reaped {
		_ = syscall.Kill(-g.command.Process.Pid, syscall.SIGKILL)
	}
}

func (g *group) pid() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.command == nil {
		return 0
	}
	return g.command.Process.Pid
}

// Stdout implements runner.Runner: the line of the handshake.
func (g *group) Stdout() io.ReadCloser { return newHandshake(g.stdout, g.log) }

// Stderr implements runner.Runner: nothing, since observe reads it.
func (g *group) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name implements runner.Runner.
func (g *group) Name() string { return g.options.Path }

// ID implements runner.Runner.
func (g *group) ID() string {
	if pid := g.pid(); pid != 0 {
		return strconv.Itoa(pid)
	}
	return ""
}

// Diagnose implements runner.Runner.
func (g *group) Diagnose(context.Context) string {
	return "The program must be a plugin built with this project's SDK, and print nothing to standard output before Serve."
}

// PluginToHost implements runner.Runner: both see the same files.
func (g *group) PluginToHost(network, address string) (hostNetwork, hostAddress string, err error) {
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (g *group) HostToPlugin(network, address string) (pluginNetwork, pluginAddress string, err error) {
	return network, address, nil
}

var _ runner.Runner = (*group)(nil)
