package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// eventually waits for something that other processes do.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 20 s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// descendants are the processes under a process, by /proc.
func descendants(pid int) map[int]string {
	parents, names := map[int][]int{}, map[int]string{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue
		}
		text := string(stat)
		fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
		if parent, err := strconv.Atoi(fields[1]); err == nil && fields[0] != "Z" {
			parents[parent] = append(parents[parent], child)
			names[child] = text[strings.Index(text, "(")+1 : strings.LastIndex(text, ")")]
		}
	}
	all := map[int]string{}
	var walk func(int)
	walk = func(p int) {
		for _, child := range parents[p] {
			all[child] = names[child]
			walk(child)
		}
	}
	walk(pid)
	return all
}

// pluginPID gives the process of a plugin, 0 when it does not run. Process names are cut at 15 bytes.
func (s *system) pluginPID(name string) int {
	for pid, comm := range descendants(s.cmd.Process.Pid) {
		if comm == name[:min(len(name), 15)] {
			return pid
		}
	}
	return 0
}

const longText = "안녕하세요. 저는 오늘 면접을 진행할 면접관입니다. 먼저 간단한 자기소개를 부탁드립니다. "

// open starts a video's stream and returns when its first event has come.
func (s *system) open(ctx context.Context, t testing.TB, body any) *bufio.Reader {
	t.Helper()
	resp, err := s.request(ctx, http.MethodPost, "/api/v2/lipsync/stream", body)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(t, http.StatusOK, resp.StatusCode)
	reader := bufio.NewReader(resp.Body)
	_, err = reader.ReadString('\n')
	require.NoError(t, err)
	return reader
}

func video(text string) map[string]any {
	return map[string]any{"text": text, "avatar": "talk_long", "resolution": "720p"}
}

func TestAPluginKilledInMidRequest(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "hanging": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, setup{})
			stream := s.open(t.Context(), t, video(strings.Repeat(longText, 20)))
			eventually(t, "the renderer works", func() bool { return s.pluginPID("lipsync-lite") != 0 && ffmpegs(s) > 0 })
			require.NoError(t, syscall.Kill(s.pluginPID("lipsync-lite"), signal))
			rest, err := io.ReadAll(stream)
			require.NoError(t, err, "the stream ends as it should, with an event")
			events := parseEvents(t, rest)
			require.NotEmpty(t, events)
			last := events[len(events)-1]
			require.Equal(t, "error", last["type"], events)
			assert.NotEmpty(t, last["message"])
			assert.NotContains(t, last["message"], "/")

			events = s.events(t, "/api/v2/lipsync/stream", video("네, 다시 됩니다."))
			require.Equal(t, "done", events[len(events)-1]["type"], "the function is served again")
			eventually(t, "no encoder is left behind", func() bool { return ffmpegs(s) == 0 })
		})
	}
}

// ffmpegs counts the encoders under the host.
func ffmpegs(s *system) int {
	n := 0
	for _, comm := range descendants(s.cmd.Process.Pid) {
		if comm == "ffmpeg" {
			n++
		}
	}
	return n
}

func TestNothingStaysWhenTheHostIsKilled(t *testing.T) {
	t.Parallel()
	temp, err := os.MkdirTemp("", "e") //nolint:usetesting // t.TempDir is too long for a socket's path
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	s := start(t, setup{Env: map[string]string{"TMPDIR": temp}})
	s.open(t.Context(), t, video(strings.Repeat(longText, 20)))
	eventually(t, "the renderer works", func() bool { return ffmpegs(s) > 0 })
	family := descendants(s.cmd.Process.Pid)
	require.NoError(t, s.cmd.Process.Kill())
	require.Error(t, <-s.done)
	s.done <- nil
	for pid, comm := range family {
		eventually(t, fmt.Sprintf("%s (%d) ends with its host", comm, pid), func() bool {
			now, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			return err != nil || strings.Contains(string(now), ") Z ") || !strings.Contains(string(now), "("+comm+")")
		})
	}
	eventually(t, "no folder and no socket is left", func() bool {
		left, err := os.ReadDir(temp)
		return err == nil && len(left) == 0
	})
}

