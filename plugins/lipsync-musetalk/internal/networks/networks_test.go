package networks_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
)

func options(t *testing.T) networks.Options {
	t.Helper()
	dir, err := filepath.Abs("../../../../models/musetalk/golden/graphs")
	require.NoError(t, err)
	library, err := filepath.Abs("../../../../build/natives/onnxruntime/libonnxruntime.so")
	require.NoError(t, err)
	return networks.Options{Dir: dir, Library: library}
}

// A graph in a card's operators that cannot be loaded gives way to the ordinary one, and says why. A CPU has none of its kernels.
func TestAGraphOfCardsGivesWay(t *testing.T) {
	t.Parallel()
	graph, instead, err := networks.LoadFace(options(t), networks.Faces(networks.CUDA, false)...)
	require.NoError(t, err)
	assert.Equal(t, "face-half", graph)
	require.Error(t, instead)
	assert.Contains(t, instead.Error(), "face-card.onnx")

	graph, instead, err = networks.LoadFace(options(t), networks.Faces(networks.CPU, false)...)
	require.NoError(t, err)
	assert.Equal(t, "face", graph)
	require.NoError(t, instead)
}

func TestGraphsOfProviders(t *testing.T) {
	t.Parallel()
	assert.Equal(t, networks.Own, networks.Faces(networks.CUDA, false)[0])
	for _, others := range [][]string{networks.Faces(networks.CUDA, true), networks.Faces(networks.TensorRT, false), networks.Faces(networks.CPU, false)} {
		assert.NotContains(t, others, networks.Own)
		assert.Len(t, others, 2)
	}
}

// Channels lie last in standard operators where the graph says that it was made for it; earlier exports do not say so.
func TestAGraphSaysHowCUDAIsToRunIt(t *testing.T) {
	t.Parallel()
	dir := options(t).Dir
	own, err := networks.CUDASettings(dir, networks.Own)
	require.NoError(t, err)
	assert.Equal(t, "1", own["prefer_nhwc"])
	half, err := networks.CUDASettings(dir, "face-half")
	require.NoError(t, err)
	assert.NotContains(t, half, "prefer_nhwc")

	earlier := t.TempDir()
	require.NoError(t, os.CopyFS(earlier, os.DirFS(dir)))
	path := filepath.Join(earlier, "manifest.json")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bytes.ReplaceAll(raw, []byte(`"nhwc": true`), []byte(`"later": [1]`)), 0o600))
	own, err = networks.CUDASettings(earlier, networks.Own)
	require.NoError(t, err)
	assert.NotContains(t, own, "prefer_nhwc")
}

// Whoever asks, a session runs on one thread, one call after the other.
func TestOneThread(t *testing.T) {
	t.Parallel()
	call, end := networks.OnThread()
	threads, running := map[int]bool{}, 0
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			call(func() {
				running++
				threads[syscall.Gettid()] = true
				assert.Equal(t, 1, running)
				running--
			})
		})
	}
	all.Wait()
	end()
	assert.Len(t, threads, 1)
}
