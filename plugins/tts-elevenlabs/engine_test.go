package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/tts-elevenlabs/internal/elevenlabs"
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
	marks  []speech.Mark
	hook   func() error
}

func (l *listener) Start(format speech.Format) error {
	l.starts++
	l.format = format
	return nil
}

func (l *listener) Chunk(chunk speech.Chunk) error {
	l.pcm = append(l.pcm, chunk.PCM...)
	l.marks = append(l.marks, chunk.Marks...)
	if l.hook != nil {
		return l.hook()
	}
	return nil
}

// open gives an engine on the fake service that retries without waiting long.
func open(t *testing.T, f *fakeElevenLabs, settings Settings) *Engine {
	t.Helper()
	settings.BaseURL = f.server.URL
	if settings.APIKey == "" {
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
	client, err := elevenlabs.New(elevenlabs.Options{
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

func TestStreamsSoundWithCharacterMarks(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*fakeElevenLabs{
		"lines":                      {},
		"odd bytes":                  {oddBytes: true},
		"cut anywhere":               {step: 7},
		"byte by byte":               {step: 1, perLine: 3, oddBytes: true},
		"one long line":              {perLine: 1000},
		"times relative to the line": {relative: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := open(t, startFake(t, f), Settings{SampleRate: 22050})
			l := &listener{}
			require.NoError(t, engine.Synthesize(t.Context(), tts.Request{Text: "안녕, 반가워요  ... 네!"}, l))
			assert.Equal(t, speech.Format{SampleRate: 22050, Marks: speech.Characters}, l.format)
			assert.Equal(t, 1, l.starts)
			const character = 22050 / 20
			assert.True(t, slices.Equal(samples(16*character), l.pcm), "every sample arrives, in order")
			var text strings.Builder
			for i, m := range l.marks {
				text.WriteString(m.Text)
				if m.Text == "" {
					text.WriteString("|")
				}
				assert.InDelta(t, 0, float64(m.Start%character), 25, "mark %d", i)
				assert.GreaterOrEqual(t, m.Length, int64(character-30))
				if i > 0 {
					assert.InDelta(t, l.marks[i-1].Start+l.marks[i-1].Length, m.Start, 1)
				}
				assert.Less(t, m.Start+m.Length, int64(len(l.pcm))+1)
			}
			assert.Equal(t, "안녕|반가워요|네", text.String(), "what is long and silent is a pause")
		})
	}
}

// The service tells both what was written and what it made of it to speak.
func TestNumbersAreMarkedAsTheyAreSpoken(t *testing.T) {
	t.Parallel()
	marked := func(f *fakeElevenLabs) string {
		l := &listener{}
		require.NoError(t, open(t, startFake(t, f), Settings{}).Synthesize(t.Context(), tts.Request{Text: "3개"}, l))
		var text strings.Builder
		for _, m := range l.marks {
			text.WriteString(m.Text)
		}
		return text.String()
	}
	assert.Equal(t, "세개", marked(&fakeElevenLabs{spoken: strings.NewReplacer("3", "세")}))
	assert.Equal(t, "3개", marked(&fakeElevenLabs{}))
}

func TestRequestIsAsDocumented(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeElevenLabs{})
	engine := open(t, f, Settings{VoiceID: "MyVoice", VoiceSettings: map[string]any{"stability": 0.4}})
	for _, voice := range []string{"", "Custom", "Rachel", "domi", "Bella", "other_Id-1"} {
		require.NoError(t, engine.Synthesize(t.Context(), tts.Request{Text: "네", Voice: voice, Language: "ko"}, &listener{}))
	}
	var voices []string
	for _, r := range f.seen() {
		assert.Equal(t, http.MethodPost, r.method)
		assert.Equal(t, goodKey, r.key)
		assert.Equal(t, "output_format=pcm_24000", r.query)
		assert.Equal(t, map[string]any{"text": "네", "model_id": "eleven_multilingual_v2", "voice_settings": map[string]any{"stability": 0.4}}, r.body)
		voices = append(voices, strings.TrimSuffix(strings.TrimPrefix(r.path, "/v1/text-to-speech/"), "/stream/with-timestamps"))
	}
	assert.Equal(t, []string{"MyVoice", "MyVoice", rachel, domi, bella, "other_Id-1"}, voices)

	flash := open(t, f, Settings{Model: "eleven_flash_v2_5"})
	require.NoError(t, flash.Synthesize(t.Context(), tts.Request{Text: "네", Language: "ko-KR"}, &listener{}))
	seen := f.seen()
	assert.Equal(t, "ko", seen[len(seen)-1].body["language_code"], "only these models take a language")
}

func TestErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		kind   fault.Kind
		hint   string
		calls  int
	}{
		"wrong key":      {401, `{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}`, fault.Unauthorized, hintKey, 1},
		"quota by 401":   {401, `{"detail":{"status":"quota_exceeded","message":"0 credits remaining"}}`, fault.Quota, hintQuota, 1},
		"quota by 403":   {403, `{"detail":{"status":"quota_exceeded","message":""}}`, fault.Quota, hintQuota, 1},
		"quota by 429":   {429, `{"detail":{"status":"quota_exceeded","message":""}}`, fault.Quota, hintQuota, 1},
		"must pay":       {402, `{"detail":{"type":"payment_required","code":"paid_plan_required","message":"Free users cannot use library voices via the API. Please upgrade your subscription to use this voice.","status":"payment_required","request_id":"0c"}}`, fault.Unauthorized, hintPaid, 1},
		"must pay, old":  {402, `{"detail":{"status":"payment_required","message":"Free users cannot use library voices via the API. Please upgrade your subscription to use this voice"}}`, fault.Unauthorized, hintPaid, 1},
		"no money":       {402, `{"detail":{"status":"payment_required","message":"x"}}`, fault.Quota, hintQuota, 1},
		"abuse":          {401, `{"detail":{"status":"detected_unusual_activity","message":"Unusual activity detected. Free Tier usage disabled."}}`, fault.Unauthorized, hintPaid, 1},
		"too long":       {400, `{"detail":{"status":"max_character_limit_exceeded","message":"This request's text has 627 characters"}}`, fault.Invalid, hintModelLong, 1},
		"permission":     {401, `{"detail":{"status":"missing_permissions","message":"x"}}`, fault.Unauthorized, hintPlan, 1},
		"plan":           {403, `{"detail":{"status":"only_for_creator+","message":"x"}}`, fault.Unauthorized, hintPlan, 1},
		"concurrent":     {429, `{"detail":{"status":"too_many_concurrent_requests","message":"x"}}`, fault.RateLimited, hintBusy, 3},
		"busy":           {429, `{"detail":{"status":"system_busy","message":"x"}}`, fault.RateLimited, hintBusy, 3},
		"voice by 404":   {404, `{"detail":{"status":"voice_not_found","message":"x"}}`, fault.Invalid, hintVoice, 1},
		"voice by 400":   {400, `{"detail":{"status":"voice_not_found","message":"x"}}`, fault.Invalid, hintVoice, 1},
		"voice id":       {400, `{"detail":{"status":"invalid_uid","message":"x"}}`, fault.Invalid, hintVoice, 1},
		"model":          {400, `{"detail":{"status":"model_not_found","message":"x"}}`, fault.Unconfigured, hintModel, 1},
		"validation":     {422, `{"detail":[{"loc":["body","text"],"msg":"field required","type":"missing"}]}`, fault.Invalid, hintRequest, 1},
		"another server": {404, `<html>not found</html>`, fault.Unconfigured, hintAddress, 1},
		"broken":         {500, `Internal Server Error`, fault.Unavailable, hintDown, 3},
		"overloaded":     {503, `{"detail":"Service Unavailable"}`, fault.Unavailable, hintDown, 3},
		"redirect":       {302, ``, fault.Unavailable, hintDown, 1},
		"no body":        {401, ``, fault.Unauthorized, hintKey, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := fakeAnswer{status: c.status, body: c.body, header: map[string]string{"Location": "http://127.0.0.1:1/steal"}}
			f := startFake(t, &fakeElevenLabs{answers: []fakeAnswer{answer, answer, answer, answer}})
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
	f := startFake(t, &fakeElevenLabs{})
	engine := open(t, f, Settings{APIKey: "sk_wrong-secret"})
	err := engine.Synthesize(t.Context(), tts.Request{Text: "네"}, &listener{})
	assert.Equal(t, fault.Unauthorized, fault.KindOf(err))
	require.ErrorContains(t, err, "Invalid API key", "the service's words are kept")
	assert.NotContains(t, err.Error(), "sk_wrong-secret")
	assert.NotContains(t, engine.Check(t.Context()).Error(), "sk_wrong-secret")
	f.server.Close()
	assert.NotContains(t, engine.Synthesize(t.Context(), tts.Request{Text: "네"}, &listener{}).Error(), "sk_wrong-secret")
}

func TestBusyServiceIsAskedAgain(t *testing.T) {
	t.Parallel()
	busy := fakeAnswer{status: 429, body: `{"detail":{"status":"system_busy"}}`}
	f := startFake(t, &fakeElevenLabs{answers: []fakeAnswer{busy, {status: 502}}})
	l := &listener{}
	require.NoError(t, open(t, f, Settings{}).Synthesize(t.Context(), tts.Request{Text: "네"}, l))
	assert.Len(t, f.seen(), 3)
	assert.NotEmpty(t, l.pcm)
}

func TestRetryEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	busy := fakeAnswer{status: 429, header: map[string]string{"Retry-After": "3000"}}
	f := startFake(t, &fakeElevenLabs{answers: []fakeAnswer{busy, busy, busy}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := open(t, f, Settings{}).Synthesize(ctx, tts.Request{Text: "네"}, &listener{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Len(t, f.seen(), 1, "the server asked for two seconds at least")
}

func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drop := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	write := func(text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	for name, c := range map[string]struct {
		interrupt func(http.ResponseWriter, *http.Request)
		kind      fault.Kind
	}{
		"silent for ever":  {hang, fault.Unavailable},
		"disconnected":     {drop, fault.Unavailable},
		"not JSON":         {write("oops\n"), fault.Unavailable},
		"not base64":       {write(`{"audio_base64":"%%%"}` + "\n"), fault.Unavailable},
		"lists differ":     {write(`{"audio_base64":"","alignment":{"characters":["a"],"character_start_times_seconds":[],"character_end_times_seconds":[]}}` + "\n"), fault.Unavailable},
		"quota in between": {write(`{"detail":{"status":"quota_exceeded","message":"used up"}}` + "\n"), fault.Quota},
		"endless line":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 13<<20)) }, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, &fakeElevenLabs{interrupt: c.interrupt})
			engine := impatient(t, open(t, f, Settings{}), 300*time.Millisecond)
			l := &listener{}
			err := engine.Synthesize(t.Context(), tts.Request{Text: "안녕하세요 반갑습니다"}, l)
			assert.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			assert.Len(t, f.seen(), 1, "what was heard is not asked for again")
			assert.Len(t, l.pcm, 4*24000/20, "what came before the break was passed on")
		})
	}
}

func TestSilentServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if strings.Contains(r.URL.Path, "empty") {
			w.WriteHeader(http.StatusOK)
			return
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	engine := impatient(t, open(t, &fakeElevenLabs{server: server}, Settings{}), 200*time.Millisecond)
	for _, voice := range []string{"hangs", "empty"} {
		err := engine.Synthesize(t.Context(), tts.Request{Text: "네", Voice: voice}, &listener{})
		assert.Equal(t, fault.Unavailable, fault.KindOf(err), voice)
		assert.Equal(t, hintDown, fault.HintOf(err), voice)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	hole, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := hole.Addr().String()
	require.NoError(t, hole.Close())
	opened, err := Open(t.Context(), Settings{APIKey: goodKey, BaseURL: "http://" + address}, plugin.Env{})
	require.NoError(t, err)
	engine, ok := opened.(*Engine)
	require.True(t, ok)
	err = impatient(t, engine, time.Second).Synthesize(t.Context(), tts.Request{Text: "네"}, &listener{})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Equal(t, fault.Unavailable, fault.KindOf(engine.Check(t.Context())))
}

func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	f := startFake(t, &fakeElevenLabs{interrupt: func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(released)
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := &listener{hook: func() error { cancel(); return nil }}
	err := open(t, f, Settings{}).Synthesize(ctx, tts.Request{Text: "안녕하세요 반갑습니다"}, l)
	assert.Equal(t, fault.Cancelled, fault.KindOf(err))
	<-released // the service hears of it too
}

func TestSinkErrorComesBack(t *testing.T) {
	t.Parallel()
	gone := errors.New("nobody listens")
	f := startFake(t, &fakeElevenLabs{})
	err := open(t, f, Settings{}).Synthesize(t.Context(), tts.Request{Text: "안녕하세요"}, &listener{hook: func() error { return gone }})
	require.ErrorIs(t, err, gone)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeElevenLabs{step: 50, oddBytes: true})
	engine := open(t, f, Settings{})
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			l := &listener{}
			err := engine.Synthesize(t.Context(), tts.Request{Text: strings.Repeat("가", i+1)}, l)
			assert.Empty(t, fault.KindOf(err), "%v", err)
			assert.True(t, slices.Equal(samples((i+1)*1200), l.pcm))
			assert.Len(t, l.marks, i+1)
		})
	}
	group.Wait()
}

