package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/compose"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// The whole path, from a .pkl and a sound to frames, against models/musetalk/reference.py.
func TestTheWholePathIsTheReferences(t *testing.T) {
	const wide, high, faded = 112, 96, 8
	dir := filepath.Join(t.TempDir(), "avatar")
	visavis, err := filepath.Abs("../../build/bin/visavis")
	require.NoError(t, err)
	imported := exec.CommandContext(t.Context(), visavis, "avatar", "import", golden(t, "play", "avatar.pkl"),
		"--out", filepath.Dir(dir), "--id", "avatar", "--ffmpeg", ffmpeg(t))
	said, err := imported.CombinedOutput()
	require.NoError(t, err, "run `make build`: %s", said)
	pcm := speechOf(t)
	wanted, err := os.ReadFile(golden(t, "play", "frames.bgr"))
	require.NoError(t, err)

	opened, err := open(t.Context(), settings{Graphs: golden(t, "graphs"), Library: runtimeLibrary(t), Provider: "cpu"}, plugin.Env{
		FFmpeg: ffmpeg(t), NativesDir: natives(t), Logger: hclog.NewNullLogger(),
	})
	require.NoError(t, err)
	e := opened.(*engine)
	defer func() { require.NoError(t, e.Close()) }()
	a, err := e.actors.open(t.Context(), dir)
	require.NoError(t, err)
	for _, whole := range []bool{true, false} {
		worst := math.Inf(1)
		r := heardRendering(t, e, a, pcm, whole)
		require.Equal(t, len(wanted), r.total*3*wide*high)
		for n := range r.total {
			more, err := r.await(t.Context(), n)
			require.NoError(t, err)
			require.True(t, more)
			face, err := r.face(n)
			require.NoError(t, err)
			if n < faded || n >= r.total-faded {
				continue // the reference does not fade
			}
			require.InDelta(t, 1, r.levels.At(n), 0)
			s := r.scene(n)
			patch := compose.Patch{Rect: s.touched.Rect, Pix: slices.Clone(s.touched.Pix)}
			s.face.Draw(patch, face, 1)
			worst = min(worst, psnr(patch, wanted[n*3*wide*high:], wide))
		}
		t.Logf("heard as a whole: %v; the worst face has %.1f dB", whole, worst)
		assert.GreaterOrEqual(t, worst, 45.0)
	}
}

// heardRendering is one whose speech has come to its end.
func heardRendering(t testing.TB, e *engine, a *actor, pcm []int16, whole bool) *rendering {
	t.Helper()
	heard, err := newEar(speech.Format{SampleRate: 16000})
	require.NoError(t, err)
	heard.listen(t.Context(), &script{pcm: slices.Clone(pcm)})
	r := newRendering(a, heard, newHearing(e.networks, whole, false), 1, e.artist)
	require.NoError(t, r.listen())
	return r
}

// psnr compares a patch with its part of a frame.
func psnr(p compose.Patch, frame []byte, width int) float64 {
	want := cut(frame, width, p.Rect)
	sum := 0.0
	for i := range want.Pix {
		d := float64(want.Pix[i]) - float64(p.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(want.Pix))/max(sum, 1e-9))
}
