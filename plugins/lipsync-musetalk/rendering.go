package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/compose"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/sound"
	"github.com/visavis-dev/visavis/sdk/audio"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// longest is how much speech is rendered at once, in seconds.
const longest = 30 * 60

// heard is a speech to its end: as it came, and at the rate that the networks hear.
type heard struct {
	rate      int
	own, pcm  []int16
	resampler *audio.Resampler
}

// listen hears a speech to its end: the loudest moment of each half minute decides what the networks hear of the rest.
func listen(ctx context.Context, speech lipsync.Speech, format speech.Format) (*heard, error) {
	const op = "listen"
	resampler, err := audio.NewResampler(format.SampleRate, sound.Rate)
	if err != nil {
		return nil, fault.New(fault.Invalid, op, "", err)
	}
	h := &heard{rate: format.SampleRate, resampler: resampler}
	for {
		chunk, err := speech.Next(ctx)
		if errors.Is(err, io.EOF) {
			h.pcm = h.resampler.Flush(h.pcm)
			return h, nil
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller's own error
		}
		if len(h.own)+len(chunk.PCM) > longest*h.rate {
			return nil, fault.New(fault.Invalid, op, "음성이 너무 깁니다 (최대 30분)", fmt.Errorf("more than %d s", longest))
		}
		h.own = append(h.own, chunk.PCM...)
		h.pcm = h.resampler.Write(h.pcm, chunk.PCM)
	}
}

// rendering is one call.
type rendering struct {
	actor   *actor
	heard   *heard
	skip    int
	artist  *artist
	encoder *video.Encoder
	sink    lipsync.Sink
	// ahead bounds the faces that are ordered before they are needed.
	ahead int

	total    int
	features []float32
	levels   []float32
	// orders are those of the frames that are drawn, from the first that may still be needed on; next is the first not ordered.
	orders map[int]order
	faces  map[int][]byte
	next   int
}

// hearer makes features of sound.
type hearer interface {
	Hear(samples []float32) ([]float32, error)
}

// understand hears the speech, half a minute at a time.
func (r *rendering) understand(h hearer) error {
	pcm := r.heard.pcm
	r.total = int((int64(len(r.heard.own))*video.FrameRate + int64(r.heard.rate) - 1) / int64(r.heard.rate))
	r.levels = sound.Levels(pcm, r.total, video.FrameRate)
	for segment := range slices.Chunk(pcm, sound.Segment) {
		features, err := h.Hear(sound.Pad(segment))
		if err != nil {
			return fault.New(fault.Internal, "hear speech", "", err)
		}
		r.features = append(r.features, features[:sound.Length(len(segment))*networks.Feature]...)
	}
	return nil
}

// progressEvery is after how many frames progress is told.
const progressEvery = 5

func (r *rendering) run(ctx context.Context) error {
	r.orders, r.faces = map[int]order{}, map[int][]byte{}
	size := video.FrameSize(r.actor.width, r.actor.height)
	for n := range r.total {
		if err := r.order(ctx, n); err != nil {
			return err
		}
		frame := r.encoder.Buffer(size)
		if err := r.compose(frame, n); err != nil {
			return err
		}
		if err := r.encode(frame, n); err != nil {
			return err
		}
	}
	if err := r.encoder.Finish(); err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	return r.sink.Progress(lipsync.Progress{Frames: r.total, Total: r.total}) //nolint:wrapcheck // the caller's own error
}

func (r *rendering) encode(frame []byte, n int) error {
	from, to := r.until(n), r.until(n+1)
	piece := make([]int16, to-from)
	copy(piece, r.heard.own[min(from, len(r.heard.own)):])
	if err := r.encoder.Sound(piece); err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	if err := r.encoder.Frame(frame); err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	if n%progressEvery == 0 {
		return r.sink.Progress(lipsync.Progress{Frames: n, Total: r.total}) //nolint:wrapcheck // the caller's own error
	}
	return nil
}

// until is the sample at which a frame begins, rounded up.
func (r *rendering) until(frame int) int {
	return int((int64(frame)*int64(r.heard.rate) + video.FrameRate - 1) / video.FrameRate)
}

// anchors are the drawn frames that a frame stands between: the same one twice when it is drawn itself.
func (r *rendering) anchors(n int) (before, after int) {
	before = n - n%r.skip
	if before == n {
		return n, n
	}
	return before, min(before+r.skip, r.total-1)
}

// seen tells whether anything of a new face is seen in a frame.
func (r *rendering) seen(n int) bool {
	return r.levels[n] > 0 && r.scene(n).face != nil
}

func (r *rendering) scene(n int) *scene {
	return &r.actor.scenes[sound.Mirrored(n, len(r.actor.scenes))]
}

// order asks for the faces of the frames that come next.
func (r *rendering) order(ctx context.Context, from int) error {
	for ; r.next < min(from+r.ahead, r.total); r.next++ {
		if !r.seen(r.next) {
			continue
		}
		before, after := r.anchors(r.next)
		for _, n := range []int{before, after} {
			if _, ordered := r.orders[n]; ordered || r.faces[n] != nil {
				continue
			}
			o, err := r.ask(ctx, n, r.next)
			if err != nil {
				return err
			}
			r.orders[n] = o
		}
	}
	for n := range r.faces {
		if n+r.skip < from {
			delete(r.faces, n)
		}
	}
	return nil
}

// ask orders the face of a frame; where the film shows none there, that of the frame which needs it.
func (r *rendering) ask(ctx context.Context, n, needs int) (order, error) {
	s := r.scene(n)
	if s.face == nil {
		s = r.scene(needs)
	}
	window := make([]float32, sound.Window)
	sound.At(window, r.features, n, video.FrameRate)
	return r.artist.ask(ctx, s.latent, window)
}

// face waits for the face of a frame.
func (r *rendering) face(n int) ([]byte, error) {
	if f := r.faces[n]; f != nil {
		return f, nil
	}
	f, err := r.orders[n].wait()
	if err != nil {
		return nil, err
	}
	delete(r.orders, n)
	r.faces[n] = f
	return f, nil
}

// compose makes a frame: the film's, with the new face where there is speech.
func (r *rendering) compose(frame []byte, n int) error {
	s := r.scene(n)
	copy(frame, s.frame)
	if !r.seen(n) {
		return nil
	}
	before, after := r.anchors(n)
	face, err := r.face(before)
	if err != nil {
		return err
	}
	if after != before {
		second, err := r.face(after)
		if err != nil {
			return err
		}
		face = compose.Mix(face, second, float32(n-before)/float32(after-before))
	}
	patch := compose.Patch{Rect: s.touched.Rect, Pix: slices.Clone(s.touched.Pix)}
	s.face.Draw(patch, face, r.levels[n])
	patch.Into(frame, r.actor.width, r.actor.height)
	return nil
}
