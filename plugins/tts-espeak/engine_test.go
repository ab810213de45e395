package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

const greeting = "안녕하세요. 오늘 면접을 진행할 면접관입니다. 간단하게 자기소개를 부탁드립니다."

func TestMarksFollowTheSound(t *testing.T) {
	t.Parallel()
	l := speak(t, open(t, Settings{}), tts.Request{Text: greeting})
	assert.Equal(t, speech.Format{SampleRate: rateHz, Marks: speech.Phonemes}, l.format)
	assert.Equal(t, "| ɐ n n j ʌ ŋ h ɐ s e j o | o n ɯ m j ʌ n dʑ ʌ b ɯ", text(l.marks)[:len("| ɐ n n j ʌ ŋ h ɐ s e j o | o n ɯ m j ʌ n dʑ ʌ b ɯ")])
	for i, m := range l.marks {
		assert.Positive(t, m.Length)
		end := int64(len(l.pcm))
		if i+1 < len(l.marks) {
			end = l.marks[i+1].Start
		}
		assert.Equal(t, end, m.Start+m.Length, "mark %d (%q) lasts until the next", i, m.Text)
	}
	var vowels, pauses []int16
	for _, m := range l.marks {
		piece := l.pcm[m.Start : m.Start+m.Length]
		switch m.Text {
		case "ɐ", "i", "ʌ", "e", "ɛ", "o":
			vowels = append(vowels, piece...)
		case "":
			pauses = append(pauses, piece...)
		}
	}
	assert.Greater(t, level(vowels)-level(pauses), 25.0, "vowels sound, pauses do not")
}

func TestLipsCloseWhereTheyAreHeardToClose(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	for text, want := range map[string]string{
		"마바파": "mbp", "아빠 엄마": "pmm", "밥": "pp", "Map the bumpy path": "mpbmpp", "합니다": "m",
	} {
		l := speak(t, engine, tts.Request{Text: text})
		var got strings.Builder
		for i, m := range l.marks {
			if !slices.Contains([]string{"m", "b", "p"}, m.Text) {
				continue
			}
			got.WriteString(m.Text)
			require.NotZero(t, i)
			closed := level(l.pcm[m.Start : m.Start+m.Length])
			open := -100.0
			for _, beside := range []speech.Mark{l.marks[i-1], l.marks[i+1]} {
				open = max(open, level(l.pcm[beside.Start:beside.Start+beside.Length]))
			}
			assert.Less(t, closed, open, "%q: closed lips are quieter than the sound beside them", text)
		}
		assert.Equal(t, want, got.String(), text)
	}
}

func TestSoundBeginsWhereItsMarkDoes(t *testing.T) {
	t.Parallel()
	l := speak(t, open(t, Settings{}), tts.Request{Text: "아. 아! 아? 아.\n아."})
	vowels := 0
	for _, m := range l.marks {
		if m.Text == "" {
			continue
		}
		vowels++
		const window = rateHz / 50
		assert.Less(t, level(l.pcm[m.Start-window:m.Start]), -45.0, "20 ms before a vowel")
		assert.Greater(t, level(l.pcm[m.Start:m.Start+window]), -40.0, "20 ms from its start")
		end := m.Start + m.Length
		assert.Greater(t, level(l.pcm[end-2*window:end]), -45.0, "40 ms before its end")
		assert.Less(t, level(l.pcm[end+window:end+2*window]), -45.0, "20 ms after its end")
	}
	assert.Equal(t, 5, vowels)
}

func TestSilenceAtTheEnds(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	for _, text := range []string{greeting, "아.", "밥", "스", "Stop.", "네?"} {
		l := speak(t, engine, tts.Request{Text: text})
		first, last := l.marks[0], l.marks[len(l.marks)-1]
		assert.Equal(t, speech.Mark{Start: 0, Length: rateHz * 60 / 1000}, first, text)
		assert.Equal(t, speech.Mark{Start: int64(len(l.pcm)) - rateHz*120/1000, Length: rateHz * 120 / 1000}, last, text)
		assert.Less(t, level(l.pcm[:first.Length]), -80.0, text)
		assert.Less(t, level(l.pcm[last.Start:]), -45.0, text)
		assert.Less(t, level(l.pcm[len(l.pcm)-rateHz*60/1000:]), -80.0, text)
		assert.Greater(t, level(l.pcm[first.Length:first.Length+rateHz/10]), -45.0, "%s: it speaks soon", text)
	}
}

func TestLoudnessAndPeaks(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	for _, voice := range []string{"Custom", "Jiwon", "Sora", "Minjun", "Hyunwoo", "Grace", "Daniel", "ko", "en-us+f5", "+Andrea", "+m7"} {
		l := speak(t, engine, tts.Request{Text: greeting, Voice: voice})
		peak := 0
		for _, s := range l.pcm {
			peak = max(peak, int(s), -int(s))
		}
		assert.InDelta(t, -18, loudness(l.pcm), 2, voice)
		assert.Less(t, peak, 27800, voice)
		assert.Greater(t, peak, 8000, voice)
	}
}

