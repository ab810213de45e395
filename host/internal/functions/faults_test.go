package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/tts"
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

// The old version stays while the new one does not start. When it is gone it cannot come back, since its program was replaced: the
// new one is tried again then, though nothing in its folder changes any more.
func TestANewVersionIsTriedAgainWhenTheOldIsGone(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	dir := install(t, dirs, "a")
	library := filepath.Join(t.TempDir(), "library")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "m"}, functions.Scale{}))
	_, _, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	replaceProgram(t, dir, 1)
	changeManifest(t, dir, func(m *manifest.Manifest) { m.Args = append(m.Args, "crash without", library) })
	_, err = manifest.Seal(dir)
	require.NoError(t, err)
	require.Error(t, h.Rescan(t.Context()), "it does not start")
	pid := status(t, h).Instances[0].PID
	require.NoError(t, h.Watch())
	require.NoError(t, os.WriteFile(library, nil, 0o600))
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	eventually(t, "the old one is gone", func() bool { return len(status(t, h).Instances) == 0 })
	_, _, err = ask(t.Context(), h, "a")
	require.NoError(t, err)
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

// changeManifest rewrites a plugin's manifest in one step.
func changeManifest(t *testing.T, dir string, change func(*manifest.Manifest)) {
	t.Helper()
	m, err := manifest.Load(dir)
	require.NoError(t, err)
	change(m)
	raw, err := json.Marshal(m)
	require.NoError(t, err)
	path := filepath.Join(dir, manifest.Filename)
	require.NoError(t, os.WriteFile(path+".new", raw, 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

// One plugin that does not fit the deployment any more holds up no other.
func TestAPluginThatDoesNotFitAnyMoreSuffersAlone(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	first, second := install(t, dirs, "a"), install(t, dirs, "b")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "m"}, functions.Scale{}), deploy(t, "b", behaviour{Name: "m"}, functions.Scale{}))
	changeManifest(t, first, func(m *manifest.Manifest) { m.Settings = json.RawMessage(`{"type":"object","required":["key"]}`) })
	changeManifest(t, second, func(m *manifest.Manifest) { m.Version = "2" })
	require.NoError(t, h.Rescan(t.Context()))
	assert.Equal(t, "2", h.List()[1].Version)
	_, _, err := ask(t.Context(), h, "a")
	require.NoError(t, err, "what ran goes on")
}

func TestOfTwoPluginsWithOneNameTheFirstCounts(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	install(t, first, "a")
	changeManifest(t, install(t, second, "a"), func(m *manifest.Manifest) { m.Version = "2" })
	changeManifest(t, install(t, second, "broken"), func(m *manifest.Manifest) { m.Name = "b" })
	require.NoError(t, os.Mkdir(filepath.Join(first, "b"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(first, "b", manifest.Filename), []byte("{"), 0o600))
	for i, folder := range []string{".old", "Copy of a"} {
		require.NoError(t, os.CopyFS(filepath.Join(first, folder), os.DirFS(filepath.Join(first, "a"))))
		changeManifest(t, filepath.Join(first, folder), func(m *manifest.Manifest) { m.Version = strconv.Itoa(3 + i) })
	}
	require.NoError(t, os.Mkdir(filepath.Join(first, "pipe"), 0o700))
	require.NoError(t, syscall.Mkfifo(filepath.Join(first, "pipe", manifest.Filename), 0o600))
	h, err := functions.Open(t.Context(), functions.Options{PluginDirs: []string{first, second}, Logger: hclog.NewNullLogger()},
		functions.Deployment{deploy(t, "a", behaviour{}, functions.Scale{}), deploy(t, "b", behaviour{}, functions.Scale{})})
	require.NoError(t, err)
	defer h.Close(t.Context())
	assert.Equal(t, "1", h.List()[0].Version)
	assert.Empty(t, h.List()[1].Problem, "a broken one hides none that works")
}

// Folders may be links, and be replaced whole.
func TestAPluginFolderIsWatchedHoweverItIsPut(t *testing.T) {
	t.Parallel()
	dirs, elsewhere := t.TempDir(), t.TempDir()
	dir := install(t, elsewhere, "a")
	require.NoError(t, os.Symlink(dir, filepath.Join(dirs, "a")))
	h := open(t, dirs, deploy(t, "a", behaviour{}, functions.Scale{}))
	require.NoError(t, h.Watch())
	version := func(is string) func() bool { return func() bool { return status(t, h).Version == is } }
	set := func(dir, to string) { changeManifest(t, dir, func(m *manifest.Manifest) { m.Version = to }) }
	set(dir, "2")
	eventually(t, "a change behind a link is seen", version("2"))
	require.NoError(t, os.Remove(filepath.Join(dirs, "a")))
	require.NoError(t, os.Rename(install(t, t.TempDir(), "a"), filepath.Join(dirs, "a")))
	eventually(t, "another folder is seen", version("1"))
	set(filepath.Join(dirs, "a"), "3")
	eventually(t, "and what changes in it", version("3"))
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

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(all)
}
