package plugintest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

const sentence = "안녕하세요. 면접에 오신 것을 환영합니다."

func ttsCases() []Case {
	return []Case{
		{Name: "speaks", Why: "no sound, no interview", Run: withVoice(speaks)},
		{
			Name: "marks what it says", Why: "the mouth follows the marks", Run: withVoice(marks),
			Needs: func(s Subject) string {
				if s.Manifest.TTS.Marks == speech.NoMarks {
					return "the manifest promises no marks"
				}
				return ""
			},
		},
		{Name: "speaks with every voice", Why: "the voices are listed to clients", Run: withVoice(everyVoice)},
		{Name: "survives odd texts", Why: "language models write anything", Run: withVoice(oddTexts)},
		{Name: "stops when its client leaves", Why: "nobody waits for what nobody hears", Run: stopsSpeaking},
		{Name: "speaks to several at once", Why: "the host runs calls together", Run: withVoice(speaksTogether)},
	}
}

func withVoice(run func(context.Context, Subject, tts.Synthesizer) error) func(context.Context, Subject) error {
	return func(ctx context.Context, s Subject) error {
		return withInstance(ctx, s, func(in *instance) error { return run(ctx, s, tts.NewClient(in.conn)) })
	}
}

// listener keeps a speech.
type listener struct {
	format  speech.Format
	pcm     []int16
	marks   []speech.Mark
	starts  int
	onChunk func()
}

// Start implements tts.Sink.
func (l *listener) Start(format speech.Format) error {
	l.format = format
	l.starts++
	return nil
}

// Chunk implements tts.Sink.
func (l *listener) Chunk(chunk speech.Chunk) error {
	if l.starts == 0 {
		return errors.New("a chunk came before the start")
	}
	l.pcm = append(l.pcm, chunk.PCM...)
	l.marks = append(l.marks, chunk.Marks...)
	if l.onChunk != nil {
		l.onChunk()
	}
	return nil
}

func speaks(ctx context.Context, _ Subject, voice tts.Synthesizer) error {
	var l listener
	if err := voice.Synthesize(ctx, tts.Request{Text: sentence}, &l); err != nil {
		return fmt.Errorf("synthesize: %w", err)
	}
	if l.starts != 1 {
		return fmt.Errorf("started %d times", l.starts)
	}
	if seconds := float64(len(l.pcm)) / float64(l.format.SampleRate); seconds < 0.5 || seconds > 15 {
		return fmt.Errorf("%q lasts %.2f s", sentence, seconds)
	}
	var peak int16
	for _, sample := range l.pcm {
		peak = max(peak, sample)
	}
	if peak < 500 {
		return fmt.Errorf("hardly a sound: the highest sample is %d", peak)
	}
	return nil
}

func marks(ctx context.Context, s Subject, voice tts.Synthesizer) error {
	var l listener
	if err := voice.Synthesize(ctx, tts.Request{Text: sentence}, &l); err != nil {
		return fmt.Errorf("synthesize: %w", err)
	}
	if l.format.Marks != s.Manifest.TTS.Marks {
		return fmt.Errorf("marks are %q, the manifest promises %q", l.format.Marks, s.Manifest.TTS.Marks)
	}
	if len(l.marks) < 5 {
		return fmt.Errorf("%d marks for %q", len(l.marks), sentence)
	}
	last := int64(0)
	for _, m := range l.marks {
		if m.Start < last || m.Length < 0 || m.Start > int64(len(l.pcm)) {
			return fmt.Errorf("mark %+v follows one at %d in a speech of %d samples", m, last, len(l.pcm))
		}
		last = m.Start
	}
	return nil
}

func everyVoice(ctx context.Context, s Subject, voice tts.Synthesizer) error {
	for _, name := range s.Manifest.TTS.Voices {
		var l listener
		if err := voice.Synthesize(ctx, tts.Request{Text: "네, 알겠습니다.", Voice: name}, &l); err != nil {
			return fmt.Errorf("voice %q: %w", name, err)
		}
		if len(l.pcm) == 0 {
			return fmt.Errorf("voice %q says nothing", name)
		}
	}
	if s.Manifest.TTS.AnyVoice {
		return nil
	}
	err := voice.Synthesize(ctx, tts.Request{Text: "네.", Voice: "no-such-voice"}, &listener{})
	switch kind := fault.KindOf(err); {
	case err == nil:
		return errors.New("a voice that the manifest does not list was spoken: refuse it as Invalid, or say any_voice")
	case kind != fault.Invalid && kind != fault.NotFound:
		return fmt.Errorf("an unknown voice ended as %q: %w", kind, err)
	}
	return nil
}

func oddTexts(ctx context.Context, _ Subject, voice tts.Synthesizer) error {
	texts := []string{
		"?!…", "😀👍", "🇰🇷", "שלום עולם", "مرحبا بالعالم", "a", "ㅋㅋㅋㅋ", "<speak>안녕 & 반가워</speak>", "3.5초, 50%, 2026-11-23",
		"안녕\u200b하세요\ufeff", "line\nbreak\ttab", strings.Repeat("가", 300), "\u202e뒤집힌 글\u202c", "e\u0301te\u0301",
	}
	for _, text := range texts {
		var l listener
		err := voice.Synthesize(ctx, tts.Request{Text: text}, &l)
		if err == nil && len(l.pcm) == 0 {
			return fmt.Errorf("%q is neither spoken nor refused", text)
		}
		if err != nil && fault.KindOf(err) != fault.Invalid {
			return fmt.Errorf("%q ended as %q: %w", text, fault.KindOf(err), err)
		}
	}
	return nil
}

func stopsSpeaking(ctx context.Context, s Subject) error {
	return withInstance(ctx, s, func(in *instance) error {
		return leaves(ctx, in, func(ctx context.Context, begun func()) error {
			l := listener{onChunk: begun}
			return tts.NewClient(in.conn).Synthesize(ctx, tts.Request{Text: strings.Repeat(sentence, 100)}, &l)
		})
	})
}

func speaksTogether(ctx context.Context, _ Subject, voice tts.Synthesizer) error {
	return together(4, func(int) error {
		var l listener
		err := voice.Synthesize(ctx, tts.Request{Text: sentence}, &l)
		if err == nil && len(l.pcm) == 0 {
			err = errors.New("nothing was said")
		}
		return err
	})
}
