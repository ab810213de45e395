package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// socketClient is a Socket.IO library that knows nothing of this host, in a process of its own.
type socketClient struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func (s *system) socket(t *testing.T, transports, text string, key ...string) *socketClient {
	t.Helper()
	arguments := append([]string{filepath.Join("testdata", "socketio", "client.py"), s.URL, transports, text}, key...)
	c := &socketClient{cmd: exec.CommandContext(t.Context(), "python3", arguments...)}
	c.cmd.Env = append(os.Environ(), "PYTHONPATH="+built(t, "natives", "python"), "PYTHONIOENCODING=utf-8")
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
	// The end comes even when the host never says anything.
	stop := time.AfterFunc(2*time.Minute, func() { _ = c.cmd.Process.Kill() })
	t.Cleanup(func() { stop.Stop() })
	c.lines = bufio.NewScanner(io.LimitReader(out, 1<<20))
	return c
}

// next gives the next event, or "" at the end.
func (c *socketClient) next(t *testing.T) (name string, data any) {
	t.Helper()
	if !c.lines.Scan() {
		return "", nil
	}
	var line []any
	require.NoError(t, json.Unmarshal(c.lines.Bytes(), &line), c.lines.Text())
	name, _ = line[0].(string)
	return name, line[1]
}

// until gives the next event of a name and passes over others.
func (c *socketClient) until(t *testing.T, name string) any {
	t.Helper()
	for {
		told, data := c.next(t)
		require.NotEmpty(t, told, "%s never came", name)
		if told == name {
			return data
		}
	}
}

func TestSocketIO(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for _, transports := range []string{"polling", "websocket", "polling+websocket"} {
		t.Run(transports, func(t *testing.T) {
			t.Parallel()
			c := s.socket(t, transports, "안녕하세요, 면접에 오신 것을 환영합니다.")
			connected := object(t, c.until(t, "connected"))
			assert.Equal(t, "ok", connected["status"])
			assert.Equal(t, true, connected["models_loaded"])
			assert.NotEmpty(t, connected["sid"])
			var percents, messages []any
			var done map[string]any
			for reason := any(nil); reason == nil; {
				name, data := c.next(t)
				switch name {
				case "progress":
					percents = append(percents, object(t, data)["progress"])
					messages = append(messages, object(t, data)["message"])
				case "generation_complete":
					done = object(t, data)
				case "transport":
					assert.Equal(t, transports[strings.LastIndex(transports, "+")+1:], data)
				case "queue_position":
				case "disconnect":
					reason = data
					assert.Equal(t, "client disconnect", reason, "nobody was lost")
				default:
					t.Fatalf("unexpected: %s %v", name, data)
				}
			}
			assert.Subset(t, percents, []any{0.0, 10.0, 100.0})
			assert.Contains(t, messages, "TTS 음성 생성 중...")
			assert.Contains(t, messages, "립싱크 비디오 생성 중...")
			assert.Positive(t, done["elapsed"])
			video := s.do(t, http.MethodGet, done["video_url"].(string), nil) //nolint:forcetypeassert // a test may fail so
			assert.Equal(t, http.StatusOK, video.Status)
			assert.Equal(t, "video/mp4", video.Header.Get("Content-Type"))
		})
	}
}

// A socket's work is in the queue under the socket's sid, and ends with it.
func TestSocketIOCancelled(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	status := func() map[string]any { return s.do(t, http.MethodGet, "/api/queue_status", nil).JSON(t) }
	for name, end := range map[string]func(c *socketClient, sid string){
		"by its sid": func(c *socketClient, sid string) {
			answer := s.do(t, http.MethodPost, "/api/cancel", map[string]any{"sid": sid}).JSON(t)
			assert.InDelta(t, 1, answer["cancelled"], 0)
			assert.Equal(t, "요청이 취소되었습니다", object(t, c.until(t, "error"))["error"])
		},
		"with its client": func(c *socketClient, _ string) { require.NoError(t, c.cmd.Process.Kill()) },
	} {
		for _, transport := range []string{"polling", "websocket"} {
			c := s.socket(t, transport, strings.Repeat(longText, 20))
			sid, is := object(t, c.until(t, "connected"))["sid"].(string)
			require.True(t, is)
			c.until(t, "progress")
			assert.Equal(t, sid, entry(t, status(), "processing")["sid"])
			end(c, sid)
			eventually(t, name+" by "+transport+": the place is free", func() bool { return status()["processing_count"] == 0.0 })
		}
	}
}

func TestSocketIOKeys(t *testing.T) {
	t.Parallel()
	s := start(t, setup{Env: map[string]string{"API_KEYS": "right-key"}})
	c := s.socket(t, "websocket", "안녕하세요.", "right-key")
	assert.NotEmpty(t, object(t, c.until(t, "generation_complete"))["video_url"])
	for _, keys := range [][]string{nil, {"wrong-key"}} {
		c := s.socket(t, "polling", "안녕하세요.", keys...)
		told := object(t, c.until(t, "connect_error"))
		assert.Equal(t, "유효한 API 키가 필요합니다", told["message"])
		name, data := c.next(t)
		assert.Empty(t, name, "%v", data)
	}
	assert.NotContains(t, s.log.String(), "-key")
}

// At the end a socket's work is finished, whatever carries it.
func TestSocketIODrains(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"polling", "websocket"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			s := start(t, setup{})
			c := s.socket(t, transport, longText)
			c.until(t, "progress")
			require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
			assert.NotEmpty(t, object(t, c.until(t, "generation_complete"))["video_url"])
			err := <-s.done
			require.NoError(t, err)
			s.done <- err
		})
	}
}

func object(t *testing.T, data any) map[string]any {
	t.Helper()
	all, is := data.(map[string]any)
	require.True(t, is, "%v", data)
	return all
}
