package main

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// rendering is one call.
type rendering struct {
	encoder *video.Encoder
	stage   stage
	sink    lipsync.Sink
	mimic   *mimic
	size    int
	rate    int
	samples int64
	frames  int
	// waiting is the sound of the frames that are not drawn yet. Sound and frames go to the encoder in step, so that
	// neither waits in full pipes for the other.
	waiting []int16
}

// progressEvery is after how many frames progress is told.
const progressEvery = 5

// maxAhead bounds the sound that is read before it is drawn, in samples.
const maxAhead = 4 << 20

// run listens before it draws: the sooner the speech is known to its end, the sooner progress has a total.
func (r *rendering) run(ctx context.Context, speech lipsync.Speech) error {
	ctx, cancel := context.WithCancel(ctx)
	incoming := make(chan heard, 16)
	var reader sync.WaitGroup
	reader.Go(func() { read(ctx, speech, incoming) })
	defer reader.Wait()
	defer cancel()
	for {
		h, come := r.next(incoming)
		switch {
		case !come:
			if err := r.draw(ctx, r.frames+1, 0); err != nil {
				return err
			}
		case errors.Is(h.err, io.EOF):
			return r.ended(ctx)
		case h.err != nil:
			return h.err
		default:
			if err := r.listen(h.chunk); err != nil {
				return err
			}
		}
	}
}

// heard is a piece of speech, or why there is no more.
type heard struct {
	chunk speech.Chunk
	err   error
}

func read(ctx context.Context, speech lipsync.Speech, incoming chan<- heard) {
	defer close(incoming)
	for {
		chunk, err := speech.Next(ctx)
		select {
		case incoming <- heard{chunk, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// next gives the next piece of speech; come is false when a frame can be drawn and nothing has come, or too much waits.
func (r *rendering) next(incoming <-chan heard) (h heard, come bool) {
	if r.ready() <= r.frames {
		return wait(incoming), true
	}
	if len(r.waiting) > maxAhead {
		return heard{}, false
	}
	select {
	case h, open := <-incoming:
		if !open {
			h.err = context.Canceled
		}
		return h, true
	default:
		return heard{}, false
	}
}

// wait gives the next piece; a reader that is gone was cancelled.
func wait(incoming <-chan heard) heard {
	h, open := <-incoming
	if !open {
		h.err = context.Canceled
	}
	return h
}

func (r *rendering) listen(chunk speech.Chunk) error {
	if err := r.mimic.listen(chunk); err != nil {
		return err
	}
	r.samples += int64(len(chunk.PCM))
	r.waiting = append(r.waiting, chunk.PCM...)
	return nil
}

// ended draws the rest of a speech that is known to its end.
func (r *rendering) ended(ctx context.Context) error {
	if r.samples == 0 {
		return fault.New(fault.Invalid, "render", "음성이 비어 있습니다", errors.New("no samples"))
	}
	return r.finish(ctx)
}

// ready is how many frames can be drawn: those whose future is heard far enough.
func (r *rendering) ready() int {
	heard := float64(r.samples) / float64(r.rate)
	return int((heard - r.mimic.lookahead()) * video.FrameRate)
}

// finish draws the rest. The sound is filled up to the end of the last frame.
func (r *rendering) finish(ctx context.Context) error {
	total := int((r.samples*video.FrameRate + int64(r.rate) - 1) / int64(r.rate))
	if err := r.mimic.end(); err != nil {
		return err
	}
	r.waiting = append(r.waiting, make([]int16, r.until(total)-r.samples)...)
	if err := r.draw(ctx, total, total); err != nil {
		return err
	}
	if err := r.encoder.Finish(); err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	return r.sink.Progress(lipsync.Progress{Frames: total, Total: total}) //nolint:wrapcheck // the caller's own error
}

// until is the sample at which a frame begins, rounded up.
func (r *rendering) until(frame int) int64 {
	return (int64(frame)*int64(r.rate) + video.FrameRate - 1) / video.FrameRate
}

// closed is how many frames before the end a mouth begins to close. So many are always left when the end becomes known.
const closed = 3

// closing brings a face to rest at the end: a sound that is cut off while a vowel lasts would leave the mouth open in the picture that
// a player goes on showing.
func closing(given face.Coefficients, left int) face.Coefficients {
	if left >= closed {
		return given
	}
	for i := range given {
		given[i] *= float64(left) / closed
	}
	return given
}

// draw draws frames up to a count; total is told with the progress once it is known.
func (r *rendering) draw(ctx context.Context, until, total int) error {
	for ; r.frames < until; r.frames++ {
		n := r.until(r.frames+1) - r.until(r.frames)
		if err := r.encoder.Sound(r.waiting[:n]); err != nil {
			return err //nolint:wrapcheck // it says what it was doing
		}
		r.waiting = r.waiting[n:]
		left := endless
		if total > 0 {
			left = total - 1 - r.frames
		}
		frame, err := r.stage.frame(ctx, r.encoder.Buffer(r.size), left, closing(r.mimic.face(r.frames), left))
		if err != nil {
			return err
		}
		if err := r.encoder.Frame(frame); err != nil {
			return err //nolint:wrapcheck // it says what it was doing
		}
		if r.frames%progressEvery == 0 {
			if err := r.sink.Progress(lipsync.Progress{Frames: r.frames, Total: total}); err != nil {
				return err //nolint:wrapcheck // the caller's own error
			}
		}
	}
	return nil
}
