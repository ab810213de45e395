package main

import (
	"context"
	"errors"
	"slices"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/compose"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/sound"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/video"
)

// rendering is one call.
type rendering struct {
	actor   *actor
	ear     *ear
	hearing *hearing
	skip    int
	artist  *artist
	encoder *video.Encoder
	sink    lipsync.Sink
	// ahead bounds the faces that are ordered before they are needed.
	ahead int

	own, pcm []int16
	ended    bool
	// total is how many frames there are, -1 while the speech goes on.
	total  int
	levels *sound.Levels
	// orders are those of the frames that are drawn, from the first that may still be needed on; next is the first not ordered.
	orders map[int]order
	faces  map[int][]byte
	next   int
}

// newRendering is of a speech that has not begun. Its encoder and sink are for run alone.
func newRendering(a *actor, e *ear, h *hearing, skip int, artist *artist) *rendering {
	return &rendering{
		actor: a, ear: e, hearing: h, skip: skip, artist: artist, ahead: 2 * artist.most,
		total: -1, levels: sound.NewLevels(video.FrameRate), orders: map[int]order{}, faces: map[int][]byte{},
	}
}

// progressEvery is after how many frames progress is told.
const progressEvery = 5

func (r *rendering) run(ctx context.Context) error {
	size := video.FrameSize(r.actor.width, r.actor.height)
	for n := 0; ; n++ {
		more, err := r.await(ctx, n)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		frame := r.encoder.Buffer(size)
		if err := r.compose(frame, n); err != nil {
			return err
		}
		if err := r.encode(frame, n); err != nil {
			return err
		}
	}
	if r.total == 0 {
		return fault.New(fault.Invalid, "render", "음성이 비어 있습니다", errors.New("no samples"))
	}
	if err := r.encoder.Finish(); err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	return r.sink.Progress(lipsync.Progress{Frames: r.total, Total: r.total}) //nolint:wrapcheck // the caller's own error
}

// await waits until a frame can be made, with its face and those of the next ones ordered. It is false behind the last one.
func (r *rendering) await(ctx context.Context, n int) (bool, error) {
	for {
		if err := r.listen(); err != nil {
			return false, err
		}
		if r.total >= 0 && n >= r.total {
			return false, nil
		}
		ready, err := r.ready(n)
		if err != nil {
			return false, err
		}
		if ready {
			return true, r.order(ctx, n)
		}
		if err := r.ear.wait(ctx); err != nil {
			return false, err
		}
	}
}

// listen takes what was said since the last time.
func (r *rendering) listen() error {
	if r.ended {
		return nil
	}
	own, pcm, ended, err := r.ear.heard()
	if err != nil {
		return err
	}
	r.levels.Add(pcm[len(r.pcm):])
	r.own, r.pcm, r.ended = own, pcm, ended
	if ended {
		r.total = int((int64(len(own))*video.FrameRate + int64(r.ear.rate) - 1) / int64(r.ear.rate))
		r.levels.Finish(r.total)
	}
	return nil
}

// ready tells whether what was said so far decides a frame, and hears what it needs.
func (r *rendering) ready(n int) (bool, error) {
	if !r.levels.Known(n) {
		return false, nil
	}
	if !r.seen(n) {
		return true, nil
	}
	before, after := r.anchors(n)
	if r.total < 0 && len(r.own)*video.FrameRate <= after*r.ear.rate {
		return false, nil // the speech may end before that frame
	}
	for r.hearing.known < sound.End(after, video.FrameRate) {
		more, err := r.hearing.advance(r.pcm, r.ended, sound.Start(before, video.FrameRate))
		if err != nil {
			return false, err
		}
		if !more {
			return r.ended, nil
		}
	}
	return true, nil
}

func (r *rendering) encode(frame []byte, n int) error {
	from, to := r.until(n), r.until(n+1)
	piece := make([]int16, to-from)
	copy(piece, r.own[min(from, len(r.own)):])
	if err := r.encoder.Sound(piece); err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	if err := r.encoder.Frame(frame); err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	if n%progressEvery == 0 {
		return r.sink.Progress(lipsync.Progress{Frames: n, Total: max(0, r.total)}) //nolint:wrapcheck // the caller's own error
	}
	return nil
}

// until is the sample at which a frame begins, rounded up.
func (r *rendering) until(frame int) int {
	return int((int64(frame)*int64(r.ear.rate) + video.FrameRate - 1) / video.FrameRate)
}

// anchors are the drawn frames that a frame stands between: the same one twice when it is drawn itself.
func (r *rendering) anchors(n int) (before, after int) {
	before = n - n%r.skip
	if before == n {
		return n, n
	}
	if after = before + r.skip; r.total >= 0 {
		after = min(after, r.total-1)
	}
	return before, after
}

// seen tells whether anything of a new face is seen in a frame.
func (r *rendering) seen(n int) bool {
	return r.levels.At(n) > 0 && r.scene(n).face != nil
}

func (r *rendering) scene(n int) *scene {
	return &r.actor.scenes[sound.Mirrored(n, len(r.actor.scenes))]
}

// order asks for the faces of the frames that come next, as far as what was said decides them.
func (r *rendering) order(ctx context.Context, from int) error {
	r.hearing.forget(sound.Start(from-r.skip, video.FrameRate))
	for ; r.next < from+r.ahead && (r.total < 0 || r.next < r.total); r.next++ {
		ready, err := r.ready(r.next)
		if err != nil {
			return err
		}
		if !ready {
			break
		}
		if !r.seen(r.next) {
			continue
		}
		if err := r.askAnchors(ctx); err != nil {
			return err
		}
	}
	for n := range r.faces {
		if n+r.skip < from {
			delete(r.faces, n)
		}
	}
	return nil
}

// askAnchors orders the drawn faces that the next frame stands between, unless they are ordered.
func (r *rendering) askAnchors(ctx context.Context) error {
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
	return nil
}

// ask orders the face of a frame; where the film shows none there, that of the frame which needs it.
func (r *rendering) ask(ctx context.Context, n, needs int) (order, error) {
	s := r.scene(n)
	if s.face == nil {
		s = r.scene(needs)
	}
	window := make([]float32, sound.Window)
	r.hearing.at(window, n)
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
	s.face.Draw(patch, face, r.levels.At(n))
	patch.Into(frame, r.actor.width, r.actor.height)
	return nil
}
