package functions_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/host/internal/process"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// status of the function "a".
func status(t testing.TB, h *functions.Host) functions.Status {
	t.Helper()
	for _, s := range h.List() {
		if s.ID == "a" {
			return s
		}
	}
	t.Fatal("no function a")
	return functions.Status{}
}

func TestStartsWhenCalledAndRestsWhenIdle(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "m"}, functions.Scale{Idle: 100 * time.Millisecond}))
	require.Equal(t, functions.Absent, status(t, h).State, "nothing runs before a call")
	require.NoError(t, h.Available("a"), "a function at zero can serve")
	pid, name, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	assert.Equal(t, "m", name)
	eventually(t, "it rests", func() bool { return status(t, h).State == functions.Absent })
	again, _, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	assert.NotEqual(t, pid, again)
	assert.Equal(t, 2, status(t, h).Starts)
}

func TestWarmMinimumIsKept(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{}, functions.Scale{Min: 2, Max: 2, Idle: time.Millisecond}))
	eventually(t, "two are ready", func() bool { return len(status(t, h).Instances) == 2 })
	pid := status(t, h).Instances[0].PID
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	eventually(t, "the dead one is replaced", func() bool {
		all := status(t, h).Instances
		return gone(pid) && len(all) == 2 && all[0].PID != pid && all[1].PID != pid
	})
}

func TestScalesToItsBoundAndLetsTheRestWait(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Chat: "wait"}, functions.Scale{Max: 2, Concurrency: 2, Waiting: 1}))
	ctx, leave := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { _, _, _ = ask(ctx, h, "a") })
	}
	eventually(t, "two instances with two calls each", func() bool {
		all := status(t, h).Instances
		return len(all) == 2 && all[0].Calls == 2 && all[1].Calls == 2
	})
	group.Go(func() { _, _, _ = ask(ctx, h, "a") })
	eventually(t, "one waits", func() bool { return status(t, h).Waiting == 1 })
	_, _, err := ask(t.Context(), h, "a")
	assert.Equal(t, fault.Busy, fault.KindOf(err), "the next is refused")
	leave()
	group.Wait()
	eventually(t, "the places are free", func() bool {
		all := status(t, h).Instances
		return len(all) == 2 && all[0].Calls+all[1].Calls == 0
	})
}

func TestACancelledCallReachesThePlugin(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Chat: "wait"}, functions.Scale{}))
	ctx, leave := context.WithCancel(t.Context())
	model, err := h.Model("a")
	require.NoError(t, err)
	_, err = model.Chat(ctx, llm.Request{}, &answer{onText: leave})
	assert.Equal(t, fault.Cancelled, fault.KindOf(err))
	assert.Len(t, status(t, h).Instances, 1, "the instance lives on")
}

func TestANameWithoutEndIsCut(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: strings.Repeat("가", 1<<19)}, functions.Scale{}))
	_, name, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("가", 85), name, "256 bytes, less the letter that they would break")
}

func TestACrash(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		chat string
		ok   bool
	}{
		"before anything came is tried again": {"crash", true},
		"after the first token is an error":   {"late crash", false},
		"a hang is a crash too":               {"hang", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dirs := t.TempDir()
			install(t, dirs, "a")
			once := filepath.Join(t.TempDir(), "once")
			h := open(t, dirs, deploy(t, "a", behaviour{Chat: tc.chat, Once: once, Name: "m"}, functions.Scale{}))
			_, _, err := askAnd(t.Context(), h, "a", func() { _ = os.WriteFile(once+".heard", nil, 0o600) })
			if tc.ok {
				require.NoError(t, err)
			} else {
				require.Equal(t, fault.Unavailable, fault.KindOf(err))
				assert.Contains(t, fault.HintOf(err), "'a'")
			}
			_, _, err = ask(t.Context(), h, "a")
			require.NoError(t, err, "it serves again")
		})
	}
}

func TestTheCircuitOpens(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a", "crash at start")
	h := open(t, dirs, deploy(t, "a", behaviour{}, functions.Scale{}))
	eventually(t, "it is given up for a while", func() bool {
		_, _, err := ask(t.Context(), h, "a")
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		return h.Available("a") != nil
	})
	assert.Contains(t, fault.HintOf(h.Available("a")), "'a'")
	assert.Equal(t, functions.Failed, status(t, h).State)
}

