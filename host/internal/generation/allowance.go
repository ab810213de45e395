package generation

import (
	"fmt"
	"sync/atomic"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
)

// What a face engine may send, far above what a good encoder needs.
const (
	// allowedAhead is for the beginning of a film, and for pictures that are ready before their sound is counted.
	allowedAhead, secondsAhead = 16 << 20, 10
	// allowedBytes a second are for sound and the file's own parts, allowedPerPixel for the pictures: 3 bits a pixel at 25 a second.
	allowedBytes, allowedPerPixel = 1 << 20, 10
	// leastFragment is what a fragment counts at least, so that small ones do not go on for ever.
	leastFragment = 4 << 10
	allowedFrames = 60 // a second
)

// allowance bounds a film by the speech that was given for it: an engine that sends without end would never be ended
// by silence.
type allowance struct {
	pixels  int64
	rate    int64 // samples a second
	samples atomic.Int64
	bytes   int64
}

// hear counts speech. It is safe beside the other methods.
func (a *allowance) hear(samples int) { a.samples.Add(int64(samples)) }

// fragment is an error when the film is larger than its speech can need.
func (a *allowance) fragment(size int) error {
	a.bytes += max(int64(size), leastFragment)
	samples := a.samples.Load()
	if a.bytes > allowedAhead+(allowedBytes+allowedPerPixel*a.pixels)*samples/max(1, a.rate) {
		return a.exceeded(fmt.Sprintf("%d bytes", a.bytes))
	}
	return nil
}

// progress is an error when the film is longer than its speech can need.
func (a *allowance) progress(p lipsync.Progress) error {
	if samples := a.samples.Load(); int64(p.Frames) > allowedFrames*(secondsAhead+samples/max(1, a.rate)) {
		return a.exceeded(fmt.Sprintf("%d frames", p.Frames))
	}
	return nil
}

func (a *allowance) exceeded(what string) error {
	return fault.New(fault.Internal, "record video", "",
		fmt.Errorf("the engine does not stop: %s for %d s of speech", what, a.samples.Load()/max(1, a.rate)))
}
