package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/sound"
	"github.com/visavis-dev/visavis/sdk/audio"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// longest is how much speech is rendered at once, in seconds.
const longest = 30 * 60

// ear hears a speech while its first part is drawn. One goroutine listens, another asks.
type ear struct {
	rate      int
	resampler *audio.Resampler
	// grown holds a token when something was heard that nobody has asked for.
	grown chan struct{}

	mu sync.Mutex
	// own is the speech as it came, pcm the same at the rate that the networks hear. Both only grow.
	own, pcm []int16
	ended    bool
	err      error
}

func newEar(format speech.Format) (*ear, error) {
	resampler, err := audio.NewResampler(format.SampleRate, sound.Rate)
	if err != nil {
		return nil, fault.New(fault.Invalid, "listen", "", err)
	}
	return &ear{rate: format.SampleRate, resampler: resampler, grown: make(chan struct{}, 1)}, nil
}

// listen hears a speech to its end, or until ctx ends.
func (e *ear) listen(ctx context.Context, speech lipsync.Speech) {
	for {
		chunk, err := speech.Next(ctx)
		if e.take(chunk, err) {
			return
		}
	}
}

// take keeps what was heard and tells whether it was the last.
func (e *ear) take(chunk speech.Chunk, err error) (last bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case errors.Is(err, io.EOF):
		e.pcm = e.resampler.Flush(e.pcm)
		e.ended = true
	case err != nil:
		e.err = err
	case len(e.own)+len(chunk.PCM) > longest*e.rate:
		e.err = fault.New(fault.Invalid, "listen", "음성이 너무 깁니다 (최대 30분)", fmt.Errorf("more than %d s", longest))
	default:
		e.own = append(e.own, chunk.PCM...)
		e.pcm = e.resampler.Write(e.pcm, chunk.PCM)
	}
	select {
	case e.grown <- struct{}{}:
	default:
	}
	return e.ended || e.err != nil
}

// heard gives everything so far and whether that is all; an error is the speech's own.
func (e *ear) heard() (own, pcm []int16, ended bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.own, e.pcm, e.ended, e.err
}

// wait waits until more is heard than at the last time.
func (e *ear) wait(ctx context.Context) error {
	select {
	case <-e.grown:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("listen: %w", ctx.Err())
	}
}
