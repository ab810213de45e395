package process

import (
	"fmt"
	"os"
	"syscall"
)

// ExitError says how a program ended.
type ExitError struct {
	// Status is the exit status, -1 when a signal ended the program.
	Status int
	// Signal is 0 when the program ended by itself.
	Signal syscall.Signal
	// LastWords are what it wrote to standard error at the end, cut short; they may be empty.
	LastWords string
	// MemoryMB is the limit that it had, 0 for none: a program that meets it ends in ways that say nothing of memory.
	MemoryMB int
}

// Error implements error.
func (e *ExitError) Error() string {
	text := fmt.Sprintf("plugin ended with status %d", e.Status)
	if e.Signal != 0 {
		text = fmt.Sprintf("plugin was ended by signal %d (%v)", int(e.Signal), e.Signal)
	}
	if e.MemoryMB > 0 && (e.Status != 0 || e.Signal != 0) {
		text += fmt.Sprintf(" (its memory_mb is %d)", e.MemoryMB)
	}
	if e.LastWords != "" {
		text += ": " + e.LastWords
	}
	return text
}

func exitOf(state *os.ProcessState, lastWords string, memoryMB int) *ExitError {
	e := &ExitError{Status: -1, LastWords: lastWords, MemoryMB: memoryMB}
	if state == nil {
		return e
	}
	e.Status = state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = status.Signal()
	}
	return e
}
