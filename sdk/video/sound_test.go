package video_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// flac is a second of sound.
func flac(t *testing.T) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), tool(t, "ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "sine=440:r=24000:d=1", "-f", "flac", "-").Output()
	require.NoError(t, err)
	return out
}

func TestDecodeSound(t *testing.T) {
	t.Parallel()
	s, err := video.DecodeSound(t.Context(), tool(t, "ffmpeg"), io.NopCloser(bytes.NewReader(flac(t))), "flac", 16000)
	require.NoError(t, err)
	raw, err := io.ReadAll(s)
	require.NoError(t, err)
	assert.Len(t, raw, 2*16000)
	require.NoError(t, s.Close())
}

func TestDecodeSoundTellsWhatIsNone(t *testing.T) {
	t.Parallel()
	s, err := video.DecodeSound(t.Context(), tool(t, "ffmpeg"), io.NopCloser(bytes.NewReader([]byte("no sound"))), "flac", 16000)
	require.NoError(t, err)
	_, err = io.ReadAll(s)
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
	require.NoError(t, s.Close())
	_, err = video.DecodeSound(t.Context(), "", io.NopCloser(bytes.NewReader(nil)), "flac", 16000)
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
}

// endless is a stream that brings nothing until it is closed.
type endless struct{ closed chan struct{} }

func (e endless) Read([]byte) (int, error) {
	<-e.closed
	return 0, errors.New("closed")
}

func (e endless) Close() error {
	close(e.closed)
	return nil
}

func TestDecodeSoundEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := video.DecodeSound(ctx, tool(t, "ffmpeg"), endless{make(chan struct{})}, "flac", 16000)
	require.NoError(t, err)
	cancel()
	require.NoError(t, s.Close(), "it waits for nobody")
}
