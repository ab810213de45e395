package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/tts-openai/internal/remote"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/plugintest"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// listener keeps what it hears.
type listener struct {
	format speech.Format
	starts int
	pcm    []int16
	chunks int
	hook   func() error
}

func (l *listener) Start(format speech.Format) error {
	l.starts++
	l.format = format
	return nil
}

func (l *listener) Chunk(chunk speech.Chunk) error {
	l.pcm = append(l.pcm, chunk.PCM...)
	l.chunks++
	if l.hook != nil {
		return l.hook()
	}
	return nil
}

// open gives an engine on the fake service that retries without waiting long.
func open(t *testing.T, f *fakeOpenAI, settings Settings) *Engine {
	t.Helper()
	if settings.BaseURL == "" {
		settings.BaseURL = f.server.URL
	}
	if settings.APIKey == "" && !f.open {
		settings.APIKey = goodKey
	}
	opened, err := Open(t.Context(), settings, plugin.Env{})
	require.NoError(t, err)
	engine, ok := opened.(*Engine)
	require.True(t, ok)
	t.Cleanup(func() { assert.NoError(t, engine.Close()) })
	return impatient(t, engine, 10*time.Second)
}

func impatient(t *testing.T, engine *Engine, stall time.Duration) *Engine {
	t.Helper()
	client, err := remote.New(remote.Options{
		BaseURL: engine.settings.BaseURL, Key: engine.settings.APIKey, Stall: stall, Wait: time.Millisecond,
	})
	require.NoError(t, err)
	engine.client.Close()
	engine.client = client
	return engine
}

func samples(n int) []int16 {
	raw, pcm := sawtooth(n), make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return pcm
}

// wavHeader is that of a stream whose length is not known.
func wavHeader(rate, bits int) []byte {
	h := []byte("RIFF\xff\xff\xff\xffWAVELIST\x03\x00\x00\x00abc\x00fmt \x10\x00\x00\x00\x01\x00")
	h = binary.LittleEndian.AppendUint16(h, 1)
	h = binary.LittleEndian.AppendUint32(h, uint32(rate))
	h = binary.LittleEndian.AppendUint32(h, uint32(rate*bits/8))
	h = binary.LittleEndian.AppendUint16(h, uint16(bits/8))
	h = binary.LittleEndian.AppendUint16(h, uint16(bits))
	return append(h, "data\xff\xff\xff\xff"...)
}

func TestStreamsSound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fake     *fakeOpenAI
		settings Settings
		rate     int
	}{
		"pcm":                   {&fakeOpenAI{}, Settings{}, 24000},
		"odd pieces":            {&fakeOpenAI{step: 7}, Settings{}, 24000},
		"byte by byte":          {&fakeOpenAI{step: 1}, Settings{SampleRate: 22050}, 22050},
		"pcm that tells rate":   {&fakeOpenAI{kind: "audio/pcm;rate=16000"}, Settings{}, 16000},
		"wav":                   {&fakeOpenAI{header: wavHeader(16000, 16), kind: "audio/wav"}, Settings{Format: "wav"}, 16000},
		"wav in odd pieces":     {&fakeOpenAI{header: wavHeader(44100, 16), kind: "audio/wav", step: 3}, Settings{Format: "wav"}, 44100},
		"wav instead of pcm":    {&fakeOpenAI{header: wavHeader(22050, 16), kind: "application/octet-stream"}, Settings{}, 22050},
		"without a key":         {&fakeOpenAI{open: true}, Settings{}, 24000},
		"address with a path":   {&fakeOpenAI{}, Settings{BaseURL: "/v1/"}, 24000},
		"address of the speech": {&fakeOpenAI{}, Settings{BaseURL: "/v1/audio/speech"}, 24000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, c.fake)
			if c.settings.BaseURL != "" {
				c.settings.BaseURL = f.server.URL + c.settings.BaseURL
			}
			l := &listener{}
			require.NoError(t, open(t, f, c.settings).Synthesize(t.Context(), tts.Request{Text: "안녕하세요"}, l))
			assert.Equal(t, speech.Format{SampleRate: c.rate, Marks: speech.NoMarks}, l.format)
			assert.Equal(t, 1, l.starts)
			assert.True(t, slices.Equal(samples(5*1200), l.pcm), "every sample arrives, in order")
		})
	}
}

func TestSoundComesAsItIsMade(t *testing.T) {
	t.Parallel()
	heard := make(chan struct{})
	f := startFake(t, &fakeOpenAI{interrupt: func(_ http.ResponseWriter, r *http.Request) {
		select { // the rest comes only after the first samples were heard
		case <-heard:
		case <-r.Context().Done():
		}
	}})
	var once sync.Once
	l := &listener{hook: func() error { once.Do(func() { close(heard) }); return nil }}
	require.NoError(t, open(t, f, Settings{}).Synthesize(t.Context(), tts.Request{Text: "안녕하세요"}, l))
	assert.Greater(t, l.chunks, 1)
	assert.True(t, slices.Equal(samples(5*1200), l.pcm))
}

