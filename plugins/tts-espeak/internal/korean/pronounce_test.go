package korean_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/korean"
)

func TestPronounceFollowsTheStandard(t *testing.T) {
	t.Parallel()
	for written, spoken := range map[string]string{
		// nasals and liquids
		"합니다": "함니다", "있습니다": "잇씀니다", "질문입니다": "질무님니다", "국물": "궁물", "먹는": "멍는",
		"읽는": "잉는", "없는": "엄는", "신라": "실라", "관련": "괄련", "칼날": "칼랄", "능력": "능녁", "협력": "혐녁",
		"판단력": "판단녁", "권력": "궐력", "직무": "징무", "업무": "엄무", "작년": "장년", "심리": "심니",
		// linking
		"값이": "갑씨", "닭이": "달기", "옷을": "오슬", "앉아": "안자", "강아지": "강아지", "밖에": "바께",
		// ㅎ
		"좋다": "조타", "많이": "마니", "싫어요": "시러요", "않습니다": "안씀니다", "입학": "이팍", "못해요": "모태요",
		"놓는": "논는", "앓는": "알른", "축하": "추카", "전화": "전화", "괜찮아요": "괜차나요",
		// ㄷ, ㅌ before 이
		"같이": "가치", "굳이": "구지", "닫히다": "다치다",
		// tense
		"학교": "학꾜", "읽고": "일꼬", "없다": "업따", "앉다": "안따", "넓다": "널따", "밥상": "밥쌍",
		// vowels
		"희망": "히망", "회의": "회이", "본인의": "보니네", "의사": "의사", "시계": "시게", "가져": "가저", "예의": "예이",
		// numerals, and the ㄹ of the future
		"십육": "심뉵", "삼십육": "삼심뉵", "백육": "뱅뉵", "팔십": "팔씹", "할 수": "할 쑤", "될 것입니다": "될 꺼심니다", "할게요": "할께요",
		"갈수록": "갈쑤록", "할 건가요": "할 껀가요", "물 수건": "물 수건", "오늘 게임": "오늘 게임",
		// what a dictionary tells
		"결정": "결쩡", "강점": "강쩜", "발전과": "발쩐과", "첫인상": "처딘상", "성과를": "성꽈를", "적성과": "적썽과", "차별도": "차별도",
		// the rest stays
		"": "", "API 서버, 3개!": "API 서버, 3개!", "ㅋㅋ": "ㅋㅋ", "바다": "바다", "꽃": "꼿", "곧": "곳", "몇": "몃",
	} {
		assert.Equal(t, spoken, korean.Pronounce(written), written)
	}
}

func FuzzPronounceKeepsTheSyllables(f *testing.F) {
	f.Add("밟히는 닭을 앓고 값없이 핥아 읊었다")
	f.Fuzz(func(t *testing.T, text string) {
		spoken := korean.Pronounce(text)
		assert.Len(t, []rune(spoken), len([]rune(text)))
	})
}