func TestWhatDoesNotStartSaysWhy(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "fails")
	install(t, dirs, "hangs")
	install(t, dirs, "mute", "hang at start")
	install(t, dirs, "foreign", "another protocol")
	install(t, dirs, "talks", "talk at start")
	install(t, dirs, "crashes", "crash at start")
	install(t, dirs, "other")
	broken := install(t, dirs, "broken")
	require.NoError(t, os.Remove(filepath.Join(broken, "program")))
	forged := install(t, dirs, "forged")
	raw, err := os.ReadFile(filepath.Join(forged, "plugin.json"))
	require.NoError(t, err)
	sum := strings.Index(string(raw), `"sha256": "`) + len(`"sha256": "`)
	raw[sum] ^= 1
	require.NoError(t, os.WriteFile(filepath.Join(forged, "plugin.json"), raw, 0o600))
	short, usual := functions.Scale{Start: 500 * time.Millisecond}, functions.Scale{}
	other := deploy(t, "other", behaviour{}, usual)
	other.Kind = manifest.TTS
	crashing := deploy(t, "dies", behaviour{Open: "crash"}, usual)
	crashing.Plugin = "fails"
	unconfigured := deploy(t, "keyless", behaviour{}, usual)
	unconfigured.Plugin, unconfigured.Missing = "fails", []string{"SOME_API_KEY"}
	h := open(t, dirs, deploy(t, "fails", behaviour{Open: "fail"}, usual), deploy(t, "hangs", behaviour{Open: "hang"}, short),
		deploy(t, "mute", behaviour{}, short), deploy(t, "foreign", behaviour{}, usual), deploy(t, "broken", behaviour{}, usual),
		deploy(t, "forged", behaviour{}, usual), deploy(t, "missing", behaviour{}, usual), unconfigured,
		deploy(t, "talks", behaviour{}, usual), deploy(t, "crashes", behaviour{}, usual), other, crashing)
	for id, want := range map[string]struct {
		kind fault.Kind
		hint string
		err  string
	}{
		"fails":   {fault.Unavailable, "서버에 연결할 수 없습니다", "no server"},
		"hangs":   {fault.Unavailable, "제한 시간", ""},
		"mute":    {fault.Unavailable, "'mute' 엔진을 사용할 수 없습니다: 제한 시간", ""},
		"foreign": {fault.Unavailable, "'foreign' 엔진을 사용할 수 없습니다: 플러그인의 프로토콜 버전", "99"},
		"talks":   {fault.Unavailable, "'talks' 엔진을 사용할 수 없습니다: 플러그인이 연결 정보", "hello"},
		"crashes": {fault.Unavailable, "'crashes' 엔진을 사용할 수 없습니다: 플러그인이 종료되었습니다 (종료 코드 3)", "status 3"},
		"dies":    {fault.Unavailable, "'dies' 엔진을 사용할 수 없습니다: 플러그인이 종료되었습니다 (종료 코드 9)", "no licence found"},
		"broken":  {fault.Unavailable, "'broken' 엔진을 사용할 수 없습니다: 플러그인 broken의 실행 파일이 없습니다", "executable"},
		"forged":  {fault.Unavailable, "'forged' 엔진을 사용할 수 없습니다: 플러그인 forged의 실행 파일이 plugin.json의 체크섬과", "checksum"},
		"missing": {fault.Unavailable, "'missing' 엔진을 사용할 수 없습니다: 플러그인 missing을(를) 플러그인 폴더에서", "no plugin folder"},
		"keyless": {fault.Unconfigured, "SOME_API_KEY", ""},
	} {
		_, _, err := ask(t.Context(), h, id)
		assert.Equal(t, want.kind, fault.KindOf(err), id)
		assert.Contains(t, fault.HintOf(err), want.hint, id)
		require.ErrorContains(t, err, want.err, id)
	}
	voice, err := h.Synthesizer("other")
	require.NoError(t, err)
	err = voice.Synthesize(t.Context(), tts.Request{}, silence{})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "플러그인 other의 종류가 llm")
	_, err = h.Model("unheard of")
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
	_, err = h.Synthesizer("fails")
	assert.Equal(t, fault.NotFound, fault.KindOf(err), "a function of another kind")
}

func TestADeploymentThatContradictsAManifestIsRefused(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "old"}, functions.Scale{}))
	wrong := deploy(t, "a", behaviour{}, functions.Scale{})
	wrong.Settings = json.RawMessage(`{"nickname":"x"}`)
	err := h.Apply(t.Context(), functions.Deployment{wrong})
	require.ErrorContains(t, err, `function "a"`)
	require.ErrorContains(t, err, "nickname")
	_, name, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	assert.Equal(t, "old", name)
}

