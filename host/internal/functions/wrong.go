package functions

// WrongError says that an entry of a deployment contradicts its plugin's manifest.
type WrongError struct {
	Function string
	Err      error
}

// Error implements error.
func (e *WrongError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *WrongError) Unwrap() error { return e.Err }