func TestWrongRequestsCallNobody(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeElevenLabs{})
	engine := open(t, f, Settings{})
	for _, req := range []tts.Request{
		{Text: ""},
		{Text: "...!"},
		{Text: "😀"},
		{Text: "\xff"},
		{Text: strings.Repeat("가", 5001)},
		{Text: "네", Voice: "../../user"},
		{Text: "네", Voice: "a b"},
		{Text: "네", Voice: strings.Repeat("x", 65)},
	} {
		err := engine.Synthesize(t.Context(), req, &listener{})
		assert.Equal(t, fault.Invalid, fault.KindOf(err), "%.20q", req.Text)
		assert.NotEmpty(t, fault.HintOf(err))
	}
	assert.Empty(t, f.seen())
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeElevenLabs{})
	require.NoError(t, open(t, f, Settings{}).Check(t.Context()))
	assert.Equal(t, "/v1/user/subscription", f.seen()[0].path)
	assert.Equal(t, fault.Unauthorized, fault.KindOf(open(t, f, Settings{APIKey: "wrong"}).Check(t.Context())))
	f.answers = []fakeAnswer{{status: 401, body: `{"detail":{"status":"missing_permissions","message":"user_read"}}`}}
	require.NoError(t, open(t, f, Settings{}).Check(t.Context()), "a key that may only speak is enough")
}

func TestOpenRefusesWrongSettings(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]Settings{
		"no key": {}, "blank key": {APIKey: "  "}, "address": {APIKey: "k", BaseURL: "ftp://x"}, "no host": {APIKey: "k", BaseURL: "https://"},
		"voice": {APIKey: "k", VoiceID: "a/b"}, "key with line break": {APIKey: "a\nb"},
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
	require.NoError(t, m.CheckSettings([]byte(`{"api_key":"k","base_url":"","model_id":"","voice_id":"","sample_rate":22050,"voice_settings":{"speed":1.1}}`)))
	for _, wrong := range []string{`{}`, `{"api_key":""}`, `{"api_key":"k","base_url":"ftp://x"}`, `{"api_key":"k","sample_rate":8000}`, `{"api_key":"k","voice_id":"a/b"}`} {
		require.Error(t, m.CheckSettings([]byte(wrong)), wrong)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	f := startFake(t, &fakeElevenLabs{})
	settings, err := json.Marshal(map[string]string{"api_key": goodKey, "base_url": f.server.URL})
	require.NoError(t, err)
	plugintest.Run(t, plugintest.Subject{Dir: plugintest.Build(t), Settings: settings})
}
