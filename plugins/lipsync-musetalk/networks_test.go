//go:build musetalk

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
)

func built(t testing.TB, elements ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"../../build"}, elements...)...))
	require.NoError(t, err)
	_, err = os.Stat(path)
	require.NoError(t, err, "run `make test-musetalk`")
	return path
}

// The whole engine, with random networks in ONNX Runtime.
func TestRealNetworks(t *testing.T) {
	env := plugin.Env{FFmpeg: ffmpeg(t), NativesDir: built(t, "natives"), Logger: hclog.NewNullLogger()}
	r, err := open(t.Context(), settings{Graphs: built(t, "musetalk-small"), Provider: "auto", Preset: "ultrafast", CRF: 10}, env)
	require.NoError(t, err)
	e := r.(*engine)
	defer func() { require.NoError(t, e.Close()) }()
	assert.Equal(t, "cpu", e.networks.Provider, "without a card, it says so")

	t.Run("a batch is its parts", func(t *testing.T) {
		latents, sounds := make([]float32, 3*networks.Latent), make([]float32, 3*networks.Sound)
		for i := range latents {
			latents[i] = float32(i%97)/50 - 1
		}
		for i := range sounds {
			sounds[i] = float32(i%89)/50 - 1
		}
		all, err := e.networks.Draw(latents, sounds, 3)
		require.NoError(t, err)
		for n := range 3 {
			one, err := e.networks.Draw(latents[n*networks.Latent:(n+1)*networks.Latent], sounds[n*networks.Sound:(n+1)*networks.Sound], 1)
			require.NoError(t, err)
			apart := 0
			for i, b := range one {
				apart = max(apart, abs(int(b)-int(all[n*networks.Picture+i])))
			}
			assert.LessOrEqual(t, apart, 1)
		}
	})
	t.Run("a video", func(t *testing.T) {
		for skip := 1; skip <= 3; skip++ {
			out := &tape{}
			require.NoError(t, e.Render(t.Context(), lipsync.Request{
				Avatar: pack(t), Width: width, Height: height, FrameSkip: skip, Format: speech.Format{SampleRate: rate},
			}, &script{pcm: words()}, out))
			frames := out.frames(t)
			require.Len(t, frames, 75)
			assert.InDelta(t, 102, luma(frames[5], 80, 60), 4)
			changed := 0
			for y := 50; y < 70; y++ {
				for x := 70; x < 90; x++ {
					if abs(luma(frames[36], x, y)-102) > 6 {
						changed++
					}
				}
			}
			assert.Greater(t, changed, 100, "the networks draw something else than grey")
			assert.InDelta(t, 102, luma(frames[36], 20, 20), 4)
		}
	})
	t.Run("no card", func(t *testing.T) {
		_, err := networks.Open(networks.Options{Dir: built(t, "musetalk-small"), Library: filepath.Join(env.NativesDir, "onnxruntime", "libonnxruntime.so"), Provider: "cuda"})
		assert.Equal(t, fault.Unavailable, fault.KindOf(err))
		assert.Contains(t, fault.HintOf(err), "CUDA")
	})
	t.Run("no graphs", func(t *testing.T) {
		library := filepath.Join(env.NativesDir, "onnxruntime", "libonnxruntime.so")
		_, err := networks.Open(networks.Options{Dir: t.TempDir(), Library: library, Provider: "cpu"})
		assert.Contains(t, fault.HintOf(err), "make musetalk-export")
		other := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(other, "manifest.json"), []byte(`{"format":"visavis-musetalk","version":9}`), 0o600))
		_, err = networks.Open(networks.Options{Dir: other, Library: library, Provider: "cpu"})
		assert.Contains(t, fault.HintOf(err), "형식이 맞지 않습니다")
		require.NoError(t, os.WriteFile(filepath.Join(other, "manifest.json"), []byte(`{"format":"visavis-musetalk","version":1,"graphs":{"face":{"file":"face.onnx"}}}`), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(other, "face.onnx"), []byte("not a graph"), 0o600))
		_, err = networks.Open(networks.Options{Dir: other, Library: library, Provider: "cpu"})
		assert.Contains(t, fault.HintOf(err), "읽지 못했습니다")
	})
}

func abs(n int) int { return max(n, -n) }
