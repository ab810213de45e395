package functions_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
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

// What could not be taken is told while the old version serves on, until what is there can be taken.
func TestWhatIsRefusedIsTold(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		harm func(t *testing.T, dir string)
		why  string
	}{
		"a broken manifest": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(dir, manifest.Filename), []byte("{"), 0o600))
		}, "plugin.json"},
		"another checksum": {func(t *testing.T, dir string) {
			t.Helper()
			replaceProgram(t, dir, 1)
		}, "체크섬"},
		"no folder": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.RemoveAll(dir))
		}, "찾을 수 없습니다"},
		"no start": {func(t *testing.T, dir string) {
			t.Helper()
			changeManifest(t, dir, func(m *manifest.Manifest) { m.Args = append(m.Args, "crash at start") })
		}, "종료 코드 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dirs := t.TempDir()
			dir := install(t, dirs, "a")
			h := open(t, dirs, deploy(t, "a", behaviour{Name: "m"}, functions.Scale{}))
			_, _, err := ask(t.Context(), h, "a")
			require.NoError(t, err)
			assert.Empty(t, status(t, h).Refused)
			tc.harm(t, dir)
			_ = h.Rescan(t.Context())
			assert.Contains(t, status(t, h).Refused, "'a'")
			assert.Contains(t, status(t, h).Refused, tc.why)
			assert.Empty(t, status(t, h).Problem, "what ran serves on")
			_, _, err = ask(t.Context(), h, "a")
			require.NoError(t, err)
			require.NoError(t, os.RemoveAll(dir))
			install(t, dirs, "a")
			require.NoError(t, h.Rescan(t.Context()))
			assert.Empty(t, status(t, h).Refused)
		})
	}
}

// Settings with which one function does not start hold up no other.
func TestADeploymentOfWhichOneFunctionDoesNotStart(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	old := deploy(t, "a", behaviour{Name: "old"}, functions.Scale{})
	h := open(t, dirs, old)
	_, _, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	further := deploy(t, "a", behaviour{Name: "further"}, functions.Scale{})
	further.ID = "b"
	err = h.Apply(t.Context(), functions.Deployment{deploy(t, "a", behaviour{Open: "fail"}, functions.Scale{}), further})
	var kept *functions.KeptError
	require.ErrorAs(t, err, &kept)
	assert.Equal(t, "a", kept.Function)
	assert.Contains(t, status(t, h).Refused, "서버에 연결할 수 없습니다")
	_, name, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	assert.Equal(t, "old", name)
	_, name, err = ask(t.Context(), h, "b")
	require.NoError(t, err)
	assert.Equal(t, "further", name)
	require.NoError(t, h.Apply(t.Context(), functions.Deployment{old, further}))
	assert.Empty(t, status(t, h).Refused)
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