func TestAClientThatLeavesStopsItsWork(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	ctx, leave := context.WithCancel(t.Context())
	s.open(ctx, t, video(strings.Repeat(longText, 20)))
	eventually(t, "the renderer works", func() bool { return ffmpegs(s) > 0 })
	leave()
	eventually(t, "the encoder stops and the place is free", func() bool {
		return ffmpegs(s) == 0 && s.do(t, http.MethodGet, "/api/queue_status", nil).JSON(t)["processing_count"] == 0.0
	})
	assertNoHalfFiles(t, s)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	s := start(t, setup{Env: map[string]string{"MAX_CONCURRENT": "1"}})
	body := video(strings.Repeat(longText, 20))
	body["sid"] = "someone"
	running := s.open(t.Context(), t, body)
	waiting := s.open(t.Context(), t, body)
	status := s.do(t, http.MethodGet, "/api/queue_status", nil).JSON(t)
	assert.InDelta(t, 1, status["processing_count"], 0)
	assert.InDelta(t, 1, status["queue_length"], 0)
	assert.InDelta(t, 1, status["max_concurrent"], 0)
	answer := s.do(t, http.MethodPost, "/api/cancel", map[string]any{"sid": "someone"}).JSON(t)
	assert.Equal(t, "cancelled", answer["status"])
	assert.InDelta(t, 2, answer["cancelled"], 0)
	for _, stream := range []*bufio.Reader{running, waiting} {
		rest, err := io.ReadAll(stream)
		require.NoError(t, err)
		assert.NotContains(t, string(rest), `"type":"done"`)
	}
	again := s.do(t, http.MethodPost, "/api/cancel", map[string]any{"sid": "someone"}).JSON(t)
	assert.Equal(t, "cancelled", again["status"], "it can be said twice")
	eventually(t, "the places are free", func() bool {
		return s.do(t, http.MethodGet, "/api/queue_status", nil).JSON(t)["processing_count"] == 0.0
	})
}

func TestAFullQueueIsTold(t *testing.T) {
	t.Parallel()
	s := start(t, setup{Env: map[string]string{"MAX_CONCURRENT": "1", "MAX_QUEUED": "1"}})
	body := video(strings.Repeat(longText, 20))
	s.open(t.Context(), t, body)
	s.open(t.Context(), t, body)
	r := s.do(t, http.MethodPost, "/api/v2/lipsync/stream", body)
	assert.Equal(t, http.StatusServiceUnavailable, r.Status)
	assert.NotEmpty(t, r.Header.Get("Retry-After"))
	assert.Equal(t, false, r.JSON(t)["success"])
}

// brokenPlugins copies the built plugins and breaks one.
func brokenPlugins(t *testing.T, name string, harm func(dir string) error) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(built(t, "plugins"))))
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == "" {
			return os.Chmod(path, 0o700)
		}
		return err
	}))
	require.NoError(t, harm(filepath.Join(dir, name)))
	return dir
}

func TestABrokenPluginLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		harm func(dir string) error
		why  string
	}{
		"missing":          {os.RemoveAll, "찾을 수 없습니다"},
		"no executable":    {func(dir string) error { return os.Remove(filepath.Join(dir, "tts-espeak")) }, "실행 파일이 없습니다"},
		"not executable":   {func(dir string) error { return os.Chmod(filepath.Join(dir, "tts-espeak"), 0o600) }, "실행할 수 없습니다"},
		"wrong checksum":   {func(dir string) error { return appendTo(filepath.Join(dir, "tts-espeak"), "x") }, "체크섬"},
		"broken manifest":  {func(dir string) error { return os.WriteFile(filepath.Join(dir, "plugin.json"), []byte("{"), 0o600) }, "plugin.json"},
		"another protocol": {inManifest("    1\n  ],", "    9\n  ],"), "프로토콜 버전"},
		"no program": {func(dir string) error {
			return errors.Join(os.WriteFile(filepath.Join(dir, "tts-espeak"), []byte("#!/bin/sh\nexit 3\n"), 0o700), unseal(dir))
		}, "종료 코드 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, setup{Env: map[string]string{
				"PLUGIN_DIRS": brokenPlugins(t, "tts-espeak", tc.harm), "ALLOW_UNSEALED": "true",
			}})
			r := s.do(t, http.MethodPost, "/api/v2/tts", map[string]any{"text": "안녕하세요", "engine": "espeak"})
			assert.Equal(t, http.StatusServiceUnavailable, r.Status, "%s", r.Body)
			assert.Contains(t, r.JSON(t)["error"], "'espeak'", "it says which one")
			assert.Contains(t, r.JSON(t)["error"], tc.why, "it says why")
			assert.Equal(t, http.StatusOK, s.do(t, http.MethodPost, "/api/chat", map[string]any{"message": "네"}).Status)
			assert.Equal(t, http.StatusOK, s.do(t, http.MethodGet, "/healthz", nil).Status)
		})
	}
}

// inManifest replaces a piece of a plugin's manifest.
func inManifest(old, now string) func(dir string) error {
	return func(dir string) error {
		path := filepath.Join(dir, "plugin.json")
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed := strings.Replace(string(raw), old, now, 1)
		if changed == string(raw) {
			return fmt.Errorf("%s has no %s", path, old)
		}
		return os.WriteFile(path, []byte(changed), 0o600)
	}
}

