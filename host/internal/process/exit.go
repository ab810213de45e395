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
}

// Error implements error.
func (e *ExitError) Error() string {
	text := fmt.Sprintf("plugin ended with status %d", e.Status)
	if e.Signal != 0 {
		text = fmt.Sprintf("plugin was ended by signal %d (%v)", int(e.Signal), e.Signal)
	}
	if e.LastWords != "" {
		text += ": " + e.LastWords
	}
	return text
}

func exitOf(state *os.ProcessState, lastWords string) *ExitError {
	e := &ExitError{Status: -1, LastWords: lastWords}
	if state == nil {
		return e
	}
	e.Status = state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = status.Signal()
	}
	return e
}
