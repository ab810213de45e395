package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// tried is networks that are warmed up: it notes the sizes of batches.
type tried struct {
	sizes []int
	heard int
	// room is how many faces fit into memory, slow how long each takes, and apart how far they are from PyTorch's.
	room  int
	slow  time.Duration
	apart float64
}

// Hear implements model.
func (w *tried) Hear([]float32, int, float32) ([]float32, float32, error) {
	w.heard++
	return nil, 0, nil
}

// Check implements model.
func (w *tried) Check(n int) (float64, error) {
	w.sizes = append(w.sizes, n)
	time.Sleep(w.slow * time.Duration(n))
	if n > w.room {
		return 0, errors.New("BFCArena::AllocateRawInternal Available memory of 0 is smaller than requested bytes of 1048576")
	}
	return w.apart, nil
}

// Whatever size is used later was drawn before, and last, as often as a card needs to have planned everything.
func TestWarm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		provider string
		size     int
		with     tried
		batch    int
		sizes    []int
	}{
		"a card":                    {networks.CUDA, 0, tried{room: 64}, 16, []int{16, 16, 16}},
		"a card, as it is set":      {networks.CUDA, 6, tried{room: 64}, 6, []int{6, 6, 6}},
		"little memory":             {networks.CUDA, 0, tried{room: 5}, 4, []int{16, 8, 4, 4, 4}},
		"a slow card":               {networks.CUDA, 0, tried{room: 64, slow: 20 * time.Millisecond}, 8, []int{16, 16, 16, 8, 8, 8}},
		"a slow card, as it is set": {networks.CUDA, 16, tried{room: 64, slow: 15 * time.Millisecond}, 16, []int{16, 16, 16}},
		"TensorRT":                  {networks.TensorRT, 4, tried{room: 64}, 4, []int{1, 1, 1, 2, 2, 2, 4, 4, 4}},
		"no card":                   {networks.CPU, 0, tried{room: 64}, 2, []int{1, 2}},
		"no card, little memory":    {networks.CPU, 4, tried{room: 2}, 2, []int{1, 2, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, each, err := warm(&tc.with, tc.provider, tc.size)
			require.NoError(t, err)
			assert.Equal(t, tc.batch, batch)
			assert.Equal(t, tc.sizes, tc.with.sizes)
			assert.GreaterOrEqual(t, each, tc.with.slow)
			assert.Positive(t, tc.with.heard)
		})
	}
	for name, tc := range map[string]struct {
		with tried
		hint string
	}{
		"no memory":  {tried{}, "메모리가 부족합니다"},
		"grey faces": {tried{room: 64, apart: 1.5}, "얼굴을 틀리게 그립니다"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, provider := range []string{networks.CUDA, networks.CPU} {
				_, _, err := warm(&tc.with, provider, 0)
				assert.Equal(t, fault.Unavailable, fault.KindOf(err))
				assert.Contains(t, fault.HintOf(err), tc.hint)
			}
		})
	}
}

// Graphs are where they are said to be, or below MuseTalk's own folder.
func TestFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	below := filepath.Join(root, "graphs")
	require.NoError(t, os.Mkdir(below, 0o700))
	_, err := settings{Path: root}.folder()
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "MUSETALK_GRAPHS")
	_, err = settings{}.folder()
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))

	require.NoError(t, os.WriteFile(filepath.Join(root, "manifest.json"), nil, 0o600))
	found, err := settings{Path: root}.folder()
	require.NoError(t, err)
	assert.Equal(t, root, found)
	require.NoError(t, os.WriteFile(filepath.Join(below, "manifest.json"), nil, 0o600))
	found, err = settings{Path: root}.folder()
	require.NoError(t, err)
	assert.Equal(t, below, found)
	found, err = settings{Graphs: "/elsewhere", Path: root}.folder()
	require.NoError(t, err)
	assert.Equal(t, "/elsewhere", found)
}
