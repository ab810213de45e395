package functions_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
)

func TestCloseDoesNotWaitForAStart(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a", "hang at start")
	h := open(t, dirs, deploy(t, "a", behaviour{}, functions.Scale{Min: 1, Start: time.Minute}))
	eventually(t, "it starts", func() bool { return status(t, h).State == functions.Starting })
	began := time.Now()
	h.Close(t.Context())
	assert.Less(t, time.Since(began), 10*time.Second)
}

// waiting begins a call that lasts until leave.
func waiting(t *testing.T, h *functions.Host) (leave func(), ended <-chan error) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	begun, over := make(chan struct{}), make(chan error, 1)
	go func() {
		_, _, err := askAnd(ctx, h, "a", func() { close(begun) })
		over <- err
	}()
	<-begun
	return leave, over
}

func closing(t *testing.T, h *functions.Host) <-chan struct{} {
	t.Helper()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		h.Close(t.Context())
	}()
	eventually(t, "no new call is taken", func() bool { return h.Available("a") != nil })
	return closed
}

// A plugin that changes while the host drains must not hold up its end.
func TestCloseWhileThePluginsChange(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	dir := install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Chat: "wait"}, functions.Scale{}))
	require.NoError(t, h.Watch())
	leave, ended := waiting(t, h)
	closed := closing(t, h)
	changeManifest(t, dir, func(m *manifest.Manifest) { m.Version = "2" })
	time.Sleep(time.Second) // the watch has looked by then
	leave()
	require.Error(t, <-ended)
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the host does not end")
	}
}

// Calls in an instance that was replaced have as long as the others.
func TestCloseWaitsForReplacedInstances(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Chat: "wait"}, functions.Scale{}))
	leave, ended := waiting(t, h)
	require.NoError(t, h.Apply(t.Context(), functions.Deployment{deploy(t, "a", behaviour{Name: "new"}, functions.Scale{})}))
	closed := closing(t, h)
	select {
	case err := <-ended:
		t.Fatal("the call was cut off: ", err)
	case <-closed:
		t.Fatal("closed over a running call")
	case <-time.After(500 * time.Millisecond):
	}
	leave()
	assert.Equal(t, fault.Cancelled, fault.KindOf(<-ended))
	<-closed
}

// A new version that hangs is waited for by nobody when the host closes.
func TestCloseGivesUpASwap(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "old"}, functions.Scale{Start: time.Minute}))
	_, _, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	applied := make(chan error, 1)
	hangs := functions.Deployment{deploy(t, "a", behaviour{Open: "hang"}, functions.Scale{Start: time.Minute})}
	go func() { applied <- h.Apply(t.Context(), hangs) }()
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	h.Close(t.Context())
	assert.Less(t, time.Since(began), 20*time.Second)
	require.Error(t, <-applied)
}
