package script_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/script"
)

// candidate is somebody who answers.
type candidate struct {
	Name     string   `yaml:"name"`
	Company  string   `yaml:"company"`
	Job      string   `yaml:"job"`
	Language string   `yaml:"language"`
	Lines    []string `yaml:"lines"`
	// Hears are patterns of what the interviewer must say at some time, Never pieces of what it must not say.
	Hears []string `yaml:"hears"`
	Never []string `yaml:"never"`
}

func candidates(t *testing.T) []candidate {
	t.Helper()
	raw, err := os.ReadFile("testdata/candidates.yaml")
	require.NoError(t, err)
	var all []candidate
	require.NoError(t, yaml.Unmarshal(raw, &all))
	require.GreaterOrEqual(t, len(all), 20)
	return all
}

// bank is a set as the host gives it: by level, some with follow-ups.
func bank(language string) []script.Question {
	var all []script.Question
	ko := map[string][]string{
		"opening":       {"지금까지의 경험 가운데 저희가 꼭 알아야 할 것을 중심으로 자기소개를 부탁드립니다.", "이 일을 선택하시게 된 계기는 무엇인가요?"},
		"experience":    {"재현하기 어려운 문제를 쫓아가 보신 적이 있으신가요?", "일정이 밀렸을 때 어떤 결정을 하셨나요?", "의견이 다른 동료를 설득하신 일을 들려주시겠어요?", "처음 접하는 도구를 짧은 기간에 익히신 경험이 궁금합니다."},
		"job_knowledge": {"모호한 요구를 검증할 수 있는 사양으로 어떻게 바꾸시나요?", "측정값을 믿어도 되는지 어떻게 판단하시나요?", "증상과 원인을 어떻게 구별하시나요?"},
		"situation":     {"출하 하루 전에 드물게 나타나는 결함을 발견하셨다면 어떻게 하시겠습니까?", "선배가 검증을 건너뛰자고 한다면 어떻게 말씀하시겠어요?"},
		"values":        {"일하면서 절대 타협하지 않는 원칙은 무엇인가요?"},
		"closing":       {"저희가 꼭 기억했으면 하는 점을 한 가지만 말씀해 주시겠어요?"},
	}
	if language == "en" {
		ko = map[string][]string{
			"experience": {"Tell me about a campaign that did not go as planned.", "Which market did you have to learn from nothing?"},
			"situation":  {"Head office wants one message for all countries, and the local team refuses. What do you do?"},
		}
	}
	for _, level := range []string{"opening", "experience", "job_knowledge", "situation", "values", "closing"} {
		for _, text := range ko[level] {
			q := script.Question{Level: level, Text: text}
			if level != "opening" && level != "closing" && language != "en" {
				q.FollowUps = []string{fmt.Sprintf("%d번째 질문의 꼬리질문에 답해 주시겠어요?", len(all))}
			}
			all = append(all, q)
		}
	}
	return all
}

// hold lets a candidate be interviewed, and gives the interviewer's replies and the transcript.
func hold(s *script.Script, c candidate, withBank bool, seed int64, turns int) (replies []string, transcript string) {
	language := c.Language
	if language == "" {
		language = "ko"
	}
	i := script.Interview{Company: c.Company, Job: c.Job, Language: language, Seed: seed}
	if withBank {
		i.Questions = bank(language)
	}
	var out strings.Builder
	for n := range turns {
		said := c.Lines[n%len(c.Lines)]
		i.Turns = append(i.Turns, script.Turn{Text: said})
		reply := s.Next(i)
		for q := range i.Questions {
			i.Questions[q].Asked = i.Questions[q].Asked || strings.Contains(reply, i.Questions[q].Text)
		}
		i.Turns = append(i.Turns, script.Turn{Interviewer: true, Text: reply})
		replies = append(replies, reply)
		fmt.Fprintf(&out, "  지원자: %s\n  면접관: %s\n", said, reply)
	}
	return replies, out.String()
}

