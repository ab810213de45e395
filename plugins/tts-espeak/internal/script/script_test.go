package script_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/script"
)

func TestCleanLeavesWhatCanBeSpoken(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"안녕":                                   "안녕",
		"\u1112\u1161\u11ab\u1100\u1173\u11af": "한글", // decomposed, as some file systems give it
		"a\x01+10sb":                           "a+10sb",
		"\xff\xfe안\x80녕":                       "안녕",
		"좋아요 😀👍🏽!":                             "좋아요    !",
		"1️⃣":                                  "1",
		"\u202eשלום\u202c":                     "שלום",
		"ＡＢＣ１２":                                "ABC12",
		"첫째\r\n둘째\u2028셋째":                     "첫째\n\n둘째\n셋째",
		"가\t나\u00a0다":                          "가 나 다",
		"제Ⅲ장 Ⅻ":                                "제3장 12",
		"①㈜½":                                  "1주식회사 1/2",
		"\u0000\u0007\ufeff":                   "",
		"<b>&amp;":                             "<b>&amp;",
	} {
		assert.Equal(t, want, script.Clean(text), "%q", text)
	}
}

func TestSpeakable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": false, "...!?": false, "—": false, "%": false, "😀": false, "가": true, "7": true, "ㅋ": true, "x.": true, "مرحبا": true,
	} {
		assert.Equal(t, want, script.Speakable(script.Clean(text)), "%q", text)
	}
}

func TestMainLanguage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"안녕하세요": "ko", "REST API를 설명해 주세요": "ko", "Hello there": "en", "2024": "ko", "Привет": "ru", "مرحبا": "ar",
		"こんにちは東京": "ja", "漢字": "zh", "שלום": "he", "Γειά": "el", "नमस्ते": "hi", "สวัสดี": "th", "": "ko",
		"100% 0.5%p": "ko", "20cm×30cm": "ko", "3x4=12": "ko", "1st place": "en", "5 GB": "en",
	} {
		assert.Equal(t, want, script.Main(text), text)
	}
}

func TestSplitSentences(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"안녕하세요. 반갑습니다! 누구세요?":         {"안녕하세요.", "반갑습니다!", "누구세요?"},
		"버전 3.5GB입니다. v2.0은?":         {"버전 3.5GB입니다.", "v2.0은?"},
		"Mr. Kim met J. Park. Hello.": {"Mr. Kim met J. Park.", "Hello."},
		"그는 \"좋아요.\" 라고 했다.":          {"그는 \"좋아요.\"", "라고 했다."},
		"음... 글쎄요?! 네":                {"음...", "글쎄요?!", "네"},
		"첫째\n둘째\n\n셋째":                {"첫째", "둘째", "셋째"},
		"... !!! ":                    nil,
		"가요!안녕 http://a.b/?c=d":       {"가요!", "안녕 http://a.b/?c=d"},
		"네. ... 그렇죠.":                 {"네.", "그렇죠."},
		"你好。再见！":                      {"你好。", "再见!"},
		"2024. 3. 15. 입사":             {"2024. 3. 15. 입사"},
		"1. 자기소개 2. 지원 동기":            {"1. 자기소개 2. 지원 동기"},
		"올해는 2024. 그리고":               {"올해는 2024.", "그리고"},
	} {
		var got []string
		for _, part := range script.Split(script.Clean(text), script.Main(text)) {
			got = append(got, part.Text)
		}
		assert.Equal(t, want, got, text)
	}
}

func TestSplitTellsLanguagesAndPauses(t *testing.T) {
	t.Parallel()
	parts := script.Split("안녕 REST API, مرحبا 그리고 끝.\n다음", "ko")
	assert.Equal(t, []script.Part{
		{Text: "안녕 REST API,", Language: "ko", Pause: 220 * time.Millisecond},
		{Text: "مرحبا", Language: "ar", Pause: 90 * time.Millisecond},
		{Text: "그리고 끝.", Language: "ko", Pause: 650 * time.Millisecond},
		{Text: "다음", Language: "ko", Pause: 650 * time.Millisecond},
	}, parts)
	assert.Equal(t, "fr", script.Split("Bonjour", "fr")[0].Language)
	assert.Equal(t, "uk", script.Split("Привіт", "uk")[0].Language, "Cyrillic is at home in Ukrainian")
	assert.Equal(t, "ko", script.Split("가나다", "en")[0].Language, "Hangul is not at home in English")
}

func TestSplitBoundsEveryPart(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("가", 5000), strings.Repeat("가나다 ", 1250), strings.Repeat("word, ", 833), strings.Repeat("9", 5000),
	} {
		total := 0
		for _, part := range script.Split(text, "ko") {
			n := utf8.RuneCountInString(part.Text)
			assert.LessOrEqual(t, n, 200)
			total += len(strings.ReplaceAll(part.Text, " ", ""))
		}
		assert.Equal(t, len(strings.ReplaceAll(text, " ", "")), total, "nothing is lost")
	}
}

func TestBreakWords(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "짧은 말은 그대로.", script.BreakWords("짧은 말은 그대로."))
	long := strings.Repeat("가", 30)
	assert.Equal(t, long, script.BreakWords(long))
	assert.Equal(t, long+" "+long+" 가 "+long, script.BreakWords(long+long+"가 "+long))
}

func FuzzSplit(f *testing.F) {
	f.Add("안녕. Hello! مرحبا\n1.2 \"가.\" e.g. x", "ko")
	f.Fuzz(func(t *testing.T, text, language string) {
		for _, part := range script.Split(script.Clean(text), language) {
			assert.True(t, utf8.ValidString(part.Text))
			assert.True(t, script.Speakable(part.Text))
		}
	})
}
