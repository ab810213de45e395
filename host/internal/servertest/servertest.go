// Package servertest is what tests of a running server share: a log that is read while it is written, and the look for goroutines
// that are left at the end.
package servertest

import (
	"bytes"
	"net/http"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// Log collects a log that is read while it is written.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p) //nolint:wrapcheck // it never fails
}

// String gives what was written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Main runs a package's tests and fails when goroutines are left, but for those that options ignore.
func Main(m *testing.M, options ...goleak.Option) { goleak.VerifyTestMain(closing{m}, options...) }

// closing closes what clients keep open before the leaks are counted.
type closing struct{ tests *testing.M }

// Run implements goleak.TestingM.
func (c closing) Run() int {
	defer http.DefaultClient.CloseIdleConnections()
	return c.tests.Run()
}
