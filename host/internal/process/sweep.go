package process

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// marker is the variable by which a program's descendants are known, wherever they went.
const marker = "VISAVIS_INSTANCE"

const (
	// maxEnviron is how much of a process's environment is looked at, in bytes.
	maxEnviron = 1 << 20
	// maxRounds bounds the search for processes that are born while others are ended.
	maxRounds = 20
)

// sweep ends every process that was started, at whatever remove, by the instances with these folders. A group's kill does not
// reach one that made a session of its own; its environment tells where it comes from, unless it cleared that.
func sweep(dirs ...string) {
	if len(dirs) == 0 {
		return
	}
	ended := map[int]bool{os.Getpid(): true}
	for range maxRounds {
		before := len(ended)
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return
		}
		for _, e := range entries {
			pid, err := strconv.Atoi(e.Name())
			if err == nil && !ended[pid] && endMarked(pid, dirs) {
				ended[pid] = true
			}
		}
		if len(ended) == before {
			return
		}
	}
}

// endMarked holds on to the process while it looks, so that its id cannot become another's.
func endMarked(pid int, dirs []string) bool {
	handle, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	defer func() { _ = unix.Close(handle) }()
	file, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	environ, err := io.ReadAll(io.LimitReader(file, maxEnviron))
	if err != nil {
		return false
	}
	for _, dir := range dirs {
		entry := []byte(marker + "=" + dir + "\x00")
		if bytes.HasPrefix(environ, entry) || bytes.Contains(environ, append([]byte{0}, entry...)) {
			return unix.PidfdSendSignal(handle, unix.SIGKILL, nil, 0) == nil
		}
	}
	return false
}
