package main

import (
	"encoding/binary"
	"encoding/json"
	"image"
	"math"
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

// golden is where the small networks lie, with what PyTorch makes of them: make musetalk-golden writes it.
func golden(t testing.TB, elements ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"../../models/musetalk/golden"}, elements...)...))
	require.NoError(t, err)
	return path
}

func natives(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs("../../build/natives")
	require.NoError(t, err)
	return path
}

func runtimeLibrary(t testing.TB) string {
	t.Helper()
	return filepath.Join(natives(t), "onnxruntime", "libonnxruntime.so")
}

func floats(t testing.TB, file string) []float32 {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	all := make([]float32, len(raw)/4)
	for i := range all {
		all[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return all
}

func speechOf(t testing.TB) []int16 {
	t.Helper()
	raw, err := os.ReadFile(golden(t, "play", "sound.s16"))
	require.NoError(t, err)
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return pcm
}

// heardAll gives the features of a speech at once.
func heardAll(t testing.TB, h *hearing, pcm []int16) []float32 {
	t.Helper()
	for {
		more, err := h.advance(pcm, true, 0)
		require.NoError(t, err)
		if !more {
			return h.features
		}
	}
}

// Every graph against PyTorch, as the issue of its parity asks: golden holds what PyTorch made.
func TestParity(t *testing.T) {
	t.Parallel()
	for _, graph := range []string{"face", "face-half"} {
		t.Run(graph, func(t *testing.T) {
			t.Parallel()
			set, err := networks.Open(networks.Options{Dir: only(t, graph), Library: runtimeLibrary(t), Provider: networks.CPU})
			require.NoError(t, err)
			defer func() { require.NoError(t, set.Close()) }()
			most := map[string]float64{"face": 0.01, "face-half": 1}[graph]
			for _, n := range []int{1, 5, 32} {
				apart, err := set.Check(n)
				require.NoError(t, err)
				t.Logf("%s, %d at once: %.4f of 255", graph, n, apart)
				assert.LessOrEqual(t, apart, most, n)
			}
		})
	}
	t.Run("features", func(t *testing.T) {
		t.Parallel()
		set, err := networks.Open(networks.Options{Dir: golden(t, "graphs"), Library: runtimeLibrary(t), Provider: networks.CPU})
		require.NoError(t, err)
		defer func() { require.NoError(t, set.Close()) }()
		whole := heardAll(t, newHearing(set, true, false), speechOf(t))
		wanted := floats(t, golden(t, "play", "features.f4"))
		require.Len(t, whole, 60*networks.Feature)
		apart, _ := distance(wanted, whole[len(whole)-len(wanted):])
		t.Logf("features differ from transformers' by %.2g at most", apart)
		assert.LessOrEqual(t, apart, 1e-3)

		streamed := heardAll(t, newHearing(set, false, false), speechOf(t))
		require.Len(t, streamed, len(whole))
		apart, mean := distance(whole, streamed)
		t.Logf("while the speech comes they differ by %.2g at most, %.2g on average", apart, mean)
		assert.LessOrEqual(t, apart, streamTolerance)
		assert.LessOrEqual(t, mean, streamTolerance/10)
	})
}

// streamTolerance is how far features of a speech that is heard while it comes may be from those of the whole. Whisper looks
// at the half minute at once: what is not said yet is silence to it. With weights that were trained it is another number.
const streamTolerance = 0.01

// distance is the largest and the mean difference.
func distance(a, b []float32) (most, mean float64) {
	sum := 0.0
	for i := range a {
		d := math.Abs(float64(a[i]) - float64(b[i]))
		most = max(most, d)
		sum += d
	}
	return most, sum / float64(len(a))
}

// only is the folder of the small networks without the other graphs of faces.
func only(t testing.TB, face string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(golden(t, "graphs"))))
	change(t, dir, func(m map[string]any) {
		graphs := m["graphs"].(map[string]any)
		for _, other := range []string{"face", "face-half"} {
			if other != face {
				delete(graphs, other)
			}
		}
	})
	return dir
}

// change rewrites a folder's manifest.
func change(t testing.TB, dir string, how func(map[string]any)) {
	t.Helper()
	path := filepath.Join(dir, "manifest.json")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	m := map[string]any{}
	require.NoError(t, json.Unmarshal(raw, &m))
	how(m)
	raw, err = json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, raw, 0o600))
}

