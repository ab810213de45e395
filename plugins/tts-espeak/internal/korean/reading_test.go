package korean_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/korean"
)

func TestReadWritesOutWhatPeopleSay(t *testing.T) {
	t.Parallel()
	for written, read := range map[string]string{
		// amounts
		"0": "영", "7": "칠", "10": "십", "11": "십일", "100": "백", "1,234": "천이백삼십사", "10000": "만",
		"50,000원": "오만원", "100000000": "일억", "1234567명": "백이십삼만 사천오백육십칠명", "3.14": "삼 점 일사",
		"2.05": "이 점 영오", "007": "공공칠", "123456789012345678901": "일이삼사 오육칠팔 구공일이 삼사오육 칠팔구공 일",
		// money, shares, units
		"₩50,000": "오만원", "$100": "백 달러", "₩3만": "삼만원", "100%": "백 퍼센트", "5.5%": "오 점 오 퍼센트",
		"25℃": "이십오 도", "5km": "오 킬로미터", "3.5GB를": "삼 점 오 기가바이트를", "60 km/h": "육십 킬로미터 퍼 아워",
		"3㎡": "삼 제곱미터", "10m": "십 미터", "2%p": "이 퍼센트포인트", "3months": "삼months",
		// counters
		"3개": "세 개", "20살": "스무 살", "45살": "마흔다섯 살", "5명": "다섯 명", "12시": "열두 시", "14시": "십사시",
		"1시간": "한 시간", "3개월": "삼개월", "3번째": "세 번째", "3번": "삼번", "20대": "이십대", "2대": "두 대", "50명": "오십명",
		"제1회": "제일회", "2배": "두 배", "5분": "오분",
		// dates, times, numbers to dial
		"2024-03-05": "이천이십사년 삼월 오일", "2024년 10월": "이천이십사년 시월", "6월 6일": "유월 육일", "16월": "십육월",
		"10:30": "열시 삼십분", "14:00": "십사시", "09:05:07": "아홉시 오분 칠초", "00:30": "영시 삼십분",
		"010-1234-5678": "공일공, 일이삼사, 오육칠팔", "1588-0000": "일오팔팔, 공공공공",
		// between numbers
		"3~5년": "삼에서 오년", "12:30~14:00": "열두시 삼십분에서 십사시", "1/2": "이분의 일", "-5도": "마이너스 오도",
		"3 + 4 = 7": "삼 더하기 사 이퀄 칠", "v2.0": "v이 점 영",
		// letters
		"AI와 API": "에이아이와 에이피아이", "HTTP 서버": "에이치티티피 서버", "REST": "REST", "server": "server", "C++": "씨 플러스 플러스",
		"Q&A": "큐 앤 에이",
		// signs
		"<b>": "b", "A/B": "에이, 비", "": "", "가나다": "가나다",
	} {
		assert.Equal(t, read, korean.Read(written), written)
	}
}

func TestReadLeavesNoDigits(t *testing.T) {
	t.Parallel()
	for _, written := range []string{"1", "a1b2", "1.2.3.4", "1,23,4", "99999999999999999999999", "3개소", "10개", "0명", "00:00", "٣"} {
		assert.NotRegexp(t, `[0-9]`, korean.Read(written), written)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("2024-03-05 12:30~14:00 ₩1,000.50 3개 -1/2 AB&C 100%p")
	f.Fuzz(func(t *testing.T, text string) {
		assert.NotRegexp(t, `[0-9]`, korean.Pronounce(korean.Read(text)))
	})
}
