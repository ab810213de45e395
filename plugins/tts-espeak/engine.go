package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/english"
	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/espeak"
	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/korean"
	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/polish"
	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/script"
	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/voices"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// Settings of a deployment; zero values mean the defaults.
type Settings struct {
	// Voice is the speaker behind "Custom".
	Voice string `json:"voice"`
	// Speed and Pitch are factors, 1 being the speaker's own; Expression scales the melody.
	Speed      float64 `json:"speed"`
	Pitch      float64 `json:"pitch"`
	Expression float64 `json:"expression"`
}

const (
	op       = "synthesize speech"
	maxRunes = 5000
	// rate gives 4.8 syllables a second with pauses: an interviewer who wants to be understood.
	rate = 172
	// melody is a little livelier than the library's own 50.
	melody = 58
)

// Hints for people.
const (
	hintNothing  = "읽을 수 있는 글자가 없습니다. 말할 내용을 입력해 주세요."
	hintTooLong  = "텍스트는 5,000자까지 읽을 수 있습니다."
	hintVoice    = "알 수 없는 음성입니다. Custom, Jiwon, Sora, Minjun, Hyunwoo, Grace, Daniel 중에서 골라 주세요."
	hintLanguage = "이 음성 엔진이 지원하지 않는 언어입니다."
	hintLibrary  = "음성 엔진(eSpeak NG)의 파일을 읽을 수 없습니다. 'make natives'로 내려받아 주세요."
)

// Engine speaks through one library, a sentence at a time.
type Engine struct {
	library  *espeak.Library
	settings Settings
	// data is the folder of voices; owned is removed with the engine.
	data, owned string
}

// Open loads the library from the natives' folder.
func Open(ctx context.Context, settings Settings, env plugin.Env) (tts.Synthesizer, error) {
	const op = "open eSpeak NG"
	e := &Engine{settings: settings.withDefaults()}
	home := env.TempDir
	if home == "" {
		made, err := os.MkdirTemp("", "tts-espeak-")
		if err != nil {
			return nil, fault.New(fault.Internal, op, "", err)
		}
		home, e.owned = made, made
	}
	e.data = espeak.DataFolder(home)
	dir := filepath.Join(env.NativesDir, "espeak")
	if err := voices.Install(espeak.DataFolder(dir), e.data); err != nil {
		return nil, fault.New(fault.Unavailable, op, hintLibrary, errors.Join(err, e.Close()))
	}
	library, err := espeak.Open(ctx, dir, home)
	if err != nil {
		return nil, fault.New(fault.Unavailable, op, hintLibrary, errors.Join(err, e.Close()))
	}
	e.library = library
	if _, err := voices.Find(e.settings.Voice, e.data); err != nil {
		return nil, fault.New(fault.Invalid, op, hintVoice, errors.Join(err, e.Close()))
	}
	return e, nil
}

func (s Settings) withDefaults() Settings {
	if s.Voice == "" || strings.EqualFold(s.Voice, "custom") {
		s.Voice = voices.Default
	}
	for _, factor := range []*float64{&s.Speed, &s.Pitch, &s.Expression} {
		if *factor <= 0 {
			*factor = 1
		}
	}
	return s
}

// Close unloads the library and removes the folder that the engine made for itself.
func (e *Engine) Close() error {
	var errs []error
	if e.library != nil {
		errs = append(errs, e.library.Close())
	}
	if e.owned != "" {
		errs = append(errs, os.RemoveAll(e.owned))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close eSpeak NG: %w", err)
	}
	return nil
}

// Check speaks one syllable.
func (e *Engine) Check(ctx context.Context) error {
	voice, err := voices.Find(e.settings.Voice, e.data)
	if err != nil {
		return fault.New(fault.Invalid, "check eSpeak NG", hintVoice, err)
	}
	_, err = e.say(ctx, voice, script.Part{Text: "네", Language: "ko"})
	return err
}

