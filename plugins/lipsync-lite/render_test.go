package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

const rate = 22050

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	require.NoError(t, err)
	return abs
}

func ffmpeg(t *testing.T) string { t.Helper(); return absolute(t, "../../build/natives/bin/ffmpeg") }

func start(t *testing.T) lipsync.Renderer {
	t.Helper()
	e, err := open(t.Context(), settings{Preset: "ultrafast"}, plugin.Env{FFmpeg: ffmpeg(t), NativesDir: absolute(t, "../../build/natives")})
	require.NoError(t, err)
	t.Cleanup(func() {
		closer, ok := e.(io.Closer)
		require.True(t, ok)
		require.NoError(t, closer.Close())
	})
	return e
}

func request(t *testing.T, marks speech.MarkKind) lipsync.Request {
	t.Helper()
	return lipsync.Request{
		Avatar: absolute(t, "../../precomputed/720p/talk_short_720p"), Width: 1280, Height: 720, FrameSkip: 1,
		Format: speech.Format{SampleRate: rate, Marks: marks},
	}
}

// script is speech that is all there; it comes in pieces.
type script struct {
	pcm   []int16
	marks []speech.Mark
	piece int
	said  int
}

// Next implements lipsync.Speech.
func (s *script) Next(context.Context) (speech.Chunk, error) {
	if s.said >= len(s.pcm) {
		return speech.Chunk{}, io.EOF
	}
	n := min(s.piece, len(s.pcm)-s.said)
	c := speech.Chunk{PCM: s.pcm[s.said : s.said+n]}
	s.said += n
	for len(s.marks) > 0 && s.marks[0].Start < int64(s.said) {
		c.Marks = append(c.Marks, s.marks[0])
		s.marks = s.marks[1:]
	}
	return c, nil
}

// mama is a second of silence, one of "마마마마", and one of silence. The sound is espeak-ng's, with the project's own timbre.
func mama(t *testing.T, piece int) *script {
	t.Helper()
	s := &script{pcm: make([]int16, 3*rate), piece: piece, marks: []speech.Mark{{Length: rate}}}
	file, err := os.Open("testdata/mama.wav")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	_, err = file.Seek(44, io.SeekStart) // a plain header
	require.NoError(t, err)
	require.NoError(t, binary.Read(file, binary.LittleEndian, s.pcm[rate:2*rate]))
	for n := range int64(4) {
		from := rate + n*rate/4
		s.marks = append(s.marks, speech.Mark{Start: from, Text: "m"}, speech.Mark{Start: from + rate/12, Text: "a"})
	}
	s.marks = append(s.marks, speech.Mark{Start: 2 * rate, Length: rate})
	return s
}

// tape keeps a video.
type tape struct {
	bytes.Buffer
	progress []lipsync.Progress
	onData   func() error
	// onProgress, if any, hears that there is some.
	onProgress func()
}

// Fragment implements lipsync.Sink.
func (s *tape) Fragment(data []byte) error {
	s.Write(data)
	if s.onData != nil {
		return s.onData()
	}
	return nil
}

// Progress implements lipsync.Sink.
func (s *tape) Progress(p lipsync.Progress) error {
	s.progress = append(s.progress, p)
	if s.onProgress != nil {
		s.onProgress()
	}
	return nil
}

// frames decodes a film.
func frames(t *testing.T, film *tape, width, height int) [][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film.mp4")
	require.NoError(t, os.WriteFile(path, film.Bytes(), 0o600))
	decoded, err := video.DecodeStack(t.Context(), ffmpeg(t), video.Stack{File: path, Width: width, Height: height, MaxFrames: 200})
	require.NoError(t, err)
	return decoded
}

// change is the mean difference of two frames inside the mouth.
func change(a, b []byte) float64 {
	sum, n := 0.0, 0
	for y := 368; y < 428; y++ {
		for x := 578; x < 678; x++ {
			sum += math.Abs(float64(a[y*1280+x]) - float64(b[y*1280+x]))
			n++
		}
	}
	return sum / float64(n)
}

