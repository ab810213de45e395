package generation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/sdk/audio"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// PrepareSpeech finds the engine and gives the work to be done.
func (p *Pipeline) PrepareSpeech(_ context.Context, req SpeechRequest) (Run[SpeechResult], error) {
	if err := checkReadable(req.Text); err != nil {
		return nil, err
	}
	engine, err := p.synthesizer(req.Engine)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, _ Emit) (SpeechResult, error) {
		return p.speak(ctx, engine, req, nil)
	}, nil
}

// checkReadable refuses a text in which there is nothing to say, before anything is sent.
func checkReadable(text string) error {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return nil
	}
	return fault.New(fault.Invalid, "read text", nothingToSay, errors.New("the text has no letter and no digit"))
}

const nothingToSay = "음성으로 읽을 수 있는 글자가 없습니다"

// withoutControls leaves of control characters what separates words and lines.
func withoutControls(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// voice is a speech engine under its function's id.
type voice struct {
	tts.Synthesizer
	function string
}

// synthesizer finds the engine asked for, or the first that is available.
func (p *Pipeline) synthesizer(id string) (voice, error) {
	const op = "find speech engine"
	if id == "" {
		var errs []error
		for _, candidate := range p.Voices {
			err := p.Engines.Available(candidate)
			if err == nil {
				id = candidate
				break
			}
			errs = append(errs, err)
		}
		if id == "" {
			return voice{}, fault.New(fault.Unavailable, op, "사용할 수 있는 TTS 엔진이 없습니다", errors.Join(errs...))
		}
	}
	engine, err := p.Engines.Synthesizer(id)
	if fault.KindOf(err) == fault.NotFound {
		return voice{}, fault.New(fault.Invalid, op, fmt.Sprintf("알 수 없는 TTS 엔진입니다: %s", clip(id, 40)), err)
	}
	if err == nil {
		err = p.Engines.Available(id)
	}
	if err != nil {
		return voice{}, internal(op, err)
	}
	return voice{engine, id}, nil
}

// speak writes a sound file; each piece goes to listener too, when there is one.
func (p *Pipeline) speak(ctx context.Context, engine voice, req SpeechRequest, listener tts.Sink) (SpeechResult, error) {
	started := time.Now()
	draft, err := p.Artefacts.Create(Audio)
	if err != nil {
		return SpeechResult{}, internal("create sound file", err)
	}
	defer draft.Discard()
	recorder := &recorder{draft: draft, listener: listener, function: engine.function, bound: p.boundOf(req.Text)}
	if err := engine.Synthesize(ctx, tts.Request{Text: withoutControls(req.Text), Voice: req.Voice}, recorder); err != nil {
		return SpeechResult{}, internal("synthesize speech", err)
	}
	if err := recorder.finish(); err != nil {
		return SpeechResult{}, internal("finish sound file", err)
	}
	artefact, err := draft.Publish()
	if err != nil {
		return SpeechResult{}, internal("publish sound file", err)
	}
	return SpeechResult{
		AudioPath: artefact.Path, AudioURL: artefact.URL,
		Duration: SecondsOf(recorder.duration()), Elapsed: SecondsOf(time.Since(started)),
	}, nil
}

const (
	// slowest is how long a character takes at most, and shortest the least that an engine may always say: a single character
	// can stand for a phrase.
	slowest  = 2 * time.Second
	shortest = time.Minute
)

// bound is how long a speech may be; text tells that one which is longer has too long a text, not a broken engine.
type bound struct {
	limit time.Duration
	text  bool
}

func (p *Pipeline) boundOf(text string) bound {
	allowed := shortest + slowest*time.Duration(utf8.RuneCountInString(text))
	return bound{limit: min(allowed, p.MaxSpeech), text: allowed >= p.MaxSpeech}
}

// exceeded says whose fault it is that a speech does not end.
func (b bound) exceeded() error {
	const op = "record speech"
	if b.text {
		return fault.New(fault.Invalid, op, "텍스트가 너무 길어 음성으로 만들 수 없습니다", fmt.Errorf("speech is longer than %v", b.limit))
	}
	return fault.New(fault.Internal, op, "", fmt.Errorf("the engine does not stop: speech of a short text is longer than %v", b.limit))
}

// recorder writes speech into a sound file and hands it on.
type recorder struct {
	draft    Draft
	listener tts.Sink
	function string
	bound    bound
	format   speech.Format
	samples  int64
	marks    int
	wav      *audio.WAVWriter
}

// Start implements tts.Sink.
func (r *recorder) Start(format speech.Format) error {
	wav, err := audio.NewWAVWriter(r.draft, format.SampleRate)
	if err != nil {
		return fmt.Errorf("start sound file: %w", err)
	}
	r.format, r.wav = format, wav
	if r.listener == nil {
		return nil
	}
	return r.listener.Start(format) //nolint:wrapcheck // our own sink
}

// Chunk implements tts.Sink.
func (r *recorder) Chunk(chunk speech.Chunk) error {
	r.samples += int64(len(chunk.PCM))
	if r.duration() > r.bound.limit {
		return r.bound.exceeded()
	}
	if err := r.countMarks(chunk.Marks); err != nil {
		return err
	}
	if err := r.wav.Write(chunk.PCM); err != nil {
		return fmt.Errorf("write sound file: %w", err)
	}
	if r.listener == nil {
		return nil
	}
	return r.listener.Chunk(chunk) //nolint:wrapcheck // our own sink
}

// What marks a speech may have: far more than sounds or characters in it, each of which is a few bytes.
const maxMarks, maxMarkText = 100, 256 // a second that it may last; bytes

// countMarks bounds them: they lie in memory, and an engine that sends them without end and without sound would never be ended
// by silence.
func (r *recorder) countMarks(marks []speech.Mark) error {
	r.marks += len(marks)
	var err error
	if float64(r.marks) > maxMarks*r.bound.limit.Seconds() {
		err = fmt.Errorf("the engine does not stop: %d marks", r.marks)
	}
	for _, m := range marks {
		if len(m.Text) > maxMarkText {
			err = fmt.Errorf("the text of a mark has %d bytes", len(m.Text))
		}
	}
	if err != nil {
		return fault.New(fault.Internal, "record speech", "", err)
	}
	return nil
}

func (r *recorder) finish() error {
	if r.wav == nil || r.samples == 0 {
		// The text has something to say, and an engine that cannot say it tells so.
		return fault.New(fault.Internal, "record speech", "", fmt.Errorf("function %s gave no sound and no error", r.function))
	}
	if err := r.wav.Close(); err != nil {
		return fmt.Errorf("close sound file: %w", err)
	}
	return nil
}

func (r *recorder) duration() time.Duration {
	if r.format.SampleRate == 0 {
		return 0
	}
	return time.Duration(r.samples) * time.Second / time.Duration(r.format.SampleRate)
}

// clip bounds what of a client's words is said back.
func clip(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit]) + "…"
}
