package filter_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/llm-openai/internal/filter"
)

func run(pieces ...string) string {
	f := filter.New()
	var out strings.Builder
	for _, p := range pieces {
		out.WriteString(f.Feed(p))
	}
	out.WriteString(f.Flush())
	return out.String()
}

func TestWhatIsHeard(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"안녕하세요.":                                             "안녕하세요.",
		"<think>음…</think>\n\n안녕하세요.":                        "안녕하세요.",
		"<think>끝나지 않는 생각":                                   "",
		"생각</think> 안녕":                                      "생각안녕",
		"  안녕 하세요 ":                                          "안녕 하세요 ",
		"안녕<|im_end|>":                                       "안녕",
		"<|im_start|>assistant\n안녕<|im_end|>\n<|endoftext|>": "안녕\n",
		"끝.<|eot_id|></s>":                                   "끝.",
		"1 < 2 <3 <b>굵게</b> <| 그냥":                           "1 < 2 <3 <b>굵게</b> <| 그냥",
		`<THINK type="x">음</Think > 안녕`:                      "안녕",
		"<thinking>음 <b>생각</b> <|x|></thinking>\n네":          "네",
		"안녕<｜end▁of▁sentence｜>":                              "안녕",
		"<｜Assistant｜>안녕<｜end of｜":                           "안녕<｜end of｜",
		"<start_of_turn>model\n안녕<end_of_turn>":              "안녕",
		"<think about it> <thinker> <think":                  "<think about it> <thinker> <think",
		"a <|> b <||> <｜x":                                   "a <|> b <||> <｜x",
		"<":                                                  "<", "<|": "<|", "<th": "<th",
		"a<think>b</think>c<think>d</think> e": "ace",
	} {
		assert.Equal(t, want, run(answer), answer)
	}
}

func TestTextIsNotHeldBack(t *testing.T) {
	t.Parallel()
	f := filter.New()
	assert.Equal(t, "안녕", f.Feed("안녕"))
	assert.Equal(t, " 1 ", f.Feed(" 1 <"))
	assert.Equal(t, "< 2", f.Feed(" 2"))
	assert.Equal(t, " <b", f.Feed(" <b"))
	assert.Equal(t, "> ", f.Feed("> <think ab"), "it may have an attribute")
	assert.Equal(t, "<think about it", f.Feed("out it"))
}

func FuzzAnySplit(f *testing.F) {
	f.Add("<think>a</think>b<|im_end|>", uint16(3), uint16(9))
	f.Add("<｜a▁b｜>안<think a=b></THINK >", uint16(7), uint16(9))
	f.Add("안녕<|im_start|>assistant\n하세요</s>", uint16(1), uint16(20))
	f.Fuzz(func(t *testing.T, answer string, a, b uint16) {
		if !utf8.ValidString(answer) {
			return
		}
		i, j := min(int(a), len(answer)), min(int(b), len(answer))
		i, j = min(i, j), max(i, j)
		whole := run(answer)
		assert.True(t, utf8.ValidString(whole))
		assert.Equal(t, whole, run(answer[:i], answer[i:j], answer[j:]))
		assert.Equal(t, whole, run(strings.Split(answer, "")...))
	})
}