// Swaps while calls run lose none of them.
func TestSwapUnderLoad(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	dir := install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "0"}, functions.Scale{Max: 2}))
	require.NoError(t, h.Watch())
	stop := make(chan struct{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, _, err := ask(t.Context(), h, "a")
				if !assert.NoError(t, err) {
					return
				}
			}
		})
	}
	for i := 1; i <= 5; i++ {
		name := strconv.Itoa(i)
		require.NoError(t, h.Apply(t.Context(), functions.Deployment{deploy(t, "a", behaviour{Name: name}, functions.Scale{Max: 2})}))
		_, got, err := ask(t.Context(), h, "a")
		require.NoError(t, err)
		assert.Equal(t, name, got, "a call after the change is served by the new version")
	}
	before := status(t, h).Instances[0].PID
	raw, err := os.ReadFile(filepath.Join(dir, "plugin.json"))
	require.NoError(t, err)
	newer := strings.Replace(string(raw), `"version": "1"`, `"version": "2"`, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "plugin.json"), []byte(newer), 0o600))
	eventually(t, "the replaced plugin is swapped in by itself", func() bool { return gone(before) && status(t, h).Version == "2" })
	close(stop)
	group.Wait()
}

func TestANewVersionThatDoesNotStartLeavesTheOld(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Name: "old"}, functions.Scale{}))
	_, _, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	require.Error(t, h.Apply(t.Context(), functions.Deployment{deploy(t, "a", behaviour{Open: "fail"}, functions.Scale{})}))
	_, name, err := ask(t.Context(), h, "a")
	require.NoError(t, err)
	assert.Equal(t, "old", name)
}

func TestCloseWaitsForRunningCalls(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	h := open(t, dirs, deploy(t, "a", behaviour{Chat: "wait"}, functions.Scale{}))
	ctx, leave := context.WithCancel(t.Context())
	begun, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		model, err := h.Model("a")
		if err == nil {
			_, err = model.Chat(ctx, llm.Request{}, &answer{onText: func() { close(begun) }})
		}
		ended <- err
	}()
	<-begun
	closed := make(chan struct{})
	go func() {
		h.Close(t.Context())
		close(closed)
	}()
	eventually(t, "no new call is taken", func() bool { return h.Available("a") != nil })
	select {
	case <-closed:
		t.Fatal("closed over a running call")
	default:
	}
	leave()
	assert.Equal(t, fault.Cancelled, fault.KindOf(<-ended))
	<-closed
}

// What a plugin starts ends with it, and everything ends with the host, however the host ends.
func TestNoOrphans(t *testing.T) {
	t.Parallel()
	dirs := t.TempDir()
	install(t, dirs, "a")
	self, err := os.Executable()
	require.NoError(t, err)
	host := exec.CommandContext(t.Context(), self, "role", roleHost, dirs)
	out, err := host.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, host.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	family := groupOf(t, pid)
	require.GreaterOrEqual(t, len(family), 2, "the plugin and what it started")
	require.NoError(t, host.Process.Kill())
	_ = host.Wait()
	for _, member := range family {
		eventually(t, "everything ends with the host", func() bool { return gone(member) })
	}
}

// groupOf lists the processes of a group.
func groupOf(t *testing.T, group int) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	require.NoError(t, err)
	var members []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if of, err := syscall.Getpgid(pid); err == nil && of == group {
			members = append(members, pid)
		}
	}
	return members
}

// serveHost is a host that starts a plugin with a child, tells the plugin's id, and waits to be killed.
func serveHost(dirs string) {
	ctx := context.Background() //nolint:forbidigo // a program's main
	self, _ := os.Executable()
	warden, err := process.StartWarden(self, "role", roleWarden)
	if err != nil {
		panic(err)
	}
	temp, _ := os.MkdirTemp("", "vf")
	settings, _ := json.Marshal(behaviour{Children: true})
	logger := hclog.NewNullLogger()
	h, err := functions.Open(ctx, functions.Options{
		PluginDirs: []string{dirs}, Logger: logger, Launcher: &functions.ProcessLauncher{TempDir: temp, Logger: logger, Warden: warden},
	}, functions.Deployment{{ID: "a", Kind: "llm", Plugin: "a", Settings: settings}})
	if err != nil {
		panic(err)
	}
	text, _, err := ask(ctx, h, "a")
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString(text + "\n")
	select {}
}
