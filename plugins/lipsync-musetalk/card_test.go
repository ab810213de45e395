package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// On CUDA every batch has one size, whatever waits, so that nothing is planned anew while somebody speaks.
func TestACardDrawsOneSize(t *testing.T) {
	t.Parallel()
	for room, sizes := range map[int][]int{0: {8, 8}, 3: {8, 4, 2, 2, 2}} {
		f := &fakes{room: room}
		a := newArtist(f, 8, true)
		a.drawAll(nil)
		for turn := range 2 {
			var orders []order
			for n := range 3 {
				sound := make([]float32, networks.Sound)
				sound[4*networks.Feature] = float32(n+1) / 4
				orders = append(orders, order{ctx: t.Context(), latent: make([]float32, networks.Latent), sound: sound, done: make(chan drawn, 1)})
			}
			if turn == 1 {
				orders = orders[:1]
			}
			a.drawAll(orders)
			for n, o := range orders {
				face, err := o.wait()
				require.NoError(t, err)
				assert.Len(t, face, networks.Picture)
				assert.Equal(t, byte(255*float32(n+1)/4), face[0], "each gets its own")
			}
		}
		a.close()
		assert.Equal(t, sizes, f.batches)
	}
}

// A card encodes a few films at a time. One more is encoded without it, and nobody sees a difference.
func TestACardThatEncodesNoMore(t *testing.T) {
	t.Parallel()
	full := filepath.Join(t.TempDir(), "ffmpeg")
	program := fmt.Sprintf("#!/bin/sh\ncase \"$*\" in *h264_nvenc*) echo 'OpenEncodeSessionEx failed: out of memory (10)' >&2; exit 1;; esac\nexec %q \"$@\"\n", ffmpeg(t))
	syscall.ForkLock.RLock() // a child of another test would hold it open, and what is open for writing cannot run
	err := os.WriteFile(full, []byte(program), 0o700)
	syscall.ForkLock.RUnlock()
	require.NoError(t, err)
	var said bytes.Buffer
	env := plugin.Env{FFmpeg: ffmpeg(t), NativesDir: natives(t), Logger: hclog.New(&hclog.LoggerOptions{Output: &said})}
	r, err := open(t.Context(), settings{Graphs: golden(t, "graphs"), Library: runtimeLibrary(t), Provider: "cpu", Preset: "ultrafast", CRF: 10}, env)
	require.NoError(t, err)
	e := r.(*engine)
	defer func() { require.NoError(t, e.Close()) }()
	film := func() []byte {
		out := &tape{}
		require.NoError(t, e.Render(t.Context(), lipsync.Request{
			Avatar: pack(t), Width: width, Height: height, FrameSkip: 3, Format: speech.Format{SampleRate: rate},
		}, &script{pcm: words()}, out))
		assert.Equal(t, lipsync.Progress{Frames: 75, Total: 75}, out.progress[len(out.progress)-1])
		return out.file
	}
	without := film()
	assert.NotContains(t, said.String(), "libx264")
	e.ffmpeg, e.hardware = full, true
	assert.Equal(t, without, film())
	assert.Contains(t, said.String(), "libx264 encodes this one")
	assert.Contains(t, said.String(), "OpenEncodeSessionEx")
}