// unseal takes the checksum out of a plugin's manifest.
func unseal(dir string) error { return inManifest(`"sha256": "`, `"description": "`)(dir) }

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

func TestWithoutFFmpeg(t *testing.T) {
	t.Parallel()
	s := start(t, setup{Env: map[string]string{"FFMPEG": "/nowhere/ffmpeg"}})
	assert.Contains(t, s.log.String(), "ffmpeg", "it is told at the start")
	assert.Contains(t, string(s.do(t, http.MethodGet, "/readyz", nil).Body), `"problem":"ffmpeg`, "and of the function")
	r := s.do(t, http.MethodPost, "/api/v2/lipsync", video("네."))
	assert.Equal(t, http.StatusServiceUnavailable, r.Status, "%s", r.Body)
	assert.Contains(t, r.JSON(t)["error"], "ffmpeg")
	assert.Equal(t, http.StatusOK, s.do(t, http.MethodPost, "/api/v2/tts", map[string]any{"text": "네."}).Status)
}

func TestADataFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	// A file where the folder was: it fails for root too.
	audio := filepath.Join(s.Data, "assets", "audio")
	require.NoError(t, os.RemoveAll(audio))
	require.NoError(t, os.WriteFile(audio, nil, 0o600))
	r := s.do(t, http.MethodPost, "/api/v2/tts", map[string]any{"text": "네."})
	assert.Contains(t, []int{http.StatusInternalServerError, http.StatusServiceUnavailable}, r.Status)
	assert.NotContains(t, r.JSON(t)["error"], "/")
	assert.Equal(t, http.StatusOK, s.do(t, http.MethodPost, "/api/chat", map[string]any{"message": "네"}).Status)
}

func assertNoHalfFiles(t *testing.T, s *system) {
	t.Helper()
	eventually(t, "no half file is left", func() bool {
		left := 0
		_ = filepath.WalkDir(s.Data, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), ".") {
				left++
			}
			return nil
		})
		return left == 0
	})
}

// Running work finishes after SIGTERM, no new work is taken, and what was made can be fetched.
func TestTheEndWaitsForRunningWork(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	stream := s.open(t.Context(), t, video(longText))
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	eventually(t, "no new work is taken", func() bool {
		r := s.do(t, http.MethodPost, "/api/chat", map[string]any{"message": "네", "history": []any{}})
		return r.Status == http.StatusServiceUnavailable && r.Header.Get("Retry-After") != ""
	})
	rest, err := io.ReadAll(stream)
	require.NoError(t, err)
	events := parseEvents(t, rest)
	last := events[len(events)-1]
	require.Equal(t, "done", last["type"])
	film, _ := last["video_url"].(string)
	assert.Equal(t, http.StatusOK, s.do(t, http.MethodGet, film, nil).Status)
	require.NoError(t, <-s.done)
	s.done <- nil
	resp, err := s.request(t.Context(), http.MethodGet, "/healthz", nil)
	if err == nil {
		_ = resp.Body.Close()
	}
	require.Error(t, err)
}

// A plugin's binary is replaced while requests run: none is lost.
func TestSwapUnderLoad(t *testing.T) {
	t.Parallel()
	dir := brokenPlugins(t, "llm-interviewer", func(string) error { return nil })
	s := start(t, setup{Env: map[string]string{"PLUGIN_DIRS": dir}})
	require.Equal(t, http.StatusOK, s.do(t, http.MethodPost, "/api/chat", map[string]any{"message": "네", "history": []any{}}).Status)
	old := s.pluginPID("llm-interviewer")
	require.NotZero(t, old)
	stop := make(chan struct{})
	var group sync.WaitGroup
	var mu sync.Mutex
	answered := 0
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r := s.do(t, http.MethodPost, "/api/chat", map[string]any{"message": "안녕하세요", "history": []any{}})
				mu.Lock()
				answered++
				mu.Unlock()
				assert.Equal(t, http.StatusOK, r.Status, "%s", r.Body)
			}
		})
	}
	program := filepath.Join(dir, "llm-interviewer", "llm-interviewer")
	raw, err := os.ReadFile(program)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program+".new", append(raw, "another version"...), 0o700))
	require.NoError(t, os.Rename(program+".new", program))
	seal := exec.CommandContext(t.Context(), built(t, "bin", "visavis"), "plugin", "seal", filepath.Dir(program))
	require.NoError(t, seal.Run())
	eventually(t, "the new version serves", func() bool { p := s.pluginPID("llm-interviewer"); return p != 0 && !alive(old) })
	close(stop)
	group.Wait()
	assert.Positive(t, answered)
}

func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
