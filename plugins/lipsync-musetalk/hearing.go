package main

import (
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/sound"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// When the audio network runs on a speech that goes on: after so many samples of each half minute, and at every multiple of
// so many. The first pass gives what the first frame hears and no more.
const (
	firstPass = sound.Rate * 16 / 100
	nextPass  = sound.Rate * 40 / 100
)

// margin is how many features before the end of what is heard wait for the next pass: the silence behind it reaches into
// the last one and a half through spectrogram and convolutions.
const margin = 2

// hearer makes features of sound.
type hearer interface {
	Hear(samples []float32, spoken int, loudest float32) (features []float32, louder float32, err error)
}

// hearing turns a speech into features while it comes. The network hears half a minute at once and each feature depends on
// all of it, its loudest moment most: so each pass hears the half minute from its beginning to now, and what is taken from
// a pass stays. Passes lie at fixed places, so that the features depend on the speech alone and not on how it arrives.
type hearing struct {
	hearer hearer
	// whole waits for the end of each half minute, as MuseTalk's own programs do.
	whole bool
	// clamped repeats the first and last feature beyond the ends, as MuseTalk 1.0 first did.
	clamped bool

	// segment is the sample at which the current half minute begins, passed the one that the last pass ended at.
	segment, passed int
	// features are those from first up to known.
	features     []float32
	first, known int
	// loudest is how loud the speech was in the half minutes before, louder how loud it is by now.
	loudest, louder float32
}

func newHearing(h hearer, whole, clamped bool) *hearing {
	return &hearing{hearer: h, whole: whole, clamped: clamped, loudest: networks.Silent, louder: networks.Silent}
}

// at cuts the sound of a frame into window.
func (h *hearing) at(window []float32, frame int) {
	sound.At(window, h.features, h.first, frame, video.FrameRate)
	if h.clamped {
		sound.Clamp(window, h.features, h.first, frame, video.FrameRate)
	}
}

// next is the sample at which the next pass ends.
func (h *hearing) next() int {
	end := h.segment + sound.Segment
	switch {
	case h.whole:
		return end
	case h.passed == h.segment:
		return h.segment + firstPass
	}
	return min(h.segment+((h.passed-h.segment)/nextPass+1)*nextPass, end)
}

// advance runs the next pass and tells whether there was one to run. Features before needed are silence to whoever asks: a
// pass that gives no others is left out.
func (h *hearing) advance(pcm []int16, ended bool, needed int) (bool, error) {
	end := h.next()
	last := ended && len(pcm) <= end
	if (len(pcm) < end && !ended) || (last && h.known == count(len(pcm))) {
		return false, nil
	}
	end = min(end, len(pcm))
	before := h.segment / sound.Segment * networks.Features
	known := before + sound.Length(end-h.segment)
	if !last && end < h.segment+sound.Segment {
		known -= margin
	}
	if known > h.known {
		if err := h.pass(pcm[h.segment:end], before, known, known <= needed && !h.clamped); err != nil {
			return false, err
		}
	}
	h.passed = end
	if end == h.segment+sound.Segment {
		h.segment, h.loudest = end, h.louder
	}
	return true, nil
}

// pass hears a half minute so far, whose first feature is before, and takes the features up to known.
func (h *hearing) pass(pcm []int16, before, known int, silent bool) error {
	if silent {
		h.features = append(h.features, make([]float32, (known-h.known)*networks.Feature)...)
		h.known = known
		return nil
	}
	features, louder, err := h.hearer.Hear(sound.Pad(pcm), len(pcm), h.loudest)
	if err != nil && networks.IsMemory(err) {
		return explain(err)
	}
	if err != nil {
		return fault.New(fault.Internal, "hear speech", "", err)
	}
	h.features = append(h.features, features[(h.known-before)*networks.Feature:(known-before)*networks.Feature]...)
	h.known, h.louder = known, louder
	return nil
}

// count is how many features a speech of so many samples has.
func count(samples int) int {
	return samples/sound.Segment*networks.Features + sound.Length(samples%sound.Segment)
}

// forget drops the features before one.
func (h *hearing) forget(before int) {
	if n := min(before, h.known) - h.first; n > 0 {
		h.features, h.first = append(h.features[:0], h.features[n*networks.Feature:]...), h.first+n
	}
}