func TestMouthMovesWithTheSpeech(t *testing.T) {
	t.Parallel()
	e := start(t)
	for _, marks := range []speech.MarkKind{speech.Phonemes, speech.NoMarks} {
		var film tape
		require.NoError(t, e.Render(t.Context(), request(t, marks), mama(t, 777), &film))
		got := frames(t, &film, 1280, 720)
		require.Len(t, got, 75)
		still, most := 0.0, 0.0
		for n, frame := range got {
			d := change(got[5], frame)
			switch {
			case n < 20 || n > 60:
				still = math.Max(still, d)
			case n >= 27 && n < 50:
				most = math.Max(most, d)
			}
		}
		assert.Less(t, still, 1.5, "%q: silent", marks)
		assert.Greater(t, most, 8., "%q: spoken", marks)
		last := film.progress[len(film.progress)-1]
		assert.Equal(t, lipsync.Progress{Frames: 75, Total: 75}, last)
	}
}

// Players go on showing the last picture: a speech that is cut off in a vowel may not leave the mouth open in it.
func TestACutSpeechEndsWithAClosedMouth(t *testing.T) {
	t.Parallel()
	e := start(t)
	for _, marks := range []speech.MarkKind{speech.Phonemes, speech.NoMarks} {
		said := mama(t, 777)
		said.pcm = said.pcm[:2*rate-rate/10]
		var film tape
		require.NoError(t, e.Render(t.Context(), request(t, marks), said, &film))
		got := frames(t, &film, 1280, 720)
		open := 0.0
		for _, frame := range got[len(got)-7 : len(got)-3] {
			open = math.Max(open, change(got[5], frame))
		}
		assert.Greater(t, open, 6., "%q: it speaks to the end", marks)
		assert.Less(t, change(got[5], got[len(got)-1]), 2., "%q", marks)
	}
}

// What counts is the picture: on every ㅁ the lips are together in the frame in which it sounds, whatever the skip.
func TestLipsAreTogetherInThePicture(t *testing.T) {
	t.Parallel()
	e := start(t)
	for _, skip := range []int{1, 3} {
		var film tape
		req := request(t, speech.Phonemes)
		req.FrameSkip = skip
		require.NoError(t, e.Render(t.Context(), req, mama(t, 4410), &film))
		got := frames(t, &film, 1280, 720)
		at := func(seconds float64) float64 { return change(got[5], got[int(seconds*video.FrameRate)]) }
		for n := range 4 {
			from := 1 + float64(n)/4
			m, a := at(from+1./24), at(from+1./6)
			assert.Less(t, m, 0.6*a, "skip %d, syllable %d", skip, n)
		}
	}
}

// held is a speech whose end comes when somebody says so.
type held struct {
	*script
	released <-chan struct{}
}

// Next implements lipsync.Speech.
func (h held) Next(ctx context.Context) (speech.Chunk, error) {
	c, err := h.script.Next(ctx)
	if err != nil {
		select {
		case <-h.released:
		case <-ctx.Done():
		}
	}
	return c, err
}

func TestProgressHasNoTotalBeforeTheEndIsKnown(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	var film tape
	film.onProgress = sync.OnceFunc(func() { close(released) })
	require.NoError(t, start(t).Render(t.Context(), request(t, speech.Phonemes), held{mama(t, 777), released}, &film))
	assert.Zero(t, film.progress[0].Total)
	assert.Equal(t, 75, film.progress[len(film.progress)-1].Total)
}

// However the speech is cut into pieces, with every frame skip and kind of marks, the poses are the same.
func TestPosesDoNotDependOnThePieces(t *testing.T) {
	t.Parallel()
	e, ok := start(t).(*engine)
	require.True(t, ok)
	for _, marks := range []speech.MarkKind{speech.Phonemes, speech.Characters, speech.NoMarks} {
		for _, skip := range []int{1, 3} {
			want := poses(t, e, marks, skip, 3*rate)
			for _, piece := range []int{100, 2205, 9000} {
				require.Equal(t, want, poses(t, e, marks, skip, piece), "%q, skip %d, pieces of %d", marks, skip, piece)
			}
		}
	}
}

