package main

import (
	"context"
	"fmt"
	"time"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/espeak"
	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/polish"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

const (
	// lead and tail are the silences at the ends of the whole speech.
	lead = 60 * time.Millisecond
	tail = 120 * time.Millisecond
	// chunkSamples is a quarter of a second.
	chunkSamples = espeak.SampleRate / 4
)

// track lays sentences one after another into a sink: each without the silence around it,
// with a pause of the right length between them.
type track struct {
	out     tts.Sink
	started bool
	// position counts the samples sent. What is left of the last sentence, fading away,
	// and then the pause are due before the next.
	position int64
	rest     []int16
	pause    time.Duration
}

// add sends a sentence; one without sound is left out.
func (t *track) add(ctx context.Context, said *espeak.Speech, pause time.Duration) error {
	start, spoken, end := bounds(said)
	if start == end {
		return nil
	}
	gap := t.pause
	if !t.started {
		if err := t.out.Start(speech.Format{SampleRate: espeak.SampleRate, Marks: speech.Phonemes}); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		t.started, gap = true, lead
	}
	if err := t.silence(gap); err != nil {
		return err
	}
	t.rest, t.pause = said.PCM[spoken:end], pause
	return t.send(ctx, said.PCM[start:spoken], t.marks(said.Phonemes, start, spoken))
}

// finish sends the silence at the end.
func (t *track) finish() error {
	return t.silence(tail)
}

// silence sends a pause with its mark; the rest of the last sentence fades away in it.
func (t *track) silence(length time.Duration) error {
	pcm := make([]int16, max(len(t.rest), int(length*espeak.SampleRate/time.Second)))
	copy(pcm, t.rest)
	n := int64(len(pcm))
	chunk := speech.Chunk{PCM: pcm, Marks: []speech.Mark{{Start: t.position, Length: n}}}
	if err := t.out.Chunk(chunk); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	t.position += n
	t.rest = nil
	return nil
}

// marks moves the phonemes of a sentence to where it stands in the speech.
func (t *track) marks(phonemes []espeak.Phoneme, start, end int) []speech.Mark {
	marks := make([]speech.Mark, 0, len(phonemes))
	for i, p := range phonemes {
		from, until := max(p.Start, int64(start)), int64(end)
		if i+1 < len(phonemes) {
			until = min(until, phonemes[i+1].Start)
		}
		if from < until {
			marks = append(marks, speech.Mark{Start: t.position + from - int64(start), Length: until - from, Text: p.IPA})
		}
	}
	return marks
}

// send gives samples in chunks, each with the marks that start in it.
func (t *track) send(ctx context.Context, pcm []int16, marks []speech.Mark) error {
	for len(pcm) > 0 {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		n := min(len(pcm), chunkSamples)
		due := 0
		for due < len(marks) && marks[due].Start < t.position+int64(n) {
			due++
		}
		if err := t.out.Chunk(speech.Chunk{PCM: pcm[:n], Marks: marks[:due]}); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		t.position += int64(n)
		pcm, marks = pcm[n:], marks[due:]
	}
	return nil
}

// bounds are the first sample, that after the last phoneme, and that after the last sound.
// A phoneme may begin before its sound: the closure of a ㅂ is silent.
func bounds(said *espeak.Speech) (start, spoken, end int) {
	start, end = polish.Bounds(said.PCM)
	if start == end {
		return 0, 0, 0
	}
	for i, p := range said.Phonemes {
		if p.IPA == "" {
			continue
		}
		start, spoken = min(start, int(p.Start)), len(said.PCM)
		if i+1 < len(said.Phonemes) {
			spoken = min(spoken, int(said.Phonemes[i+1].Start))
		}
	}
	if spoken == 0 {
		spoken = end // a sound without phonemes
	}
	return start, spoken, max(spoken, end)
}