func TestDurationsArePlausible(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	seconds := func(req tts.Request, engine tts.Synthesizer) float64 {
		return float64(len(speak(t, engine, req).pcm)) / rateHz
	}
	normal := seconds(tts.Request{Text: greeting}, engine)
	syllables := 36.0
	assert.InDelta(t, 4.8, syllables/normal, 0.8, "syllables a second")
	slow := seconds(tts.Request{Text: greeting}, open(t, Settings{Speed: 0.7}))
	assert.InDelta(t, 1/0.7, slow/normal, 0.2)
	assert.Greater(t, seconds(tts.Request{Text: greeting + greeting}, engine), 1.9*normal)
	assert.Less(t, seconds(tts.Request{Text: "네."}, engine), 0.8)
}

func TestSameTextSameBytes(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	want := speak(t, engine, tts.Request{Text: greeting})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			_ = engine.Synthesize(t.Context(), tts.Request{Text: "Something else", Voice: "Minjun"}, &listener{t: t})
			got := &listener{t: t}
			if assert.NoError(t, engine.Synthesize(t.Context(), tts.Request{Text: greeting}, got)) {
				assert.True(t, slices.Equal(want.pcm, got.pcm), "call %d", i)
				assert.Equal(t, want.marks, got.marks, "call %d", i)
			}
		})
	}
	group.Wait()
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	for _, c := range []struct {
		req  tts.Request
		want string
	}{
		{tts.Request{Text: "Hello"}, "h ə l oʊ"},
		{tts.Request{Text: "Hello", Voice: "Daniel"}, "h ə l əʊ"},
		{tts.Request{Text: "Hello", Language: "en-GB"}, "h ə l əʊ"},
		{tts.Request{Text: "안녕", Language: "ko-KR"}, "ɐ n n j ʌ ŋ"},
		{tts.Request{Text: "Bonjour", Language: "fr"}, "b ɔ ʒ u ʁ"},
		{tts.Request{Text: "3개"}, "s e ɡ ɛ"},
		{tts.Request{Text: "50%"}, "o s i p p ʌ s e n t h ɯ"},
		{tts.Request{Text: "AI"}, "eɪ aɪ"},
		{tts.Request{Text: "AI 면접"}, "e i | ɐ i m j ʌ n dʑ ʌ p"},
		{tts.Request{Text: "a < b & c", Language: "en"}, "ɐ | b i | æ n d s i"},
		{tts.Request{Text: "안녕 مرحبا"}, "ɐ n n j ʌ ŋ | m"},
		{tts.Request{Text: "안녕", Voice: "en-us"}, "ɐ n n j ʌ ŋ"},
	} {
		l := speak(t, engine, c.req)
		assert.Contains(t, text(l.marks), "| "+c.want, "%+v", c.req)
	}
}

func TestOddTextsAreSpokenOrRefused(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	for _, text := range []string{
		"<speak>안녕 & hi</speak>", "a\x01+50s b", "\xff\xfe안녕\x80", "[[h@l]] 안녕", "שלום עולם", "مرحبا بك", "e\u0301te\u0301", "ㅋㅋㅋ",
		"安寧", "1e400", "-", "0", strings.Repeat("아", 500), strings.Repeat("?", 4999) + "네", "𓀀", "\u202e거꾸로", "x\u0000y",
	} {
		l := &listener{t: t}
		err := engine.Synthesize(t.Context(), tts.Request{Text: text}, l)
		if text == "-" {
			assert.Equal(t, fault.Invalid, fault.KindOf(err))
			continue
		}
		require.NoError(t, err, "%.40q", text)
		assert.Greater(t, len(l.pcm), rateHz/4, "%.40q", text)
	}
	for _, text := range []string{"", " \n", "...!?", "😀👍🏽", "\u200b\ufeff", "\xff", "—…·"} {
		l := &listener{t: t}
		err := engine.Synthesize(t.Context(), tts.Request{Text: text}, l)
		assert.Equal(t, fault.Invalid, fault.KindOf(err), "%q", text)
		assert.Equal(t, hintNothing, fault.HintOf(err))
		assert.Zero(t, l.starts, "nothing was started for %q", text)
	}
}

func TestMarkupIsOnlyText(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	plain := speak(t, engine, tts.Request{Text: "반갑습니다"})
	marked := speak(t, engine, tts.Request{Text: `<prosody rate="10%">반갑습니다</prosody>`})
	assert.Greater(t, len(marked.pcm), len(plain.pcm)+rateHz/2, "the tags are read, not obeyed")
}

