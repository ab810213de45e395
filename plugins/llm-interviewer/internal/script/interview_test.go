package script_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/script"
)

// reply answers the last of what was said in turn, the candidate first.
func reply(s *script.Script, i script.Interview, said ...string) string {
	for n, text := range said {
		i.Turns = append(i.Turns, script.Turn{Interviewer: n%2 == 1, Text: text})
	}
	return s.Next(i)
}

func TestDifferentSeedsDiffer(t *testing.T) {
	t.Parallel()
	s, c := load(t), candidates(t)[0]
	first, _ := hold(s, c, false, 1, 12)
	second, _ := hold(s, c, false, 2, 12)
	assert.NotEqual(t, first, second)
}

func TestAGoodInterviewComesToItsEnd(t *testing.T) {
	t.Parallel()
	replies, _ := hold(load(t), candidates(t)[0], true, 1, 25)
	end := -1
	for n, reply := range replies {
		if strings.Contains(reply, "마치겠습니다") || strings.Contains(reply, "여기까지 하겠습니다") {
			end = n
			break
		}
	}
	require.True(t, end >= 9 && end <= 17, "it ends at turn %d", end)
	for _, reply := range replies[end+1:] {
		assert.NotContains(t, reply, "?", "after the end nothing is asked")
	}
}

// The parts of an interview come in their order, each of them once at least.
func TestPartsComeInOrder(t *testing.T) {
	t.Parallel()
	levels := []string{"opening", "experience", "job_knowledge", "situation", "values", "closing"}
	replies, transcript := hold(load(t), candidates(t)[0], true, 1, 25)
	last, seen := 0, map[string]bool{}
	for _, reply := range replies {
		for _, q := range bank("ko") {
			if !strings.Contains(reply, q.Text) {
				continue
			}
			for n, level := range levels {
				if level == q.Level {
					assert.GreaterOrEqual(t, n, last, "%s\n%s", reply, transcript)
					last, seen[level] = n, true
				}
			}
		}
	}
	for _, level := range levels {
		assert.True(t, seen[level], level)
	}
}

// Fifty turns of the longest interview ask nothing twice.
func TestALongInterviewRepeatsNothing(t *testing.T) {
	t.Parallel()
	s := load(t)
	var questions []script.Question
	for _, level := range []string{"experience", "job_knowledge", "situation", "values"} {
		for n := range 14 {
			questions = append(questions, script.Question{
				Level: level, Text: fmt.Sprintf("%s에 대한 %d번째 질문에 답해 주시겠어요?", level, n), FollowUps: []string{fmt.Sprintf("%s의 %d번째 꼬리질문은 어떤가요?", level, n)},
			})
		}
	}
	i := script.Interview{Company: "네이버", Job: "개발엔지니어링", Language: "ko", Length: 40, Questions: questions}
	lines := []string{
		"저희 팀이 다 같이 배포 시간을 40분에서 5분으로 줄였습니다.", "제가 로그를 정리했습니다. 그래서 원인을 찾았고 장애가 월 3건에서 1건으로 줄었습니다.",
		"그렇게 생각합니다.", "먼저 영향 범위를 확인하고 책임자에게 알리겠습니다. 그다음 원인을 찾겠습니다.",
	}
	var replies []string
	for n := range 50 {
		i.Turns = append(i.Turns, script.Turn{Text: lines[n%len(lines)]})
		said := s.Next(i)
		i.Turns = append(i.Turns, script.Turn{Interviewer: true, Text: said})
		replies = append(replies, said)
	}
	asksOnce(t, replies)
	assert.Contains(t, replies[30], "?", "the interview is long")
}