// The whole engine, with random networks in ONNX Runtime.
func TestRealNetworks(t *testing.T) {
	t.Parallel()
	env := plugin.Env{FFmpeg: ffmpeg(t), NativesDir: natives(t), Logger: hclog.NewNullLogger()}
	r, err := open(t.Context(), settings{Graphs: golden(t, "graphs"), Library: runtimeLibrary(t), Provider: "auto", Preset: "ultrafast", CRF: 10}, env)
	require.NoError(t, err)
	e := r.(*engine)
	defer func() { require.NoError(t, e.Close()) }()
	assert.Equal(t, "cpu", e.networks.Provider, "without a card, it says so")
	assert.Contains(t, e.networks.Why.Error(), "CUDA", "and why")

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
		out := &tape{}
		require.NoError(t, e.Render(t.Context(), lipsync.Request{
			Avatar: pack(t), Width: width, Height: height, FrameSkip: 2, Format: speech.Format{SampleRate: rate},
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
	})
	t.Run("a video of 1920 × 1080", func(t *testing.T) {
		out := &tape{}
		require.NoError(t, e.Render(t.Context(), lipsync.Request{
			Avatar: packOf(t, 1920, 1080), Width: 1920, Height: 1080, FrameSkip: 1, Format: speech.Format{SampleRate: rate},
		}, &script{pcm: words()[rate : rate+rate/5]}, out))
		frames := out.framesOf(t, 1920, 1080)
		require.Equal(t, 5, len(frames)) //nolint:testifylint // Len would print the pictures
		changed := 0
		for y := range 1080 {
			for x := range 1920 {
				if abs(int(frames[2][1920*y+x])-102) > 6 {
					changed++
					require.True(t, image.Pt(x, y).In(image.Rect(60, 40, 100, 80)), "%d,%d is outside the face", x, y)
				}
			}
		}
		assert.Greater(t, changed, 100)
	})
}

// Whatever is wrong with graphs, library or card, it is one sentence.
func TestGraphsThatCannotRun(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil    func(dir string)
		provider string
		hint     string
	}{
		"no card for CUDA":     {func(string) {}, "cuda", "그래픽 카드를 지원하지 않습니다. 'make musetalk-natives-cuda'"},
		"no card for TensorRT": {func(string) {}, "tensorrt", "그래픽 카드를 지원하지 않습니다"},
		"no folder":            {func(dir string) { require.NoError(t, os.RemoveAll(dir)) }, "cpu", "make musetalk-export"},
		"a folder of other files": {func(dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("[]"), 0o600))
		}, "cpu", "형식이 맞지 않습니다"},
		"of another program": {func(dir string) { change(t, dir, func(m map[string]any) { m["format"] = "onnx" }) }, "cpu", "형식이 맞지 않습니다"},
		"of another version": {func(dir string) { change(t, dir, func(m map[string]any) { m["version"] = 9 }) }, "cpu", "형식이 맞지 않습니다"},
		"of an older version": {func(dir string) {
			change(t, dir, func(m map[string]any) { m["version"] = 1; delete(m, "example") })
		}, "cpu", "형식이 맞지 않습니다"},
		"a graph is missing":     {func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "audio.onnx"))) }, "cpu", "audio.onnx이(가) 없습니다"},
		"a graph is cut short":   {func(dir string) { require.NoError(t, os.Truncate(filepath.Join(dir, "face.onnx"), 1000)) }, "cpu", "face.onnx이(가) 손상되었습니다"},
		"a graph is none":        {func(dir string) { garble(t, filepath.Join(dir, "face.onnx")) }, "cpu", "읽지 못했습니다"},
		"a graph is another one": {func(dir string) { swap(t, dir, "face", "encoder") }, "cpu", "실행하지 못했습니다"},
		"the example is missing": {func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "example.bin"))) }, "cpu", "example.bin이(가) 없습니다"},
		"the manifest leads away": {func(dir string) {
			change(t, dir, func(m map[string]any) { m["example"].(map[string]any)["file"] = "../x" })
		}, "cpu", "형식이 맞지 않습니다"},
		"no graph of sounds": {func(dir string) {
			change(t, dir, func(m map[string]any) { delete(m["graphs"].(map[string]any), "audio") })
		}, "cpu", "모델이 없습니다"},
		"faces that are drawn wrongly": {func(dir string) { garble(t, filepath.Join(dir, "example.bin")) }, "cpu", "얼굴을 틀리게 그립니다"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(golden(t, "graphs"))))
			tc.spoil(dir)
			_, err := open(t.Context(), settings{Graphs: dir, Library: runtimeLibrary(t), Provider: tc.provider}, plugin.Env{
				FFmpeg: ffmpeg(t), NativesDir: natives(t), Logger: hclog.NewNullLogger(),
			})
			assert.Equal(t, fault.Unavailable, fault.KindOf(err))
			assert.Contains(t, fault.HintOf(err), tc.hint)
		})
	}
}

// garble makes other bytes of a file, as many.
func garble(t testing.TB, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range raw {
		raw[i] ^= 0x55
	}
	require.NoError(t, os.WriteFile(path, raw, 0o600))
}

// swap lets one graph stand for another.
func swap(t testing.TB, dir, name, with string) {
	t.Helper()
	change(t, dir, func(m map[string]any) {
		graphs := m["graphs"].(map[string]any)
		graphs[name] = graphs[with]
	})
}

func abs(n int) int { return max(n, -n) }