func TestWrongRequests(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	for name, c := range map[string]struct {
		req  tts.Request
		hint string
	}{
		"voice":          {tts.Request{Text: "네", Voice: "nobody"}, hintVoice},
		"voice unknown":  {tts.Request{Text: "네", Voice: "xx"}, hintVoice},
		"voice timbre":   {tts.Request{Text: "네", Voice: "ko+nobody"}, hintVoice},
		"voice path":     {tts.Request{Text: "네", Voice: "../../etc/passwd"}, hintVoice},
		"voice escape":   {tts.Request{Text: "네", Voice: "ko+../../x"}, hintVoice},
		"voice control":  {tts.Request{Text: "네", Voice: "ko\x00+f3"}, hintVoice},
		"language":       {tts.Request{Text: "nuqneH", Language: "tlh"}, hintLanguage},
		"language trash": {tts.Request{Text: "x", Language: "../ko"}, hintLanguage},
		"too long":       {tts.Request{Text: strings.Repeat("가", 5001)}, hintTooLong},
	} {
		err := engine.Synthesize(t.Context(), c.req, &listener{t: t})
		assert.Equal(t, fault.Invalid, fault.KindOf(err), name)
		assert.Equal(t, c.hint, fault.HintOf(err), name)
	}
}

func TestFiveThousandCharacters(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	for _, text := range []string{strings.Repeat("안녕하세요 저는 ", 555), strings.Repeat("9", 5000)} {
		l := speak(t, engine, tts.Request{Text: text})
		assert.Greater(t, len(l.pcm), 300*rateHz)
		assert.Greater(t, len(l.marks), 5000)
	}
}

func TestCancelStopsAndHarmsNobody(t *testing.T) {
	t.Parallel()
	engine := open(t, Settings{})
	want := speak(t, engine, tts.Request{Text: greeting})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			l := &listener{t: t}
			l.hook = func() error { cancel(); return nil }
			err := engine.Synthesize(ctx, tts.Request{Text: strings.Repeat(greeting, 50)}, l)
			assert.Equal(t, fault.Cancelled, fault.KindOf(err))
			assert.Less(t, len(l.pcm), 20*rateHz, "it stopped early")
		})
		group.Go(func() {
			got := &listener{t: t}
			if assert.NoError(t, engine.Synthesize(t.Context(), tts.Request{Text: greeting}, got)) {
				assert.True(t, slices.Equal(want.pcm, got.pcm))
			}
		})
	}
	group.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := &listener{t: t}
	assert.Equal(t, fault.Cancelled, fault.KindOf(engine.Synthesize(ctx, tts.Request{Text: "네"}, l)))
	assert.Zero(t, l.starts)
}

func TestSinkErrorComesBack(t *testing.T) {
	t.Parallel()
	gone := errors.New("nobody listens")
	l := &listener{t: t, hook: func() error { return gone }}
	err := open(t, Settings{}).Synthesize(t.Context(), tts.Request{Text: greeting}, l)
	require.ErrorIs(t, err, gone)
	assert.Equal(t, 1, l.chunks)
}

func TestOpenTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Settings{}, plugin.Env{NativesDir: t.TempDir(), TempDir: t.TempDir()})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Equal(t, hintLibrary, fault.HintOf(err))
	_, err = Open(t.Context(), Settings{Voice: "ko+nobody"}, plugin.Env{NativesDir: nativesDir(), TempDir: t.TempDir()})
	assert.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestOpenWithoutFolderCleansUp(t *testing.T) {
	t.Parallel()
	opened, err := Open(t.Context(), Settings{Voice: "custom"}, plugin.Env{NativesDir: nativesDir()})
	require.NoError(t, err)
	engine, ok := opened.(*Engine)
	require.True(t, ok)
	require.NoError(t, engine.Check(t.Context()))
	require.DirExists(t, engine.owned)
	require.NoError(t, engine.Close())
	require.NoDirExists(t, engine.owned)
}

func TestManifest(t *testing.T) {
	t.Parallel()
	m, err := manifest.Load(".")
	require.NoError(t, err)
	require.NoError(t, m.CheckSettings([]byte(`{"voice":"","speed":1.2,"pitch":0.9,"expression":1.5}`)))
	require.Error(t, m.CheckSettings([]byte(`{"speed":5}`)))
	engine := open(t, Settings{})
	for _, voice := range m.TTS.Voices {
		speak(t, engine, tts.Request{Text: "네, 알겠습니다.", Voice: voice})
	}
	for _, language := range m.TTS.Languages {
		speak(t, engine, tts.Request{Text: "1, 2, 3", Language: language})
	}
}

// BenchmarkSynthesize speaks four seconds of Korean and reports when the first chunk came.
func BenchmarkSynthesize(b *testing.B) {
	engine, err := Open(b.Context(), Settings{}, plugin.Env{NativesDir: nativesDir(), TempDir: b.TempDir()})
	require.NoError(b, err)
	var first, seconds float64
	for b.Loop() {
		start := time.Now()
		l := &listener{t: b}
		l.hook = func() error {
			if l.chunks == 1 {
				first += time.Since(start).Seconds()
			}
			return nil
		}
		require.NoError(b, engine.Synthesize(b.Context(), tts.Request{Text: "먼저 간단하게 자기소개와 지원 동기를 말씀해 주세요."}, l))
		seconds = float64(len(l.pcm)) / rateHz
	}
	b.ReportMetric(1000*first/float64(b.N), "ms-to-first-chunk")
	b.ReportMetric(seconds, "seconds-of-speech")
}