// Synthesize implements tts.Synthesizer.
func (e *Engine) Synthesize(ctx context.Context, req tts.Request, out tts.Sink) error {
	voice, parts, err := e.plan(req)
	if err != nil {
		return err
	}
	track := &track{out: out}
	gain := 0.0
	for _, part := range parts {
		said, err := e.say(ctx, voice, part)
		if err != nil {
			return err
		}
		samples := polish.Equalise(said.PCM, espeak.SampleRate)
		if gain == 0 {
			gain = polish.Gain(samples, espeak.SampleRate)
		}
		said.PCM = polish.Finish(samples, gain, espeak.SampleRate)
		if err := track.add(ctx, said, part.Pause); err != nil {
			return err
		}
	}
	if !track.started {
		return fault.New(fault.Invalid, op, hintNothing, errors.New("text has no sound"))
	}
	return track.finish()
}

// plan says who speaks and what is spoken.
func (e *Engine) plan(req tts.Request) (voices.Voice, []script.Part, error) {
	if utf8.RuneCountInString(req.Text) > maxRunes {
		return voices.Voice{}, nil, fault.New(fault.Invalid, op, hintTooLong, errors.New("text is too long"))
	}
	name := req.Voice
	if name == "" || strings.EqualFold(name, "custom") {
		name = e.settings.Voice
	}
	voice, err := voices.Find(name, e.data)
	if err != nil {
		return voices.Voice{}, nil, fault.New(fault.Invalid, op, hintVoice, err)
	}
	text := script.Clean(req.Text)
	spoken := req.Language
	if spoken == "" {
		spoken = script.Main(text)
	}
	if _, err := language.Parse(spoken); err != nil {
		return voices.Voice{}, nil, fault.New(fault.Invalid, op, hintLanguage, fmt.Errorf("parse language: %w", err))
	}
	if isLanguage(voice.Language(spoken), "ko", "kor", "korean") {
		text = korean.Hanja(text)
	}
	parts := script.Split(text, voice.Language(spoken))
	if len(parts) == 0 {
		return voices.Voice{}, nil, fault.New(fault.Invalid, op, hintNothing, errors.New("text has no letter or digit"))
	}
	return voice, parts, nil
}

// say speaks one part with the first of the voice's names that the library knows.
func (e *Engine) say(ctx context.Context, voice voices.Voice, part script.Part) (*espeak.Speech, error) {
	text := part.Text
	switch {
	case isLanguage(part.Language, "ko", "kor", "korean"):
		text = korean.Pronounce(korean.Read(text))
	case isLanguage(part.Language, "en", "eng", "english"):
		text = english.Read(text)
	}
	utterance := espeak.Utterance{
		Text:  script.BreakWords(text),
		Rate:  int(math.Round(rate * e.settings.Speed)),
		Pitch: int(math.Round(50 + 50*math.Log2(e.settings.Pitch))),
		Range: int(math.Round(melody * e.settings.Expression)),
	}
	for _, name := range voice.Candidates(part.Language) {
		utterance.Voice = name
		said, err := e.library.Speak(ctx, utterance)
		if errors.Is(err, espeak.ErrVoice) {
			continue
		}
		if err != nil {
			return nil, failed(err)
		}
		return said, nil
	}
	if voice.Fixed() {
		return nil, fault.New(fault.Invalid, op, hintVoice, espeak.ErrVoice)
	}
	return nil, fault.New(fault.Invalid, op, hintLanguage, fmt.Errorf("no voice for language %q", part.Language))
}

// failed keeps the end of a context what it is; anything else is the library's.
func failed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", op, err)
	}
	return fault.New(fault.Internal, op, "", err)
}

func isLanguage(tag string, names ...string) bool {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return slices.Contains(names, base)
}

var (
	_ tts.Synthesizer = (*Engine)(nil)
	_ plugin.Checker  = (*Engine)(nil)
	_ io.Closer       = (*Engine)(nil)
)
