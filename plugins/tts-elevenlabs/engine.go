package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/visavis-dev/visavis/plugins/tts-elevenlabs/internal/elevenlabs"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// Settings of a deployment; empty values mean the defaults.
type Settings struct {
	APIKey  string `json:"api_key"`
	BaseURL string `json:"base_url"`
	Model   string `json:"model_id"`
	// VoiceID is the voice behind "Custom".
	VoiceID string `json:"voice_id"`
	// SampleRate is in Hz.
	SampleRate    int            `json:"sample_rate"`
	VoiceSettings map[string]any `json:"voice_settings"`
}

const (
	op       = "synthesize speech"
	maxRunes = 5000

	defaultURL   = "https://api.elevenlabs.io"
	defaultModel = "eleven_multilingual_v2"
	defaultRate  = 24000
)

// voiceID is an id as the service gives them: nothing that could change the address.
var voiceID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Engine speaks through the service.
type Engine struct {
	client   *elevenlabs.Client
	settings Settings
}

// Open checks the settings; it calls nobody.
func Open(_ context.Context, settings Settings, _ plugin.Env) (tts.Synthesizer, error) {
	const op = "open ElevenLabs"
	if strings.TrimSpace(settings.APIKey) == "" {
		return nil, fault.New(fault.Unconfigured, op, hintNoKey, errors.New("api_key is empty"))
	}
	settings = settings.withDefaults()
	if !voiceID.MatchString(settings.VoiceID) {
		return nil, fault.New(fault.Unconfigured, op, hintVoice, errors.New("voice_id is no id"))
	}
	client, err := elevenlabs.New(elevenlabs.Options{BaseURL: settings.BaseURL, Key: strings.TrimSpace(settings.APIKey)})
	if err != nil {
		return nil, fault.New(fault.Unconfigured, op, hintAddress, err)
	}
	return &Engine{client: client, settings: settings}, nil
}

func (s Settings) withDefaults() Settings {
	for _, d := range []struct {
		field *string
		value string
	}{{&s.BaseURL, defaultURL}, {&s.Model, defaultModel}, {&s.VoiceID, rachel}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if s.SampleRate == 0 {
		s.SampleRate = defaultRate
	}
	return s
}

// Close drops idle connections.
func (e *Engine) Close() error {
	e.client.Close()
	return nil
}

// Check asks the service whether it accepts the key.
func (e *Engine) Check(ctx context.Context) error {
	if err := e.client.Check(ctx); err != nil {
		return e.explain(ctx, "check ElevenLabs", err)
	}
	return nil
}

// Public ids of the service's own voices.
const (
	rachel = "21m00Tcm4TlvDq8ikWAM"
	domi   = "AZnzlk1XvdvUeBnXmlld"
	bella  = "EXAVITQu4vr4xnSDxMaL"
)

// voice turns a name, or an id, into an id.
func (e *Engine) voice(name string) (string, error) {
	switch strings.ToLower(name) {
	case "", "custom":
		return e.settings.VoiceID, nil
	case "rachel":
		return rachel, nil
	case "domi":
		return domi, nil
	case "bella":
		return bella, nil
	}
	if !voiceID.MatchString(name) {
		return "", fault.New(fault.Invalid, op, hintVoice, errors.New("voice is no id"))
	}
	return name, nil
}

// Synthesize implements tts.Synthesizer.
func (e *Engine) Synthesize(ctx context.Context, req tts.Request, out tts.Sink) error {
	request, err := e.request(req)
	if err != nil {
		return err
	}
	stream, err := e.client.Speak(ctx, request)
	if err != nil {
		return e.explain(ctx, op, err)
	}
	defer func() { _ = stream.Close() }() // the speech is over, or has failed already
	track := &track{out: out, rate: request.Rate}
	for {
		piece, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return e.explain(ctx, op, err)
		}
		if err := track.add(piece); err != nil {
			return e.explain(ctx, op, err)
		}
	}
	if !track.started {
		return fault.New(fault.Unavailable, op, hintDown, errors.New("service sent no sound"))
	}
	return nil
}

func (e *Engine) request(req tts.Request) (elevenlabs.Request, error) {
	text := strings.ToValidUTF8(req.Text, "")
	switch {
	case utf8.RuneCountInString(text) > maxRunes:
		return elevenlabs.Request{}, fault.New(fault.Invalid, op, hintTooLong, errors.New("text is too long"))
	case strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) < 0:
		return elevenlabs.Request{}, fault.New(fault.Invalid, op, hintNothing, errors.New("text has no letter or digit"))
	}
	voice, err := e.voice(req.Voice)
	if err != nil {
		return elevenlabs.Request{}, err
	}
	r := elevenlabs.Request{
		Voice: voice, Rate: e.settings.SampleRate, Text: text, Model: e.settings.Model, Settings: e.settings.VoiceSettings,
	}
	// Only these models take a language; others refuse the whole request.
	if req.Language != "" && strings.Contains(r.Model, "v2_5") {
		tag, err := language.Parse(req.Language)
		if err != nil {
			return elevenlabs.Request{}, fault.New(fault.Invalid, op, hintLanguage, fmt.Errorf("parse language: %w", err))
		}
		base, _ := tag.Base()
		r.Language = base.String()
	}
	return r, nil
}

var (
	_ tts.Synthesizer = (*Engine)(nil)
	_ plugin.Checker  = (*Engine)(nil)
	_ io.Closer       = (*Engine)(nil)
)
