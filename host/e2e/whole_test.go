package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The last event of a chat tells the whole prompt, which is more than net/http writes at once. The document's own
// clients take what one read gives them for whole lines, so that it has to come in one segment, as every event does.
func TestAnEventComesInOneSegment(t *testing.T) {
	t.Parallel()
	s := documented(t)
	_, _, body := curl(t, example(t, s, "chat-stream.curl"))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /api/chat/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	events := strings.SplitAfter(strings.TrimSuffix(string(raw), "\n\n"), "\n\n")
	require.Greater(t, len(events[len(events)-1]), 4096)

	control, err := conn.(*net.TCPConn).SyscallConn() //nolint:forcetypeassert // a test may fail so
	require.NoError(t, err)
	var info *unix.TCPInfo
	var asked error
	require.NoError(t, control.Control(func(fd uintptr) { info, asked = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }))
	require.NoError(t, asked)
	assert.LessOrEqual(t, int(info.Data_segs_in), 1+len(events)+1, "headers, events, the end")
}
