package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sashabaranov/go-openai"

	"github.com/visavis-dev/visavis/plugins/tts-openai/internal/remote"
	"github.com/visavis-dev/visavis/plugins/tts-openai/internal/sound"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// Settings of a deployment; empty values mean the defaults.
type Settings struct {
	BaseURL string `json:"base_url"`
	APIKey  string `json:"api_key"`
	Model   string `json:"model"`
	// Voice is the voice behind "Custom"; Voices, when given, are all that the server has.
	Voice  string   `json:"voice"`
	Voices []string `json:"voices"`
	// Format is what to ask for; SampleRate, in Hz, is that of pcm and of what is decoded.
	Format        string  `json:"response_format"`
	SampleRate    int     `json:"sample_rate"`
	Speed         float64 `json:"speed"`
	Instructions  string  `json:"instructions"`
	MaxCharacters int     `json:"max_characters"`
}

const (
	op       = "synthesize speech"
	maxRunes = 5000
	// maxVoice bounds a voice's name, in bytes.
	maxVoice = 100
	// maxSamples bounds a speech to an hour at the highest rate.
	maxSamples = 3600 * speech.MaxSampleRate
	// chunkSamples is how many samples are passed on at once, at most: WAV waits for all of them.
	chunkSamples = 2048
)

// Engine speaks through a server.
type Engine struct {
	client   *remote.Client
	settings Settings
	// ffmpeg decodes what is compressed.
	ffmpeg string
}

// Open checks the settings; it calls nobody.
func Open(_ context.Context, settings Settings, env plugin.Env) (tts.Synthesizer, error) {
	settings = settings.withDefaults()
	client, err := remote.New(remote.Options{BaseURL: settings.BaseURL, Key: strings.TrimSpace(settings.APIKey)})
	if err != nil {
		return nil, fault.New(fault.Unconfigured, "open speech server", hintAddress, err)
	}
	return &Engine{client: client, settings: settings, ffmpeg: env.FFmpeg}, nil
}

func (s Settings) withDefaults() Settings {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&s.BaseURL, "https://api.openai.com/v1"},
		{&s.Model, "gpt-4o-mini-tts"},
		{&s.Voice, "nova"},
		{&s.Format, string(openai.SpeechResponseFormatPcm)},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if s.SampleRate == 0 {
		s.SampleRate = 24000
	}
	if s.MaxCharacters == 0 {
		s.MaxCharacters = 1500
	}
	return s
}

// Close drops idle connections.
func (e *Engine) Close() error {
	e.client.Close()
	return nil
}

// Check asks whether the server answers and accepts the key.
func (e *Engine) Check(ctx context.Context) error {
	if err := e.client.Check(ctx); err != nil {
		return explain(ctx, "check speech server", err)
	}
	return nil
}

// Synthesize implements tts.Synthesizer.
func (e *Engine) Synthesize(ctx context.Context, req tts.Request, out tts.Sink) error {
	text := strings.ToValidUTF8(req.Text, "")
	switch {
	case utf8.RuneCountInString(text) > maxRunes:
		return fault.New(fault.Invalid, op, hintTooLong, errors.New("text is too long"))
	case !speakable(text):
		return fault.New(fault.Invalid, op, hintNothing, errors.New("text has no letter or digit"))
	}
	voice, err := e.voice(req.Voice)
	if err != nil {
		return err
	}
	track := &track{out: out}
	for _, piece := range pieces(text, e.settings.MaxCharacters) {
		if err := e.speak(ctx, piece, voice, track); err != nil {
			return explain(ctx, op, err)
		}
	}
	if track.sent == 0 {
		return fault.New(fault.Unavailable, op, hintSilent, errors.New("service sent no sound"))
	}
	return nil
}

func (e *Engine) voice(name string) (string, error) {
	if name == "" || strings.EqualFold(name, "custom") {
		return e.settings.Voice, nil
	}
	if len(name) > maxVoice || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.New(fault.Invalid, op, hintVoice, errors.New("voice is no name"))
	}
	if len(e.settings.Voices) > 0 && !slices.Contains(e.settings.Voices, name) && name != e.settings.Voice {
		return "", fault.New(fault.Invalid, op, hintVoice, errors.New("voice is not among those of the settings"))
	}
	return name, nil
}

// speak passes on one piece of text as its sound comes.
func (e *Engine) speak(ctx context.Context, text, voice string, track *track) error {
	answer, err := e.client.Speak(ctx, openai.CreateSpeechRequest{
		Model: openai.SpeechModel(e.settings.Model), Input: text, Voice: openai.SpeechVoice(voice),
		Instructions: e.settings.Instructions, ResponseFormat: openai.SpeechResponseFormat(e.settings.Format),
		Speed: e.settings.Speed,
	})
	if err != nil {
		return err //nolint:wrapcheck // explained by the caller
	}
	source, err := sound.Open(ctx, answer.Sound, e.rate(answer.Rate), e.ffmpeg)
	if err != nil {
		return err //nolint:wrapcheck // explained by the caller
	}
	defer func() { _ = source.Close() }() // the speech is over, or has failed already
	buffer := make([]int16, chunkSamples)
	for {
		n, err := source.Read(buffer)
		if n > 0 && source.Raw() && !raw(answer.Kind) {
			return &remote.Error{Status: http.StatusOK, Code: remote.CodeFormat, Message: "answer is no " + answer.Kind}
		}
		if n > 0 {
			if err := track.add(buffer[:n], source.Rate()); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err //nolint:wrapcheck // explained by the caller
		}
	}
}

// rate is that of raw samples: the answer's own word, if any, else the settings'.
func (e *Engine) rate(told int) int {
	if told >= speech.MinSampleRate && told <= speech.MaxSampleRate {
		return told
	}
	return e.settings.SampleRate
}

// raw tells whether raw samples may be called so. What is called WAV and has none of its header is no sound: it would be a loud noise.
func raw(kind string) bool {
	switch kind {
	case "audio/mpeg", "audio/mp3", "audio/ogg", "audio/opus", "audio/aac", "audio/flac", "audio/mp4", "audio/webm",
		"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave":
		return false
	default:
		return true
	}
}

// track passes samples on; all of a speech have one rate.
type track struct {
	out  tts.Sink
	rate int
	sent int
}

func (t *track) add(pcm []int16, rate int) error {
	if t.sent == 0 {
		if rate < speech.MinSampleRate || rate > speech.MaxSampleRate {
			return &remote.Error{Status: 200, Code: remote.CodeFormat, Message: fmt.Sprintf("sample rate is %d Hz", rate)}
		}
		t.rate = rate
		if err := t.out.Start(speech.Format{SampleRate: rate}); err != nil {
			return &listenerError{err}
		}
	}
	if rate != t.rate {
		return fmt.Errorf("sample rate changes from %d to %d Hz", t.rate, rate)
	}
	if t.sent += len(pcm); t.sent > maxSamples {
		return errors.New("speech is longer than an hour")
	}
	if err := t.out.Chunk(speech.Chunk{PCM: pcm}); err != nil {
		return &listenerError{err}
	}
	return nil
}

var (
	_ tts.Synthesizer = (*Engine)(nil)
	_ plugin.Checker  = (*Engine)(nil)
	_ io.Closer       = (*Engine)(nil)
)
