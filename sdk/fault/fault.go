// Package fault gives errors a kind that survives the process boundary, and a
// sentence for people. It knows neither gRPC nor HTTP.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Kind says whose fault an error is and what a caller can do about it.
// Values are frozen on the wire: append, never rename.
type Kind string

// The kinds of error.
const (
	Invalid       Kind = "invalid"       // the request is wrong; do not repeat it
	NotFound      Kind = "not_found"     // what the request names does not exist
	Unauthorized  Kind = "unauthorized"  // a key is missing or refused
	Quota         Kind = "quota"         // the account's allowance is used up
	RateLimited   Kind = "rate_limited"  // too many requests; later it may work
	Unavailable   Kind = "unavailable"   // the engine cannot serve now
	Cancelled     Kind = "cancelled"     // the caller went away
	Internal      Kind = "internal"      // a defect, or a broken machine
	Unconfigured  Kind = "unconfigured"  // the deployment lacks a setting
	Busy          Kind = "busy"          // every place is taken
	Unimplemented Kind = "unimplemented" // this engine cannot do that
)

// Kinds lists every kind, for code that must treat each of them.
func Kinds() []Kind {
	return []Kind{
		Invalid, NotFound, Unauthorized, Quota, RateLimited, Unavailable,
		Cancelled, Internal, Unconfigured, Busy, Unimplemented,
	}
}

// Error is an error with a kind.
type Error struct {
	Kind Kind
	// Op is what was being done, as a verb phrase ("synthesize speech").
	Op string
	// Hint is one sentence for the person at the other end, on one line and of 300
	// characters at most; it may be empty and never holds a secret or a path.
	Hint string
	Err  error
}

// Error implements error.
func (e *Error) Error() string {
	switch {
	case e.Err == nil && e.Hint != "":
		return fmt.Sprintf("%s: %s", e.Op, e.Hint)
	case e.Err == nil:
		return fmt.Sprintf("%s: %s", e.Op, e.Kind)
	default:
		return fmt.Sprintf("%s: %v", e.Op, e.Err)
	}
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind. err may be nil.
func New(kind Kind, op, hint string, err error) error {
	return &Error{Kind: kind, Op: op, Hint: hint, Err: err}
}

// KindOf gives the kind of the outermost Error in err's chain. A context's end
// is Cancelled (a deadline Unavailable); anything else is Internal; nil is "".
func KindOf(err error) Kind {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.Canceled):
		return Cancelled
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	default:
		return Internal
	}
}

// HintOf gives the outermost hint that is not empty, or "".
func HintOf(err error) string {
	var e *Error
	for errors.As(err, &e) {
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}
