//go:build musetalk

package main

import (
	"encoding/binary"
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
	const wide, high, faded = 192, 144, 8
	dir := filepath.Join(t.TempDir(), "avatar")
	imported := exec.CommandContext(t.Context(), built(t, "bin", "visavis"), "avatar", "import", built(t, "musetalk-small", "reference", "avatar.pkl"),
		"--out", filepath.Dir(dir), "--id", "avatar", "--ffmpeg", ffmpeg(t))
	said, err := imported.CombinedOutput()
	require.NoError(t, err, string(said))
	raw, err := os.ReadFile(built(t, "musetalk-small", "reference", "sound.s16"))
	require.NoError(t, err)
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	wanted, err := os.ReadFile(built(t, "musetalk-small", "reference", "frames.bgr"))
	require.NoError(t, err)

	opened, err := open(t.Context(), settings{Graphs: built(t, "musetalk-small"), Provider: "cpu"}, plugin.Env{
		FFmpeg: ffmpeg(t), NativesDir: built(t, "natives"), Logger: hclog.NewNullLogger(),
	})
	require.NoError(t, err)
	e := opened.(*engine)
	defer func() { require.NoError(t, e.Close()) }()
	a, err := e.actors.open(t.Context(), dir)
	require.NoError(t, err)
	h, err := listen(t.Context(), &script{pcm: slices.Clone(pcm)}, speech.Format{SampleRate: 16000})
	require.NoError(t, err)
	r := &rendering{actor: a, heard: h, skip: 1, artist: e.artist, ahead: 4, orders: map[int]order{}, faces: map[int][]byte{}}
	require.NoError(t, r.understand(e.networks))
	require.Equal(t, len(wanted), r.total*3*wide*high)

	worst := math.Inf(1)
	for n := range r.total {
		require.NoError(t, r.order(t.Context(), n))
		face, err := r.face(n)
		require.NoError(t, err)
		if n < faded || n >= r.total-faded {
			continue // the reference does not fade
		}
		require.InDelta(t, 1, r.levels[n], 0)
		s := r.scene(n)
		patch := compose.Patch{Rect: s.touched.Rect, Pix: slices.Clone(s.touched.Pix)}
		s.face.Draw(patch, face, 1)
		worst = min(worst, psnr(patch, wanted[n*3*wide*high:], wide))
	}
	t.Logf("the worst face has %.1f dB", worst)
	assert.GreaterOrEqual(t, worst, 45.0)
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