func TestRequestIsAsDocumented(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeOpenAI{})
	engine := open(t, f, Settings{Instructions: "차분하게", Speed: 1.5, Model: "tts-1"})
	require.NoError(t, engine.Synthesize(t.Context(), tts.Request{Text: "네", Voice: "Custom", Language: "ko"}, &listener{}))
	require.NoError(t, engine.Synthesize(t.Context(), tts.Request{Text: "네", Voice: "af_bella+af_sky"}, &listener{}))
	want := fakeRequest{
		method: http.MethodPost, path: "/v1/audio/speech", authorization: "Bearer " + goodKey,
		body: map[string]any{
			"model": "tts-1", "input": "네", "voice": "nova", "instructions": "차분하게", "response_format": "pcm", "speed": 1.5,
		},
	}
	seen := f.seen()
	assert.Equal(t, want, seen[0])
	assert.Equal(t, "af_bella+af_sky", seen[1].body["voice"])
}

func TestLongTextIsSpokenInPieces(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeOpenAI{})
	text := strings.Repeat("안녕하세요. 반갑습니다. ", 30)
	l := &listener{}
	require.NoError(t, open(t, f, Settings{MaxCharacters: 100}).Synthesize(t.Context(), tts.Request{Text: text}, l))
	var inputs []string
	for _, r := range f.seen() {
		input, _ := r.body["input"].(string)
		assert.LessOrEqual(t, len([]rune(input)), 100)
		assert.True(t, strings.HasSuffix(input, "."), input)
		inputs = append(inputs, input)
	}
	assert.Greater(t, len(inputs), 3)
	assert.Equal(t, strings.TrimSpace(text), strings.Join(inputs, " "), "nothing is lost")
	assert.Equal(t, 1, l.starts, "it is one speech")
}

func TestPieces(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("가", 1000), strings.Repeat("가나다 ", 300), strings.Repeat("가. ", 400), strings.Repeat("!", 600) + "가"} {
		var joined strings.Builder
		for _, piece := range pieces(text, 100) {
			assert.LessOrEqual(t, len([]rune(piece)), 100)
			joined.WriteString(piece)
		}
		clean := func(s string) string { return strings.NewReplacer(" ", "", "!", "").Replace(s) }
		assert.Equal(t, clean(text), clean(joined.String()))
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	wrap := func(code, kind, message, param string) string {
		raw, _ := json.Marshal(map[string]any{"error": map[string]any{"code": code, "type": kind, "message": message, "param": param}})
		return string(raw)
	}
	for name, c := range map[string]struct {
		status int
		body   string
		kind   fault.Kind
		hint   string
		calls  int
	}{
		"wrong key":       {401, wrap("invalid_api_key", "invalid_request_error", "Incorrect API key provided", ""), fault.Unauthorized, hintKey, 1},
		"forbidden":       {403, ``, fault.Unauthorized, hintKey, 1},
		"quota":           {429, wrap("insufficient_quota", "insufficient_quota", "You exceeded your current quota", ""), fault.Quota, hintQuota, 1},
		"quota as a type": {429, `{"error":{"message":"x","type":"insufficient_quota","param":null,"code":null}}`, fault.Quota, hintQuota, 1},
		"billing":         {400, wrap("billing_hard_limit_reached", "invalid_request_error", "x", ""), fault.Quota, hintQuota, 1},
		"rate limit":      {429, wrap("rate_limit_exceeded", "requests", "Rate limit reached", ""), fault.RateLimited, hintBusy, 3},
		"rate, no body":   {429, ``, fault.RateLimited, hintBusy, 3},
		"model":           {404, wrap("model_not_found", "invalid_request_error", "The model does not exist", ""), fault.Unconfigured, hintModel, 1},
		"voice":           {400, wrap("invalid_value", "invalid_request_error", "Invalid value: 'x'", "voice"), fault.Invalid, hintVoice, 1},
		"voice elsewhere": {400, `{"detail":{"error":"validation_error","message":"Voice 'x' not found"}}`, fault.Invalid, hintVoice, 1},
		"too long":        {400, wrap("string_above_max_length", "invalid_request_error", "String too long", "input"), fault.Invalid, hintRequest, 1},
		"another server":  {404, `<html>not found</html>`, fault.Unconfigured, hintAddress, 1},
		"broken":          {500, wrap("", "server_error", "The server had an error", ""), fault.Unavailable, hintDown, 3},
		"overloaded":      {503, `upstream`, fault.Unavailable, hintDown, 3},
		"redirect":        {302, ``, fault.Unavailable, hintDown, 1},
		"number as code":  {500, `{"error":{"message":["a","b"],"type":"x","code":500}}`, fault.Unavailable, hintDown, 3},
		"error in a 200":  {200, `{"error":{"message":"sorry"}}`, fault.Unavailable, hintFormat, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := fakeAnswer{c.status, c.body}
			f := startFake(t, &fakeOpenAI{answers: []fakeAnswer{answer, answer, answer, answer}})
			l := &listener{}
			err := open(t, f, Settings{}).Synthesize(t.Context(), tts.Request{Text: "네"}, l)
			assert.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			assert.Equal(t, c.hint, fault.HintOf(err))
			assert.Len(t, f.seen(), c.calls)
			assert.Zero(t, l.starts)
		})
	}
}

