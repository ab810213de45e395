package functions_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
)

// replaceProgram gives an installed plugin another program, by rename, and leaves the manifest as it is.
func replaceProgram(t *testing.T, dir string, n byte) {
	t.Helper()
	path := filepath.Join(dir, "program")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path+".new", append(raw, n), 0o700))
	require.NoError(t, os.Rename(path+".new", path))
}

// The program comes first and the manifest later; between the two an instance may have to be started.
func TestReplacedProgramLosesNoRequest(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	dir := install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "m"}, functions.Scale{Max: 2, Concurrency: 2, Idle: 10 * time.Millisecond}))
	require.NoError(t, h.Watch())
	stop := make(chan struct{})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(15 * time.Millisecond): // long enough to rest now and then
				}
				_, _, err := ask(t.Context(), h, "a")
				assert.NoError(t, err)
			}
		})
	}
	for i := range 3 {
		replaceProgram(t, dir, byte(i))
		time.Sleep(500 * time.Millisecond)
		_, err := manifest.Seal(dir)
		require.NoError(t, err)
		time.Sleep(700 * time.Millisecond)
	}
	close(stop)
	group.Wait()
}

func TestKillsUnderLoadAreHidden(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "m"}, functions.Scale{Min: 1, Max: 1}))
	stop := make(chan struct{})
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, _, err := ask(t.Context(), h, "a"); err != nil {
					// The token of a call may have come just before the kill; then it is told, never hidden.
					assert.Equal(t, fault.Unavailable, fault.KindOf(err))
					assert.ErrorContains(t, err, "signal")
				}
			}
		})
	}
	for range 4 {
		eventually(t, "an instance is there", func() bool { return len(status(t, h).Instances) == 1 })
		pid := status(t, h).Instances[0].PID
		_ = syscall.Kill(pid, syscall.SIGKILL)
		eventually(t, "it is gone", func() bool { return gone(pid) })
		time.Sleep(300 * time.Millisecond)
	}
	close(stop)
	group.Wait()
}

// A plugin's own fault is handed on at once: the next backend is waiting to be asked.
func TestAPluginsOwnFaultIsNotDelayed(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Chat: "refuse"}, functions.Scale{Min: 1}))
	_, _, err := ask(t.Context(), h, "a")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	began := time.Now()
	for range 10 {
		_, _, err = ask(t.Context(), h, "a")
		require.Equal(t, "서버가 답하지 않습니다", fault.HintOf(err))
	}
	assert.Less(t, time.Since(began), 3*time.Second, "ten refusals, of which none waits for a death")
}

func TestOneInstanceServesWhatItCan(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "m"}, functions.Scale{Max: 4, Concurrency: 8}))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			_, _, err := ask(t.Context(), h, "a")
			assert.NoError(t, err)
		})
	}
	group.Wait()
	assert.Equal(t, 1, status(t, h).Starts, "eight calls fit into one instance")
}

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

// Nothing stays behind: no goroutine, no descriptor, no process. Not parallel: it counts.
func TestNothingStays(t *testing.T) {
	dirs := t.TempDir()
	install(t, dirs, "a")
	round := func() {
		h := open(t, dirs, deploy(t, "a", behaviour{Name: "m", Children: true}, functions.Scale{Min: 1}))
		require.NoError(t, h.Watch())
		pid := 0
		eventually(t, "it is ready", func() bool {
			all := status(t, h).Instances
			if len(all) == 1 {
				pid = all[0].PID
			}
			return pid != 0
		})
		_, _, err := ask(t.Context(), h, "a")
		require.NoError(t, err)
		family := groupOf(t, pid)
		require.GreaterOrEqual(t, len(family), 2)
		h.Close(t.Context())
		for _, member := range family {
			eventually(t, "it is gone", func() bool { return gone(member) })
		}
	}
	round()
	files, routines := descriptors(t), runtime.NumGoroutine()
	for range 3 {
		round()
	}
	// Each round's warden lives until the test's cleanup: a pipe and exec's own handle.
	eventually(t, "descriptors go back", func() bool { return descriptors(t) <= files+3*2 })
	if !assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= routines+1 }, 5*time.Second, 20*time.Millisecond) {
		buf := make([]byte, 1<<20)
		t.Logf("%d then %d goroutines\n%s", routines, runtime.NumGoroutine(), bytes.TrimSpace(buf[:runtime.Stack(buf, true)]))
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(all)
}
