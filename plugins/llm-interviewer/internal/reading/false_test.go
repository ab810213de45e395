package reading_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/reading"
)

// Answers that have a word of a request, a refusal or an insult in them are answers all the same.
func TestAnswersThatLookLikeSomethingElse(t *testing.T) {
	t.Parallel()
	r := reader(t)
	for _, text := range []string{
		"이상으로 자기소개를 마치겠습니다.",
		"저는 간호학과를 졸업한 이서윤입니다. 이만 마치겠습니다.",
		"이제 해야 할 일을 하나씩 적었습니다.",
		"여기서 끝내고 싶지 않아서 한 번 더 시험했습니다.",
		"같은 일이 생기면 처음부터 다시 시작하겠습니다.",
		"입사해서도 공부를 계속하겠습니다.",
		"담당자를 바꿔 드려서 해결했습니다.",
		"담당자와 통화해서 일정을 맞췄습니다.",
		"고객의 말이 잘 들리는지 먼저 확인했습니다.",
		"연결이 끊겨서 다시 전화드렸습니다.",
		"고객이 어떤 사람을 원하는지 먼저 여쭤봤습니다.",
		"담당 선생님께서는 어떻게 생각하시는지 여쭤봤습니다.",
		"그 말이 무슨 뜻인지 여쭤봤습니다.",
		"어려운 용어를 쉽게 설명해 주는 것이 중요하다고 봅니다.",
		"고객에게 가격을 잘못 말씀드린 적이 있어 바로 사과드렸습니다.",
		"중요한 것은 속도가 아니라 정확성입니다.",
		"고객이 잘못 이해하신 부분을 다시 풀어 드렸습니다.",
		"발표 때 너무 긴장해서 실수한 일이 있습니다.",
		"환자분이 식사를 하셨는지 확인했습니다.",
		"한 번도 지각한 적이 없습니다.",
		"영어로 발표해서 계약을 맺었습니다.",
		"저를 짜증나게 하는 손님도 끝까지 응대했습니다.",
		"왜 물어보시는지 알 것 같아서 솔직하게 말씀드렸습니다.",
		"I speak English and Korean at work.",
		"My microphone project won the prize.",
		"We kept going until the end.",
		"면접을 마치면 바로 현장을 보고 싶습니다.",
		"고객에게 다시 말씀드려서 오해를 풀었습니다.",
		"팀원들에게 생각을 정리할 여유를 주었고, 상대에게 시간을 주었습니다.",
		"제가 바보 같은 실수를 해서 바로 보고드렸습니다.",
		"쓰레기 분리배출을 돕는 앱을 만들었습니다.",
		"그 일이 시발점이 되어 자동화를 시작했습니다.",
		"팀에서 역할을 바꿔 가며 일했습니다.",
		"시스템 메시지를 분석해서 원인을 찾았습니다.",
		"시스템 프롬프트를 직접 설계해서 정확도를 높였습니다.",
		"점수 처리 업무를 맡았습니다.",
		"이제 당신은 할 수 있다는 말을 듣고 힘을 냈습니다.",
		"다음 단계로 넘어가기 전에 꼭 확인했습니다.",
		"잘 모르겠지만 아마 데이터 문제라고 생각합니다.",
		"그 시험에 합격했어요.",
		"결국 중요한 것은 사람이죠.",
		"일정을 어떻게 나눌지 정했습니다.",
		"팀 분위기를 먼저 살폈습니다.",
		"답변이 어려운 문의는 전문 부서에 넘겼습니다.",
		"혹시 몰라 자료를 두 벌 준비했습니다.",
		"I passed the certification exam last year.",
		"I set up a password policy for the team.",
		"We focused on repeat customers.",
		"It took a minute to see the cause.",
		"I act as a bridge between sales and engineering.",
		"I never forget the instructions my mentor gave me.",
		"It was a stupid mistake of mine, and I reported it.",
		"I was not sure at first, but I asked.",
		"I moved on to the next step after checking.",
		"We wrote code for the controller and tested it.",
	} {
		assert.Equal(t, reading.Answer, r.Read(text).Act, text)
	}
}
