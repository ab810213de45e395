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
}

func candidates(t *testing.T) []candidate {
	t.Helper()
	raw, err := os.ReadFile("testdata/candidates.yaml")
	require.NoError(t, err)
	var all []candidate
	require.NoError(t, yaml.Unmarshal(raw, &all))
	require.Len(t, all, 20)
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
func hold(t *testing.T, c candidate, withBank bool, seed int64, turns int) (replies []string, transcript string) {
	t.Helper()
	s, err := script.Load()
	require.NoError(t, err)
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
	unspeakable = regexp.MustCompile(`[*#_{}\[\]()<>/|]|\s{2,}|😀`)
	politeEnd   = regexp.MustCompile(`(요|다|까)[.?]$`)
)

// The transcripts are printed with -v and, where TRANSCRIPTS names a folder, written there, to be read.
func TestTwentyCandidates(t *testing.T) {
	t.Parallel()
	for _, c := range candidates(t) {
		for _, withBank := range []bool{true, false} {
			t.Run(fmt.Sprint(c.Name, " ", withBank), func(t *testing.T) {
				t.Parallel()
				turns := 15
				if !withBank {
					turns = 50
				}
				replies, transcript := hold(t, c, withBank, 1, turns)
				t.Log(c.Name, c.Job, "\n", transcript)
				if dir := os.Getenv("TRANSCRIPTS"); dir != "" {
					require.NoError(t, os.MkdirAll(dir, 0o700))
					require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%t.txt", c.Name, withBank)), []byte(transcript), 0o600))
				}
				asked := map[string]int{}
				for n, reply := range replies {
					assert.NotRegexp(t, unspeakable, reply)
					assert.LessOrEqual(t, utf8.RuneCountInString(reply), 260, reply)
					assert.LessOrEqual(t, strings.Count(reply, "?"), 1, reply)
					assert.NotEmpty(t, reply)
					if c.Language != "en" {
						assert.Regexp(t, politeEnd, reply)
					}
					if q := question(reply); q != "" && !strings.Contains(reply, "다시 말씀드리겠습니다") && !strings.Contains(reply, "다시 여쭙겠습니다") {
						before, again := asked[q]
						assert.False(t, again, "turns %d and %d: %q", before, n, q)
						asked[q] = n
					}
				}
				again, _ := hold(t, c, withBank, 1, 10)
				assert.Equal(t, replies[:10], again, "the same seed gives the same interview")
			})
		}
	}
}

// question is the sentence of a reply that asks; "" when none does.
func question(reply string) string {
	for _, sentence := range regexp.MustCompile(`[^.?]+[.?]`).FindAllString(reply, -1) {
		if strings.HasSuffix(sentence, "?") {
			return strings.TrimSpace(sentence)
		}
	}
	return ""
}

func TestDifferentSeedsDiffer(t *testing.T) {
	t.Parallel()
	c := candidates(t)[0]
	first, _ := hold(t, c, false, 1, 12)
	second, _ := hold(t, c, false, 2, 12)
	assert.NotEqual(t, first, second)
}

func TestAGoodInterviewComesToItsEnd(t *testing.T) {
	t.Parallel()
	replies, _ := hold(t, candidates(t)[0], true, 1, 25)
	end := -1
	for n, reply := range replies {
		if strings.Contains(reply, "마치겠습니다") || strings.Contains(reply, "여기까지 하겠습니다") {
			end = n
			break
		}
	}
	assert.True(t, end >= 9 && end <= 15, "it ends at turn %d", end)
	for _, reply := range replies[end+1:] {
		assert.NotContains(t, reply, "?", "after the end nothing is asked")
	}
}