var (
	unspeakable = regexp.MustCompile(`[*#_{}\[\]()<>/|"]|\s{2,}|😀`)
	// polite are the ends of sentences; a name is addressed with 님.
	polite = regexp.MustCompile(`(요|다|까|님|^네|인가)[.?]$|지요\.$`)
	praise = regexp.MustCompile(`훌륭|대단|멋지|완벽|인상적|좋은 답변|(?i)\b(great|excellent|impressive|wonderful|amazing|perfect)\b`)
	asking = regexp.MustCompile(`\?$|(부탁드립니다|부탁드리겠습니다|말씀해 주세요|소개해 주세요|들려주세요|궁금합니다)\.$`)
	// waiting are requests that ask nothing new.
	waiting = regexp.MustCompile(`앞의 질문|조금 전|준비되시면|정리되시면|^편하게 말씀|한 번 더 말씀|다시 들려|더 궁금하신|다른 궁금한|그 밖에|(?i)say that again|once more|anything else|other questions|something more`)
	again   = regexp.MustCompile(`다시 (말씀드리겠습니다|여쭙겠습니다)|이어서 (진행하겠습니다|계속)|say it again|question again|once more, slowly|go on\.|where we stopped`)
)

func sentences(reply string) []string {
	var all []string
	for _, s := range regexp.MustCompile(`[^.?]+(\.\d[^.?]*)*[.?]`).FindAllString(reply, -1) {
		all = append(all, strings.TrimSpace(s))
	}
	return all
}

// speaksWell checks what holds for every reply.
func speaksWell(t *testing.T, c candidate, reply string) {
	t.Helper()
	assert.NotEmpty(t, reply)
	assert.NotRegexp(t, unspeakable, reply)
	assert.NotRegexp(t, praise, reply)
	assert.LessOrEqual(t, strings.Count(reply, "?"), 1, reply)
	assert.LessOrEqual(t, len(sentences(reply)), 6, reply)
	longest := 190 // of Hangul; a token is a syllable at worst
	if c.Language == "en" {
		longest = 400
	}
	assert.LessOrEqual(t, utf8.RuneCountInString(reply), longest, reply)
	for _, sentence := range sentences(reply) {
		if c.Language == "en" {
			assert.NotRegexp(t, `[가-힣]`, sentence)
			continue
		}
		assert.Regexp(t, polite, sentence, reply)
	}
	for _, never := range c.Never {
		assert.NotContains(t, reply, never)
	}
}

// asksOnce checks that no question comes back unless it was asked for.
func asksOnce(t *testing.T, replies []string) {
	t.Helper()
	asked := map[string]int{}
	for n, reply := range replies {
		for _, sentence := range sentences(reply) {
			if !asking.MatchString(sentence) || waiting.MatchString(sentence) || again.MatchString(reply) {
				continue
			}
			before, said := asked[sentence]
			assert.False(t, said, "turns %d and %d: %q", before, n, sentence)
			asked[sentence] = n
		}
	}
}

// The transcripts are printed with -v and, where TRANSCRIPTS names a folder, written there, to be read.
func TestCandidates(t *testing.T) {
	t.Parallel()
	s := load(t)
	for _, c := range candidates(t) {
		for _, withBank := range []bool{true, false} {
			t.Run(fmt.Sprint(c.Name, " ", withBank), func(t *testing.T) {
				t.Parallel()
				turns := 15
				if !withBank {
					turns = 50
				}
				replies, transcript := hold(s, c, withBank, 1, turns)
				t.Log(c.Name, c.Job, "\n", transcript)
				if dir := os.Getenv("TRANSCRIPTS"); dir != "" {
					require.NoError(t, os.MkdirAll(dir, 0o700))
					require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%t.txt", c.Name, withBank)), []byte(transcript), 0o600))
				}
				for _, reply := range replies {
					speaksWell(t, c, reply)
				}
				asksOnce(t, replies)
				if withBank {
					for _, piece := range c.Hears {
						assert.Regexp(t, piece, strings.Join(replies, "\n"))
					}
				}
				same, _ := hold(s, c, withBank, 1, 10)
				assert.Equal(t, replies[:10], same, "the same seed gives the same interview")
			})
		}
	}
}

func load(t *testing.T) *script.Script {
	t.Helper()
	s, err := script.Load()
	require.NoError(t, err)
	return s
}