func TestKeyIsNeverShown(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeOpenAI{})
	engine := open(t, f, Settings{APIKey: "sk-wrong-secret"})
	err := engine.Synthesize(t.Context(), tts.Request{Text: "네"}, &listener{})
	assert.Equal(t, fault.Unauthorized, fault.KindOf(err))
	require.ErrorContains(t, err, "Incorrect API key", "the server's words are kept")
	assert.NotContains(t, err.Error(), "sk-wrong-secret")
	assert.NotContains(t, engine.Check(t.Context()).Error(), "sk-wrong-secret")
	f.answers = []fakeAnswer{{400, "plain text with sk-wrong-secret"}}
	assert.NotContains(t, engine.Synthesize(t.Context(), tts.Request{Text: "네"}, &listener{}).Error(), "sk-wrong-secret")
	f.server.Close()
	assert.NotContains(t, engine.Synthesize(t.Context(), tts.Request{Text: "네"}, &listener{}).Error(), "sk-wrong-secret")
}

func TestBusyServerIsAskedAgain(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeOpenAI{answers: []fakeAnswer{{429, `{}`}, {502, ``}}})
	l := &listener{}
	require.NoError(t, open(t, f, Settings{}).Synthesize(t.Context(), tts.Request{Text: "네"}, l))
	assert.Len(t, f.seen(), 3)
	assert.NotEmpty(t, l.pcm)
}

func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]func(http.ResponseWriter, *http.Request){
		"silent for ever": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"disconnected":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, &fakeOpenAI{interrupt: interrupt})
			engine := impatient(t, open(t, f, Settings{}), 300*time.Millisecond)
			l := &listener{}
			err := engine.Synthesize(t.Context(), tts.Request{Text: "안녕하세요"}, l)
			assert.Equal(t, fault.Unavailable, fault.KindOf(err))
			assert.Equal(t, hintDown, fault.HintOf(err))
			assert.Len(t, f.seen(), 1, "what was heard is not asked for again")
			assert.True(t, slices.Equal(samples(2400), l.pcm), "what came before the break was passed on")
		})
	}
}

func TestWrongSound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fake *fakeOpenAI
		hint string
	}{
		"mp3":            {&fakeOpenAI{kind: "audio/mpeg"}, hintFormat},
		"a page":         {&fakeOpenAI{kind: "text/html; charset=utf-8"}, hintFormat},
		"wav in name":    {&fakeOpenAI{kind: "audio/wav"}, hintFormat},
		"wav of 4 bits":  {&fakeOpenAI{header: wavHeader(24000, 4)}, hintFormat},
		"wav of 96 kHz":  {&fakeOpenAI{header: wavHeader(96000, 16)}, hintFormat},
		"endless header": {&fakeOpenAI{header: []byte("RIFF\x00\x00\x00\x00WAVEjunk\xff\xff\xff\x7f")}, hintFormat},
	} {
		f := startFake(t, c.fake)
		l := &listener{}
		err := open(t, f, Settings{}).Synthesize(t.Context(), tts.Request{Text: "안녕"}, l)
		assert.Equal(t, fault.Unavailable, fault.KindOf(err), "%s: %v", name, err)
		assert.Equal(t, c.hint, fault.HintOf(err), name)
		assert.Zero(t, l.starts, name)
	}
	for name, empty := range map[string]*fakeOpenAI{
		"nothing as samples": {whole: []byte{}},
		"nothing as WAV":     {whole: []byte{}, kind: "audio/wav"},
		"WAV of nothing":     {whole: wavHeader(24000, 16), kind: "audio/wav"},
	} {
		err := open(t, startFake(t, empty), Settings{}).Synthesize(t.Context(), tts.Request{Text: "안녕"}, &listener{})
		assert.Equal(t, fault.Unavailable, fault.KindOf(err), name)
		assert.Equal(t, hintSilent, fault.HintOf(err), "%s: it did answer", name)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	hole, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := hole.Addr().String()
	require.NoError(t, hole.Close())
	engine := open(t, &fakeOpenAI{}, Settings{BaseURL: "http://" + address})
	err = engine.Synthesize(t.Context(), tts.Request{Text: "네"}, &listener{})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Equal(t, hintDown, fault.HintOf(err))
	assert.Equal(t, fault.Unavailable, fault.KindOf(engine.Check(t.Context())))
}

