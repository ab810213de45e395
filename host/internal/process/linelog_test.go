package process_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a plugin logs may be a client's or a server's text: it cannot write lines of the host, or colour a terminal.
func TestALogLineStaysOneLine(t *testing.T) {
	t.Parallel()
	o, out := options(t, "")
	p := start(t, o)
	for _, line := range []string{
		`{"@level":"error","@message":"heard \u001b[31mred\n2026-01-01 [ERROR] forged","k\ney":1}`, "raw \x1b[31mred\x07over",
	} {
		_, err := ask(t.Context(), p, "write 2 1 "+line)
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		said := out.String()
		return strings.Contains(said, "heard  [31mred 2026-01-01 [ERROR] forged: k ey=1\n") && strings.Contains(said, "raw  [31mred over\n")
	}, 5*time.Second, 10*time.Millisecond)
}

// The runtime can die of a signal of its own, at a memory limit for example; the registers come last and say nothing.
func TestADeathBySignalIsTold(t *testing.T) {
	t.Parallel()
	o, out := options(t, "")
	p := start(t, o)
	for _, line := range []string{"SIGSEGV: segmentation violation", "goroutine 0 [idle]:", "gs     0x0"} {
		_, err := ask(t.Context(), p, "write 2 1 "+line)
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "0x0") }, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, syscall.Kill(p.PID(), syscall.SIGKILL))
	<-p.Done()
	require.ErrorContains(t, p.Err(), "SIGSEGV: segmentation violation")
	assert.NotContains(t, p.Err().Error(), "gs")
}
