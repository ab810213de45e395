package espeak

import (
	"context"
	"errors"
	"fmt"
	"unsafe"
)

// Bounds of Utterance.Rate, in words a minute.
const (
	MinRate = 80
	MaxRate = 450
)

// volume of 100 clips inside the library with some voices.
const volume = 60

// maxSamples bounds one utterance to ten minutes.
const maxSamples = 600 * SampleRate

// Utterance is one piece of text and how to say it.
type Utterance struct {
	// Text is plain UTF-8; control characters are commands to the library, so it must have none.
	Text string
	// Voice is a name like "ko", "en-us+f3".
	Voice string
	// Rate is in words a minute, MinRate to MaxRate; 175 is the library's own.
	Rate int
	// Pitch is 0 to 99: 50 is the voice's own, 50 more is an octave up. Range is 0
	// (flat) to 99 (lively), again 50 by default.
	Pitch, Range int
}

// Speech is what the library made of an utterance.
type Speech struct {
	PCM      []int16
	Phonemes []Phoneme
}

// Phoneme begins at a sample and lasts until the next one.
type Phoneme struct {
	Start int64
	// IPA is without stress, length or other modifiers; "" is a pause.
	IPA string
}

// Speak waits for its turn and returns the whole utterance. It ends within a
// millisecond or so after ctx does. An unknown voice is ErrVoice.
func (l *Library) Speak(ctx context.Context, u Utterance) (*Speech, error) {
	owner, err := lock(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { process <- owner }()
	if owner, err = l.own(owner); err != nil {
		return nil, err
	}
	l.run = &run{done: ctx.Done()}
	defer func() { l.run = nil }()
	if err := l.api.speak(u); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("speak: %w", err)
	}
	if l.run.full {
		return nil, errors.New("speak: utterance is longer than ten minutes")
	}
	return &l.run.speech, nil
}

// run collects what the library hands over during one call.
type run struct {
	done   <-chan struct{}
	speech Speech
	full   bool
}

const (
	goOn = 0
	stop = 1
)

// receive is called by the library, on the thread that speaks.
func (l *Library) receive(wav *int16, count int32, events *event) uintptr {
	r := l.run
	select {
	case <-r.done:
		return stop
	default:
	}
	if len(r.speech.PCM)+int(count) > maxSamples {
		r.full = true
		return stop
	}
	if wav != nil && count > 0 {
		r.speech.PCM = append(r.speech.PCM, unsafe.Slice(wav, count)...) //nolint:gosec // the library says how many there are
	}
	r.speech.Phonemes = appendPhonemes(r.speech.Phonemes, events)
	return goOn
}