// poses are what would be drawn, taken as soon as the engine would.
func poses(t *testing.T, e *engine, marks speech.MarkKind, skip, piece int) []string {
	t.Helper()
	s := mama(t, piece)
	if marks == speech.Characters {
		s.marks = nil
		for i, c := range []string{"마", "a", "한", " "} { // the last but one stands before a pause that nobody tells
			s.marks = append(s.marks, speech.Mark{Start: int64(rate/2 + i*rate/5), Text: c})
		}
		s.marks[3].Start = 2 * rate
	}
	mimic, err := newMimic(speech.Format{SampleRate: rate, Marks: marks}, skip, 1, e.table, e.network)
	require.NoError(t, err)
	defer func() { require.NoError(t, mimic.close()) }()
	r := &rendering{mimic: mimic, rate: rate}
	var out []string
	take := func(until int) {
		for ; len(out) < until; r.frames++ {
			out = append(out, fmt.Sprintf("%.9f", r.mimic.face(r.frames)))
		}
	}
	for {
		c, err := s.Next(nil) //nolint:staticcheck // a script waits for nothing
		if err != nil {
			break
		}
		require.NoError(t, r.mimic.listen(c))
		r.samples += int64(len(c.PCM))
		take(r.ready())
	}
	require.NoError(t, r.mimic.end())
	take(75)
	return out
}

// A wider opening is that of the jaw alone, as far as a jaw goes: lips that meet still meet.
func TestArticulation(t *testing.T) {
	t.Parallel()
	e, ok := start(t).(*engine)
	require.True(t, ok)
	for _, marks := range []speech.MarkKind{speech.Phonemes, speech.NoMarks} {
		var given [3][]face.Coefficients
		for i, articulation := range []float64{1, 0.5, 1.5} {
			mimic, err := newMimic(speech.Format{SampleRate: rate, Marks: marks}, 1, articulation, e.table, e.network)
			require.NoError(t, err)
			defer func() { require.NoError(t, mimic.close()) }()
			said, err := mama(t, 3*rate).Next(t.Context())
			require.NoError(t, err)
			require.NoError(t, mimic.listen(said))
			require.NoError(t, mimic.end())
			for frame := range 75 {
				given[i] = append(given[i], mimic.face(frame))
			}
		}
		widest := 0.0
		for frame, usual := range given[0] {
			less, more := usual, usual
			less[face.JawOpen], more[face.JawOpen] = usual[face.JawOpen]/2, math.Min(1, 1.5*usual[face.JawOpen])
			require.Equal(t, less, given[1][frame], "%q, frame %d", marks, frame)
			require.Equal(t, more, given[2][frame], "%q, frame %d", marks, frame)
			widest = math.Max(widest, usual[face.JawOpen])
		}
		require.Greater(t, widest, 0.3, "%q: it speaks", marks)
	}
}

