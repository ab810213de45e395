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
	"github.com/visavis-dev/visavis/sdk/tts"
)

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
	require.ErrorContains(t, err, "function a: ", "the log says whose it is")
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

// A call that gives nothing ends, though its engine ignores it, and the next is served by another instance.
func TestACallThatGivesNothingEnds(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	once := filepath.Join(t.TempDir(), "once")
	h := open(t, dirs, deploy(t, "a", behaviour{Chat: "mute", Once: once, Name: "m"}, functions.Scale{Concurrency: 1, Stall: 300 * time.Millisecond}))
	_, _, err := ask(t.Context(), h, "a")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "'a' 엔진을 사용할 수 없습니다")
	assert.Contains(t, fault.HintOf(err), "응답이 없어")
	_, name, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	assert.Equal(t, "m", name)
	assert.Equal(t, 2, status(t, h).Starts, "the one that hangs was given up")
}

// A client may take its time to listen: that is no fault of the engine.
func TestASlowClientIsNoStall(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "m"}, functions.Scale{Stall: 300 * time.Millisecond}))
	_, _, err := askAnd(t.Context(), h, "a", func() { time.Sleep(time.Second) })
	require.NoError(t, err)
}

// A program that serves another kind than its manifest says is found out by the first call.
func TestAProgramOfAnotherKind(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	dir := install(t, dirs, "a")
	changeManifest(t, dir, func(m *manifest.Manifest) {
		m.Kind, m.LLM, m.TTS = manifest.TTS, nil, &manifest.TTSAbilities{Voices: []string{"Custom"}}
	})
	f := deploy(t, "a", behaviour{}, functions.Scale{})
	f.Kind = manifest.TTS
	h := open(t, dirs, f)
	voice, err := h.Synthesizer("a")
	require.NoError(t, err)
	err = voice.Synthesize(t.Context(), tts.Request{Text: "네"}, silence{})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "'a' 엔진을 사용할 수 없습니다: 플러그인 a의 프로그램이 tts")
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(all)
}
