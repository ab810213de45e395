package process

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Warden is a small process beside the host that ends every plugin's group when the host is
// gone, however it went: it reads the groups from a pipe that the kernel closes with the host.
type Warden struct {
	mu      sync.Mutex
	pipe    io.WriteCloser
	command *exec.Cmd
}

// StartWarden starts program with args; it must call KeepWatch on its standard input.
func StartWarden(program string, args ...string) (*Warden, error) {
	command := exec.Command(program, args...) //nolint:gosec,noctx // the host's own program; the pipe's end is its end
	// A session of its own keeps a terminal's signals away.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	command.Stderr = os.Stderr
	pipe, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("open pipe to warden: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start warden: %w", err)
	}
	return &Warden{pipe: pipe, command: command}, nil
}

// Own hands a folder over: it goes with the host, however that ends.
func (w *Warden) Own(dir string)            { w.tell("= " + dir) }
func (w *Warden) watch(pid int, dir string) { w.tell(fmt.Sprintf("+%d %s", pid, dir)) }
func (w *Warden) forget(pid int)            { w.tell(fmt.Sprintf("-%d", pid)) }

// tell may be called on no warden at all. A warden that has ended cannot be helped here: Pdeathsig remains.
func (w *Warden) tell(line string) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = io.WriteString(w.pipe, line+"\n")
}

// Close ends the warden, which ends what it still watches, and waits for it.
func (w *Warden) Close() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	err := w.pipe.Close()
	w.mu.Unlock()
	if err != nil {
		return fmt.Errorf("close pipe to warden: %w", err)
	}
	if err := w.command.Wait(); err != nil {
		return fmt.Errorf("wait for warden: %w", err)
	}
	return nil
}

// KeepWatch is the warden's life: it learns the groups and their folders from in and, when in ends, ends and removes them.
func KeepWatch(in io.Reader) {
	groups := map[int]string{}
	var owned []string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		id, dir, _ := strings.Cut(lines.Text(), " ")
		if id == "=" && dir != "" {
			owned = append(owned, dir)
		}
		if len(id) < 2 {
			continue
		}
		pid, err := strconv.Atoi(id[1:])
		if err != nil || pid <= 1 {
			continue
		}
		if id[0] == '+' && dir != "" {
			groups[pid] = dir
		} else {
			delete(groups, pid)
		}
	}
	for pid := range groups {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
	dirs := slices.Collect(maps.Values(groups))
	sweep(dirs...)
	for _, dir := range slices.Concat(dirs, owned) {
		_ = os.RemoveAll(dir)
	}
}
