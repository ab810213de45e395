package functions

import "fmt"

// WrongError says that an entry of a deployment contradicts its plugin's manifest.
type WrongError struct {
	Function string
	Err      error
}

// Error implements error.
func (e *WrongError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *WrongError) Unwrap() error { return e.Err }

// KeptError says that a function goes on as it was, because its new version does not start.
type KeptError struct {
	Function string
	Err      error
}

// Error implements error.
func (e *KeptError) Error() string {
	return fmt.Sprintf("function %q: the new version does not start and the old one stays: %v", e.Function, e.Err)
}

// Unwrap gives the cause.
func (e *KeptError) Unwrap() error { return e.Err }