func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	f := startFake(t, &fakeOpenAI{interrupt: func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(released)
		panic(http.ErrAbortHandler)
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := &listener{hook: func() error { cancel(); return nil }}
	err := open(t, f, Settings{}).Synthesize(ctx, tts.Request{Text: "안녕하세요"}, l)
	assert.Equal(t, fault.Cancelled, fault.KindOf(err))
	<-released // the server hears of it too
}

func TestSinkErrorComesBack(t *testing.T) {
	t.Parallel()
	gone := errors.New("nobody listens")
	f := startFake(t, &fakeOpenAI{})
	err := open(t, f, Settings{}).Synthesize(t.Context(), tts.Request{Text: "안녕하세요"}, &listener{hook: func() error { return gone }})
	require.ErrorIs(t, err, gone)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeOpenAI{step: 501})
	engine := open(t, f, Settings{})
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			l := &listener{}
			err := engine.Synthesize(t.Context(), tts.Request{Text: strings.Repeat("가", i+1)}, l)
			assert.Empty(t, fault.KindOf(err), "%v", err)
			assert.True(t, slices.Equal(samples((i+1)*1200), l.pcm))
		})
	}
	group.Wait()
}

func TestWrongRequestsCallNobody(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeOpenAI{})
	engine := open(t, f, Settings{Voices: []string{"ash"}})
	for _, req := range []tts.Request{
		{Text: ""},
		{Text: "...!"},
		{Text: "😀"},
		{Text: "\xff"},
		{Text: strings.Repeat("가", 5001)},
		{Text: "네", Voice: "a\nb"},
		{Text: "네", Voice: strings.Repeat("x", 101)},
		{Text: "네", Voice: "coral"},
	} {
		err := engine.Synthesize(t.Context(), req, &listener{})
		assert.Equal(t, fault.Invalid, fault.KindOf(err), "%.20q", req.Text)
		assert.NotEmpty(t, fault.HintOf(err))
	}
	assert.Empty(t, f.seen())
	for _, voice := range []string{"ash", "nova", "custom"} {
		require.NoError(t, engine.Synthesize(t.Context(), tts.Request{Text: "네", Voice: voice}, &listener{}), voice)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeOpenAI{})
	require.NoError(t, open(t, f, Settings{}).Check(t.Context()))
	assert.Equal(t, "/v1/models", f.seen()[0].path)
	assert.Equal(t, fault.Unauthorized, fault.KindOf(open(t, f, Settings{APIKey: "wrong"}).Check(t.Context())))
	for _, answer := range []fakeAnswer{{404, ``}, {405, `{"detail":"Method Not Allowed"}`}, {200, `["kokoro"]`}, {200, `fine`}} {
		f.answers = []fakeAnswer{answer}
		require.NoError(t, open(t, f, Settings{}).Check(t.Context()), "a server without this list can speak all the same")
	}
	f.answers = []fakeAnswer{{503, ``}}
	assert.Equal(t, fault.Unavailable, fault.KindOf(open(t, f, Settings{}).Check(t.Context())))
}

func TestOpenRefusesWrongSettings(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]Settings{
		"scheme": {BaseURL: "ftp://x"}, "no host": {BaseURL: "https://"}, "no URL": {BaseURL: "local host"}, "key with line break": {APIKey: "a\nb"},
	} {
		_, err := Open(t.Context(), s, plugin.Env{})
		assert.Equal(t, fault.Unconfigured, fault.KindOf(err), name)
		assert.NotEmpty(t, fault.HintOf(err), name)
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	m, err := manifest.Load(".")
	require.NoError(t, err)
	require.NoError(t, m.CheckSettings([]byte(`{"base_url":"http://localhost:8880","api_key":"","model":"","voice":"","response_format":"wav","voices":["a"]}`)))
	for _, wrong := range []string{`{"base_url":"ftp://x"}`, `{"response_format":"doc"}`, `{"speed":9}`, `{"max_characters":1}`} {
		require.Error(t, m.CheckSettings([]byte(wrong)), wrong)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeOpenAI{})
	settings, err := json.Marshal(map[string]string{"api_key": goodKey, "base_url": f.server.URL})
	require.NoError(t, err)
	plugintest.Run(t, plugintest.Subject{Dir: plugintest.Build(t), Settings: settings})
}
