package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

const (
	width, height = 160, 120
	rate          = 22050
)

func ffmpeg(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs("../../build/natives/bin/ffmpeg")
	require.NoError(t, err)
	return path
}

// pack writes an avatar of six grey frames whose face, of which 28 × 28 pixels are seen, is missing in the fourth.
func pack(t testing.TB) string {
	t.Helper()
	return packOf(t, width, height)
}

// packOf writes it with frames of a size.
func packOf(t testing.TB, width, height int) string {
	t.Helper()
	grey := bytes.Repeat([]byte{100}, 3*width*height)
	mask := image.NewGray(image.Rect(0, 0, 60, 60))
	for y := 16; y < 44; y++ {
		for x := 16; x < 44; x++ {
			mask.Pix[y*60+x] = 255
		}
	}
	d := prepared.Draft{
		ID: "someone", Model: "musetalk", Width: width, Height: height, FPS: 25, LatentType: "f2", Masks: []*image.Gray{mask},
		Picture: func(int) ([]byte, error) { return grey, nil },
		Latent:  func(int) []byte { return make([]byte, 2*networks.Latent) },
	}
	for n := range 6 {
		d.Frames = append(d.Frames, &prepared.Frame{Box: [4]int{60, 40, 100, 80}, Crop: [4]int{50, 30, 110, 90}})
		if n == 3 {
			d.Frames[n] = nil
		}
	}
	dir := filepath.Join(t.TempDir(), "someone")
	_, err := prepared.Write(t.Context(), ffmpeg(t), dir, d)
	require.NoError(t, err)
	return dir
}

// fakes are networks whose faces are as bright as the sound is loud.
type fakes struct {
	mu      sync.Mutex
	batches []int
	// room is how many faces fit into memory; 0 is any number.
	room int
	gate chan struct{}
	// told, if any, is called after each batch.
	told  func()
	drawn atomic.Int64
}

// Hear gives features that all have the loudness of their fiftieth of a second.
func (f *fakes) Hear(samples []float32, _ int, _ float32) ([]float32, float32, error) {
	features := make([]float32, networks.Features*networks.Feature)
	for n := range networks.Features {
		loud := float32(0)
		for _, s := range samples[n*320 : (n+1)*320] {
			loud = max(loud, s, -s)
		}
		for i := range networks.Feature {
			features[n*networks.Feature+i] = loud
		}
	}
	return features, networks.Silent, nil
}

// Draw implements drawer.
func (f *fakes) Draw(_, sounds []float32, n int) ([]byte, error) {
	if f.gate != nil {
		<-f.gate
	}
	f.mu.Lock()
	f.batches = append(f.batches, n)
	f.mu.Unlock()
	if f.room > 0 && n > f.room {
		return nil, errors.New("BFCArena: Failed to allocate memory for requested buffer")
	}
	f.drawn.Add(int64(n))
	if f.told != nil {
		f.told()
	}
	out := make([]byte, n*networks.Picture)
	for i := range n {
		bright := byte(255 * min(1, sounds[i*networks.Sound+4*networks.Feature]))
		for p := range networks.Picture {
			out[i*networks.Picture+p] = bright
		}
	}
	return out, nil
}

// words is a second of silence, one of sound, one of silence.
func words() []int16 {
	pcm := make([]int16, 3*rate)
	for i := rate; i < 2*rate; i++ {
		pcm[i] = int16(30000 * math.Sin(2*math.Pi*200*float64(i)/rate))
	}
	return pcm
}

// script is speech that comes in pieces of 4,000 samples, or of other lengths.
type script struct {
	pcm    []int16
	pieces int
}

// Next implements lipsync.Speech.
func (s *script) Next(context.Context) (speech.Chunk, error) {
	if len(s.pcm) == 0 {
		return speech.Chunk{}, io.EOF
	}
	n := min(cmp.Or(s.pieces, 4000), len(s.pcm))
	c := speech.Chunk{PCM: s.pcm[:n]}
	s.pcm = s.pcm[n:]
	return c, nil
}

// tape keeps a video.
type tape struct {
	file     []byte
	progress []lipsync.Progress
}

// Fragment implements lipsync.Sink.
func (s *tape) Fragment(data []byte) error {
	s.file = append(s.file, data...)
	return nil
}

// Progress implements lipsync.Sink.
func (s *tape) Progress(p lipsync.Progress) error {
	s.progress = append(s.progress, p)
	return nil
}

// frames decodes a video to yuv420p.
func (s *tape) frames(t testing.TB) [][]byte {
	t.Helper()
	return s.framesOf(t, width, height)
}

func (s *tape) framesOf(t testing.TB, width, height int) [][]byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.mp4")
	require.NoError(t, os.WriteFile(file, s.file, 0o600))
	frames, err := video.DecodeStack(t.Context(), ffmpeg(t), video.Stack{File: file, Width: width, Height: height, MaxFrames: 200})
	require.NoError(t, err)
	return frames
}

// rendered runs a rendering on fakes.
func rendered(t testing.TB, f *fakes, said lipsync.Speech, skip, batch int) (*tape, error) {
	t.Helper()
	a, err := loadActor(t.Context(), ffmpeg(t), pack(t))
	require.NoError(t, err)
	out := &tape{}
	s := lipsync.InTurn(out)
	encoder, err := video.NewEncoder(t.Context(), video.Settings{
		FFmpeg: ffmpeg(t), Width: width, Height: height, OutWidth: width, OutHeight: height, SampleRate: rate, Preset: "ultrafast", CRF: 10, Fragment: s.Fragment,
	})
	require.NoError(t, err)
	defer encoder.Close()
	worker := newArtist(f, batch, false)
	defer worker.close()
	e, err := newEar(speech.Format{SampleRate: rate})
	require.NoError(t, err)
	var listening sync.WaitGroup
	defer listening.Wait()
	listening.Go(func() { e.listen(t.Context(), said) })
	r := newRendering(a, e, newHearing(f, false, false), skip, worker)
	r.encoder, r.sink = encoder, s
	return out, r.run(t.Context())
}