func TestSizesAndLengths(t *testing.T) {
	t.Parallel()
	e := start(t)
	for _, tc := range []struct{ width, height, samples, frames int }{
		{854, 480, rate, 25}, {640, 360, 1, 1}, {1920, 1080, rate/25 + 1, 2}, {320, 180, rate / 25, 1},
	} {
		var film tape
		req := request(t, speech.NoMarks)
		req.Width, req.Height = tc.width, tc.height
		require.NoError(t, e.Render(t.Context(), req, &script{pcm: make([]int16, tc.samples), piece: 500}, &film))
		assert.Len(t, frames(t, &film, tc.width, tc.height), tc.frames)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	e := start(t)
	for name, tc := range map[string]struct {
		change func(r *lipsync.Request)
		speech *script
		want   fault.Kind
	}{
		"no speech":         {func(*lipsync.Request) {}, &script{}, fault.Invalid},
		"an odd size":       {func(r *lipsync.Request) { r.Width = 641 }, mama(t, rate), fault.Invalid},
		"a giant":           {func(r *lipsync.Request) { r.Height = 1 << 20 }, mama(t, rate), fault.Invalid},
		"a frame skip of 4": {func(r *lipsync.Request) { r.FrameSkip = 4 }, mama(t, rate), fault.Invalid},
		"no such avatar":    {func(r *lipsync.Request) { r.Avatar = "/nowhere" }, mama(t, rate), fault.NotFound},
		"a broken avatar":   {func(r *lipsync.Request) { r.Avatar = broken(t) }, mama(t, rate), fault.Invalid},
	} {
		req := request(t, speech.Phonemes)
		tc.change(&req)
		err := e.Render(t.Context(), req, tc.speech, &tape{})
		assert.Equal(t, tc.want, fault.KindOf(err), "%s: %v", name, err)
		assert.NotContains(t, fault.HintOf(err), "/", name)
	}
	_, err := open(t.Context(), settings{}, plugin.Env{})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	_, err = open(t.Context(), settings{}, plugin.Env{FFmpeg: ffmpeg(t), NativesDir: t.TempDir()})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "make natives", "without ONNX Runtime")
}

func broken(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pack.json"), []byte(`{"format":"visavis-pack","version":9,"id":"x"}`), 0o600))
	return dir
}

// endless speech never ends, and the caller leaves in its midst: nothing may stay behind.
func TestEndsWithItsCaller(t *testing.T) { //nolint:paralleltest // it counts goroutines
	before := goleak.IgnoreCurrent()
	e := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	film := &tape{onData: func() error { cancel(); return nil }}
	err := e.Render(ctx, request(t, speech.NoMarks), &script{pcm: make([]int16, 600*rate), piece: rate}, film)
	require.ErrorIs(t, err, context.Canceled)

	gone := errors.New("gone")
	film = &tape{onData: func() error { return gone }}
	err = e.Render(t.Context(), request(t, speech.NoMarks), &script{pcm: make([]int16, 600*rate), piece: rate}, film)
	require.ErrorIs(t, err, gone)
	goleak.VerifyNone(t, before)
}

func TestPacksAreKeptAndBounded(t *testing.T) {
	t.Parallel()
	kept := newPacks(ffmpeg(t))
	first, err := kept.open(t.Context(), absolute(t, "../../precomputed/720p/talk_short_720p"))
	require.NoError(t, err)
	derived, err := kept.open(t.Context(), absolute(t, "../../precomputed/480p/talk_short_480p"))
	require.NoError(t, err)
	assert.Same(t, first, derived, "a derived pack is its parent")
	var other string
	for range maxPacks + 2 {
		dir := filepath.Join(t.TempDir(), "720p", "p")
		other = dir
		require.NoError(t, os.MkdirAll(dir, 0o750))
		require.NoError(t, os.CopyFS(dir, os.DirFS("../../precomputed/720p/talk_short_720p")))
		_, err := kept.open(t.Context(), dir)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(kept.kept), maxPacks)
	}
	dir := absolute(t, "../../precomputed/720p/talk_short_720p")
	end, err := kept.opening.take(t.Context(), dir) // another call opens it
	require.NoError(t, err)
	defer end()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = kept.open(ctx, dir)
	require.ErrorIs(t, err, context.Canceled)
	_, err = kept.open(t.Context(), other)
	require.NoError(t, err, "who wants another does not wait")
}

// The most that can wait for its future, in the smallest pieces: sound and frames must not wait for each other.
func TestCrumbsOfSound(t *testing.T) {
	t.Parallel()
	req := request(t, speech.Characters)
	req.Width, req.Height, req.FrameSkip, req.Format.SampleRate = 320, 180, 3, speech.MaxSampleRate
	var film tape
	require.NoError(t, start(t).Render(t.Context(), req, &script{pcm: make([]int16, 2*speech.MaxSampleRate), piece: 20}, &film))
	assert.Len(t, frames(t, &film, 320, 180), 50)
}
