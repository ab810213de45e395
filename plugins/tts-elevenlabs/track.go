package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/visavis-dev/visavis/plugins/tts-elevenlabs/internal/elevenlabs"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

const (
	// breath is the shortest gap that is a pause; a shorter one belongs to the character
	// before it, or to the one after when that is sent already.
	breath = 80 * time.Millisecond
	// backward is how far times must jump back to be counted anew.
	backward = 0.05
	// maxSamples bounds a speech to an hour at the highest rate.
	maxSamples = 3600 * speech.MaxSampleRate
)

// track turns a stream's pieces into samples with marks. Marks wait until the samples
// that they stand in are sent.
type track struct {
	out     tts.Sink
	rate    int
	started bool
	// position counts the samples sent; odd holds the first half of a divided sample.
	position int64
	odd      []byte
	// waiting are marks to come; until is where the last of them ends.
	waiting []speech.Mark
	until   int64
	// base is added to the times of a piece, in seconds; last is the latest start seen.
	base, last float64
	relative   bool
}

// add sends a piece.
func (t *track) add(piece elevenlabs.Piece) error {
	if piece.Alignment != nil {
		t.align(*piece.Alignment)
	}
	raw := slices.Concat(t.odd, piece.PCM)
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:])) //nolint:gosec // the bits are a signed sample
	}
	t.odd = raw[2*len(pcm):]
	if len(pcm) == 0 {
		return nil
	}
	if t.position+int64(len(pcm)) > maxSamples {
		return errors.New("speech is longer than an hour")
	}
	if !t.started {
		if err := t.out.Start(speech.Format{SampleRate: t.rate, Marks: speech.Characters}); err != nil {
			return &listenerError{err}
		}
		t.started = true
	}
	return t.send(pcm)
}

func (t *track) send(pcm []int16) error {
	end := t.position + int64(len(pcm))
	due := 0
	for due < len(t.waiting) && t.waiting[due].Start < end {
		due++
	}
	if err := t.out.Chunk(speech.Chunk{PCM: pcm, Marks: t.waiting[:due]}); err != nil {
		return &listenerError{err}
	}
	t.position, t.waiting = end, t.waiting[due:]
	return nil
}

// align makes marks of a piece's characters. Times count from the start of the speech; a
// server that lets them count from the start of each piece is noticed by their jumping back.
func (t *track) align(a elevenlabs.Alignment) {
	if len(a.Characters) == 0 {
		return
	}
	if t.relative || a.Starts[0]+backward < t.last {
		t.relative = true
		t.base = float64(t.position) / float64(t.rate)
	}
	for i, character := range a.Characters {
		if !valid(a.Starts[i]) || !valid(a.Ends[i]) {
			continue
		}
		start, end := t.sample(a.Starts[i]), t.sample(a.Ends[i])
		t.last = max(t.last, t.base+a.Starts[i])
		t.mark(start, max(start, end), character)
	}
}

// mark adds a character, or a pause when it is none that sounds.
func (t *track) mark(start, end int64, character string) {
	start, end = max(start, t.until), max(end, t.until)
	if start == end || silent(character) {
		return // the next mark tells whether this becomes a pause
	}
	if gap := start - t.until; gap > 0 {
		pause := time.Duration(gap) * time.Second / time.Duration(t.rate)
		switch n := len(t.waiting); {
		case pause >= breath || t.until == 0:
			t.waiting = append(t.waiting, speech.Mark{Start: t.until, Length: gap})
		case n > 0:
			t.waiting[n-1].Length += gap
		default:
			start = t.until
		}
	}
	t.waiting = append(t.waiting, speech.Mark{Start: start, Length: end - start, Text: character})
	t.until = end
}

func (t *track) sample(seconds float64) int64 {
	return int64(math.Round((t.base + seconds) * float64(t.rate)))
}

// valid keeps out what no clock says.
func valid(seconds float64) bool { return seconds >= 0 && seconds < 3600 }

// silent tells white space and punctuation from what is spoken.
func silent(character string) bool {
	return strings.IndexFunc(character, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.IsSymbol(r) ||
			strings.ContainsRune("%&@#", r)
	}) < 0
}

// listenerError is an error of the sink: nobody listens any more.
type listenerError struct{ err error }

// Error implements error.
func (e *listenerError) Error() string { return fmt.Sprintf("send speech: %v", e.err) }

// Unwrap gives the sink's own error.
func (e *listenerError) Unwrap() error { return e.err }