// luma is the brightness of a pixel.
func luma(frame []byte, x, y int) int { return int(frame[y*width+x]) }

func TestTheFaceFollowsTheSound(t *testing.T) {
	t.Parallel()
	for skip := 1; skip <= 3; skip++ {
		f := &fakes{}
		out, err := rendered(t, f, &script{pcm: words()}, skip, 4)
		require.NoError(t, err)
		frames := out.frames(t)
		require.Len(t, frames, 75)
		quiet := 102 // 100 in the limited range
		assert.InDelta(t, quiet, luma(frames[5], 80, 60), 4, "silence shows the film")
		assert.InDelta(t, quiet, luma(frames[70], 80, 60), 4, "and after the speech again")
		spoken, film := 0, 0
		for n := 30; n < 45; n++ {
			switch y := luma(frames[n], 80, 60); {
			case y > 190:
				spoken++
			case y < 110:
				film++
			}
			assert.InDelta(t, quiet, luma(frames[n], 20, 20), 4, "the rest of the frame stays")
			assert.InDelta(t, quiet, luma(frames[n], 61, 41), 6, "in the box, where the mask is zero, too")
		}
		assert.Positive(t, film, "a frame without a face stays as it is")
		assert.Equal(t, 15, spoken+film)
		assert.Equal(t, lipsync.Progress{Frames: 75, Total: 75}, out.progress[len(out.progress)-1])
		assert.LessOrEqual(t, f.drawn.Load(), int64(30/skip+6), "silence costs nothing, and frames between are not drawn")
	}
}

func TestLittleMemoryMakesSmallerBatches(t *testing.T) {
	t.Parallel()
	f := &fakes{room: 1}
	out, err := rendered(t, f, &script{pcm: words()}, 1, 8)
	require.NoError(t, err)
	assert.Len(t, out.frames(t), 75)
	f.mu.Lock()
	assert.Equal(t, 1, f.batches[len(f.batches)-1])
	f.mu.Unlock()

	none := newArtist(drawFunc(func(int) ([]byte, error) { return nil, errors.New("CUDA out of memory") }), 4, false)
	defer none.close()
	o, err := none.ask(t.Context(), make([]float32, networks.Latent), make([]float32, networks.Sound))
	require.NoError(t, err)
	_, err = o.wait()
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "메모리가 부족합니다")
}

type drawFunc func(n int) ([]byte, error)

// Draw implements drawer.
func (d drawFunc) Draw(_, _ []float32, n int) ([]byte, error) { return d(n) }

// Requests share batches, and one that ends does not take the others with it.
func TestRequestsShareBatches(t *testing.T) {
	t.Parallel()
	f := &fakes{gate: make(chan struct{})}
	a := newArtist(f, 8, false)
	defer a.close()
	gone, leave := context.WithCancel(t.Context())
	ask := func(ctx context.Context) order {
		o, err := a.ask(ctx, make([]float32, networks.Latent), make([]float32, networks.Sound))
		require.NoError(t, err)
		return o
	}
	first := ask(t.Context()) // it is drawn alone, and the gate holds it
	var others []order
	for range 5 {
		others = append(others, ask(t.Context()))
	}
	left := ask(gone)
	leave()
	_, err := left.wait()
	require.ErrorIs(t, err, context.Canceled)
	close(f.gate)
	for _, o := range append(others, first) {
		face, err := o.wait()
		require.NoError(t, err)
		assert.Len(t, face, networks.Picture)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := 0
	for _, n := range f.batches {
		sum += n
	}
	assert.Equal(t, 6, sum, "who left is not drawn")
	assert.LessOrEqual(t, len(f.batches), 4, "two times, and each takes two sizes at most")
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	env := plugin.Env{FFmpeg: ffmpeg(t), NativesDir: t.TempDir(), Logger: hclog.NewNullLogger()}
	_, err := open(t.Context(), settings{Graphs: golden(t, "graphs")}, env)
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "make natives")
	_, err = newActors(ffmpeg(t)).open(t.Context(), "../../precomputed/720p/talk_short_720p")
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "MuseTalk용으로 준비되지 않았습니다")
	_, err = newEar(speech.Format{SampleRate: 5})
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
}

// Avatars that are asked for in turn are read once, as long as there is room for both.
func TestAvatarsStayInMemory(t *testing.T) {
	t.Parallel()
	first, second := pack(t), pack(t)
	all := newActors(ffmpeg(t))
	asked := func(dir string) *actor {
		a, err := all.open(t.Context(), dir)
		require.NoError(t, err)
		return a
	}
	a := asked(first)
	assert.Positive(t, a.bytes())
	b := asked(second)
	assert.Same(t, a, asked(first))
	assert.Same(t, b, asked(second))
	all.room = a.bytes()
	b = asked(second)
	assert.Len(t, all.kept, 1, "there is room for one")
	assert.NotSame(t, a, asked(first))
	assert.NotSame(t, b, asked(second))
	all.room = 1
	a = asked(first)
	assert.Same(t, a, asked(first), "the last one stays in any case")
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(first, prepared.Filename), later, later))
	assert.NotSame(t, a, asked(first), "a folder that has changed is read again")
}
