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

	"github.com/hashicorp/go-plugin/runner"
	"golang.org/x/sys/unix"
)

// groupRunner runs a program in a process group of its own, within limits.
type groupRunner struct {
	options Options
	dir     string
	env     []string

	mu             sync.Mutex
	command        *exec.Cmd
	stdout, stderr io.ReadCloser
	reaped         bool
	// done is closed, and exit set, when the program has ended.
	done chan struct{}
	exit error
}

func newGroupRunner(o Options, dir string) *groupRunner {
	return &groupRunner{options: o, dir: dir, done: make(chan struct{})}
}

// Start implements runner.Runner.
func (g *groupRunner) Start(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	// The command outlives every context: its end is killGroup.
	command := exec.Command(g.options.Path, g.options.Args...) //nolint:gosec,noctx // the manifest names the program
	command.Env, command.Dir = g.env, g.dir
	// Pdeathsig covers the moment before the warden knows the group. The kernel ties it to
	// the thread that forks; Go ends no thread but those locked to a goroutine, and here none is.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var err error
	if g.stdout, err = command.StdoutPipe(); err != nil {
		return fmt.Errorf("open standard output: %w", err)
	}
	if g.stderr, err = command.StderrPipe(); err != nil {
		return fmt.Errorf("open standard error: %w", err)
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("start program: %w", err)
	}
	g.command = command
	g.options.Warden.watch(command.Process.Pid)
	go g.observe(command.Process.Pid)
	if err := limit(command.Process.Pid, g.options); err != nil {
		g.kill()
		return err
	}
	return nil
}

// limit bounds a running process; what it maps and opens from now on counts.
func limit(pid int, o Options) error {
	for resource, bound := range map[int]uint64{
		unix.RLIMIT_AS:     uint64(max(0, o.MemoryMB)) << 20,
		unix.RLIMIT_NOFILE: uint64(max(0, o.OpenFiles)),
	} {
		if bound == 0 {
			continue
		}
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: bound, Max: bound}, nil); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("limit program: %w", err)
		}
	}
	return nil
}

// observe sees the program's end at once, while its pipes may be held open by programs that it started,
// and ends those. It leaves the program to be reaped by Wait, so that its id cannot be another's yet.
func (g *groupRunner) observe(pid int) {
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	g.killGroup()
	g.exit = ended(info)
	close(g.done)
}

// ended says how a program ended: the status and the code in waitid's answer.
func ended(info unix.Siginfo) error {
	if info.Code == cldExited {
		return errors.New("the program ended by itself")
	}
	return errors.New("the program was killed or crashed")
}

// cldExited is the kernel's CLD_EXITED.
const cldExited = 1

// Wait implements runner.Runner. go-plugin calls it once, when both pipes have ended.
func (g *groupRunner) Wait(context.Context) error {
	g.mu.Lock()
	command := g.command
	g.mu.Unlock()
	if command == nil {
		return errors.New("wait for program: it was not started")
	}
	<-g.done
	g.mu.Lock()
	g.reaped = true
	g.mu.Unlock()
	err := command.Wait()
	g.options.Warden.forget(command.Process.Pid)
	return err //nolint:wrapcheck // go-plugin logs it
}

// Kill implements runner.Runner.
func (g *groupRunner) Kill(context.Context) error {
	g.killGroup()
	return nil
}

// killGroup ends the program and everything in its group at once.
func (g *groupRunner) killGroup() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kill()
}

func (g *groupRunner) kill() {
	if g.command != nil && !g.reaped {
		_ = syscall.Kill(-g.command.Process.Pid, syscall.SIGKILL)
	}
}

func (g *groupRunner) pid() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.command == nil {
		return 0
	}
	return g.command.Process.Pid
}

// Stdout implements runner.Runner.
func (g *groupRunner) Stdout() io.ReadCloser { return g.stdout }

// Stderr implements runner.Runner.
func (g *groupRunner) Stderr() io.ReadCloser { return g.stderr }

// Name implements runner.Runner.
func (g *groupRunner) Name() string { return g.options.Path }

// ID implements runner.Runner.
func (g *groupRunner) ID() string {
	if pid := g.pid(); pid != 0 {
		return strconv.Itoa(pid)
	}
	return ""
}

// Diagnose implements runner.Runner.
func (g *groupRunner) Diagnose(context.Context) string {
	return "The program must be a plugin built with this project's SDK."
}

// PluginToHost implements runner.Runner: both see the same files.
func (g *groupRunner) PluginToHost(network, address string) (hostNetwork, hostAddress string, err error) {
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (g *groupRunner) HostToPlugin(network, address string) (pluginNetwork, pluginAddress string, err error) {
	return network, address, nil
}

// baseEnv is what every program may see of the host's environment: none of its secrets.
func baseEnv(temp string) []string {
	env := []string{"TMPDIR=" + temp}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case name == "PATH", name == "HOME", name == "LANG", name == "TZ", strings.HasPrefix(name, "LC_"),
			name == "LD_LIBRARY_PATH", strings.HasPrefix(name, "CUDA_"), strings.HasPrefix(name, "NVIDIA_"):
			env = append(env, entry)
		}
	}
	return env
}

var _ runner.Runner = (*groupRunner)(nil)