func TestWhatCandidatesAskIsAnswered(t *testing.T) {
	t.Parallel()
	s := load(t)
	i := script.Interview{Company: "(주)한빛소프트", Job: "인사HR", Language: "ko", Values: []string{"작은 불편도 그냥 지나치지 않기"}}
	const question = "네, 이해가 됩니다. 목표를 이루지 못했던 경험이 있다면, 원인과 이후의 변화를 말씀해 주세요."
	for said, want := range map[string]string{
		"질문이 뭐였죠?":           "목표를 이루지 못했던 경험이 있다면",
		"질문이 이해가 잘 안 됩니다.":   "목표를 이루지 못했던 경험이 있다면",
		"제 목소리 잘 들리시나요?":     "네, ",
		"그걸 왜 물어보시는 거예요?":    "여쭈|질문|여쭙",
		"어떤 인재를 원하시나요?":      "작은 불편도 그냥 지나치지 않기",
		"면접은 얼마나 걸리나요?":      "삼십 분",
		"너무 긴장됩니다.":          "괜찮습니다|긴장하지",
		"면접관님이라면 어떻게 하시겠어요?": "의견",
		"담당자 연결해 주세요.":       "담당자",
		"제 답변 어땠나요?":         "평가",
		"아까는 잘못 말씀드렸습니다.":    "바로잡아|짚어|기준으로",
		"그런 경험은 없습니다.":       "비슷했던|어떻게 하실지|무엇부터",
		"ㅁㄴㅇㄹ":               "알아듣지 못했습니다",
		"꼭 대답해야 하나요?":        "넘어가겠습니다|다른 것을",
		"오늘은 여기까지만 해도 될까요?":  "마치겠습니다",
		"영어로 말해도 될까요?":       "언어|괜찮습니다",
	} {
		assert.Regexp(t, want, reply(s, i, "안녕하세요", question, said), said)
	}
	opening := reply(s, i, "안녕하세요. 인사 직무에 지원한 이서윤입니다.")
	assert.Contains(t, opening, "이서윤 님")
	assert.Contains(t, opening, "한빛소프트 인사 직무")
	assert.Regexp(t, "소개", opening, "a name is no introduction")
}

// Who ended the interview too early can go on.
func TestAnInterviewGoesOnAfterItWasStopped(t *testing.T) {
	t.Parallel()
	s := load(t)
	i := script.Interview{Language: "ko"}
	said := []string{"안녕하세요", "안녕하세요. 일할 때 가장 중요하게 지키는 원칙은 무엇인가요?", "이만 끝내고 싶습니다."}
	stopped := reply(s, i, said...)
	require.Contains(t, stopped, "마치겠습니다")
	resumed := reply(s, i, append(said, stopped, "아, 아니요. 다시 하고 싶어요.")...)
	assert.Contains(t, resumed, "일할 때 가장 중요하게 지키는 원칙은 무엇인가요?")
}

// Who says goodbye is let go, and not asked for more.
func TestGoodbyeEndsAnInterview(t *testing.T) {
	t.Parallel()
	s := load(t)
	for language, said := range map[string][]string{
		"ko": {"안녕하세요", "안녕하세요. 일할 때 가장 중요하게 지키는 원칙은 무엇인가요?", "감사합니다. 안녕히 계세요.", "마치겠습니다", "안녕히 계세요."},
		"en": {"Hello", "Hello. What principle matters most to you at work?", "Thank you, goodbye.", "finish the interview here", "Goodbye."},
	} {
		i := script.Interview{Language: language}
		last := reply(s, i, said[:3]...)
		require.Contains(t, last, said[3])
		assert.Regexp(t, "조심히|안녕히|take care|Goodbye", reply(s, i, append(said[:3:3], last, said[4])...))
	}
}

// Who has worked for years is not told that a school project would do.
func TestTheSeasonedAreNotSpokenToAsBeginners(t *testing.T) {
	t.Parallel()
	s := load(t)
	const text = "계약서를 검토하다가 위험 조항을 찾아내신 적이 있나요?"
	i := script.Interview{Job: "법무", Language: "ko", Questions: []script.Question{{Level: "experience", Text: text + " 수업이나 실습에서 본 계약서도 좋습니다."}}}
	ask := func(introduction string) string {
		return reply(s, i, "안녕하세요", "먼저 간단히 자기소개를 부탁드립니다.", introduction, "네, 그렇군요. 법무 직무를 선택하시게 된 계기를 구체적으로 말씀해 주시겠어요?",
			"계약이 실제로 어떻게 지켜지는지 가까이에서 보고 싶어서 지원했고 그 점을 오래 생각해 왔습니다. 제가 잘하는 일이기도 합니다. 이상입니다. 감사합니다.")
	}
	assert.Contains(t, ask("저는 이번에 졸업하는 신입 지원자이고 법학을 전공했습니다."), "수업이나 실습")
	seasoned := ask("저는 변호사 9년 차이고 기업 자문을 주로 했습니다.")
	assert.Contains(t, seasoned, text)
	assert.NotContains(t, seasoned, "수업이나 실습")
}
