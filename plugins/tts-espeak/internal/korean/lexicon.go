package korean

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// lexicon are frequent words that the rules alone get wrong, each followed by how it sounds:
// tense sounds in words of Chinese origin and in compounds, and the ㄴ that slips in.
//
// Those of beginnings hold where a word begins with them: 성과 is 성꽈, and not in 적성과 인성.
const (
	lexicon = `
십육 심뉵 백육 뱅뉵 천육 천뉵 만육 만뉵 칠십 칠씹 팔십 팔씹
결정 결쩡 발전 발쩐 활동 활똥 열정 열쩡 일정 일쩡 실제 실쩨 설정 설쩡 달성 달썽 갈등 갈뜽 절대 절때 발달 발딸
실시 실씨 실수 실쑤 물질 물찔 질서 질써 철저 철쩌 필수 필쑤 출시 출씨 출장 출짱 출신 출씬
발생 발쌩 실습 실씁 실전 실쩐 실적 실쩍 할당 할땅 몰두 몰뚜 설득 설뜩 활성 활썽 일상 일쌍 절실 절씰 결심 결씸
강점 강쩜 장점 장쩜 단점 단쩜 관점 관쩜 초점 초쩜 문제점 문제쩜 중점 중쩜
조건 조껀 안건 안껀 여건 여껀 요건 요껀 인건비 인껀비 효과 효꽈 평가 평까
성격 성껵 인격 인껵 문자 문짜 글자 글짜 문법 문뻡 헌법 헌뻡 일자리 일짜리 술자리 술짜리 길거리 길꺼리 발걸음 발꺼름
첫인상 처딘상 꽃잎 꼰닙 색연필 생년필 솜이불 솜니불 담요 담뇨 식용유 시굥뉴 서울역 서울력 부산역 부산녁
맛있 마싰 멋있 머싰
`
	beginnings = `별도 별또 일단 일딴 시점 시쩜 사건 사껀 성과 성꽈 인기 인끼 한자 한짜 한여름 한녀름`
)

var (
	anywhere = sync.OnceValue(func() *strings.Replacer { return strings.NewReplacer(strings.Fields(lexicon)...) })    //nolint:gochecknoglobals // a table, made once
	atStarts = sync.OnceValue(func() *strings.Replacer { return strings.NewReplacer(strings.Fields(beginnings)...) }) //nolint:gochecknoglobals // a table, made once
	// beginning is a word that begins with one of the beginnings.
	beginning = regexp.MustCompile(`(?:^|[^가-힣])(?:별도|일단|시점|사건|성과|인기|한자|한여름)`)
)

// respell writes the words of the lexicon as they sound.
func respell(text string) string {
	return beginning.ReplaceAllStringFunc(anywhere().Replace(text), atStarts().Replace)
}

// bound are the nouns that stand only after a verb, which the ㄹ of the future makes tense
// (할 수 is 할쑤), and how longer words go on that only begin like them (할 수건).
func bound(noun rune) (others string, ok bool) {
	switch noun {
	case '것', '겁':
		return "", true
	case '거':
		return "리래실주절부", true
	case '게':
		return "임시재", true
	case '건':
		return "강물설축조너전", true
	case '걸':
		return "음어으리", true
	case '수':
		return "건정집업행출입학준술료단신면많", true
	case '줄':
		return "이기거", true
	case '데':
		return "이뷔려리모", true
	case '바':
		return "다람로뀌꾸쁘탕", true
	default:
		return "", false
	}
}

// tenseFutures lets the ㄹ of the future make what follows tense: 할 수, 할 것, 할게요, 할수록.
func tenseFutures(text string) string {
	runes := []rune(text)
	for i := range runes {
		if !isSyllable(runes[i]) || split(runes[i]).coda != 'ㄹ' {
			continue
		}
		rest := runes[i+1:]
		if starts(rest, "게요") || starts(rest, "수록") {
			runes[i+1] = tensed(runes[i+1])
		}
		if len(rest) < 2 || rest[0] != ' ' {
			continue
		}
		others, ok := bound(rest[1])
		if ok && (len(rest) == 2 || !strings.ContainsRune(others, rest[2])) {
			runes[i+2] = tensed(runes[i+2])
		}
	}
	return string(runes)
}

func starts(runes []rune, word string) bool {
	want := []rune(word)
	return len(runes) >= len(want) && slices.Equal(runes[:len(want)], want)
}

func tensed(r rune) rune {
	s := split(r)
	s.onset = tense(s.onset)
	return s.join()
}
