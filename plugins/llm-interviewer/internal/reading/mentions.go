package reading

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Only what is surely a thing is named back: a mangled word is worse than none.

var (
	// What somebody said or thought is no title.
	quoted = regexp.MustCompile(`['"‘“「『]([^'"’”」』]{2,20})['"’”」』](이?라고|고\s|하고|하며|라며|이?라는\s?(말|생각|이야기|의견|마음))?`)
	// A noun of these is named with the word before it.
	headed = regexp.MustCompile(`([가-힣A-Za-z0-9]{2,10}) (자격증|프로젝트|동아리|인턴십|공모전|경진대회|연구실|아르바이트|봉사활동|스터디|실습|캠페인|전시회|교환학생|학회)`)
	// Latin words inside Korean are worth naming where they are tools that somebody used.
	tool = regexp.MustCompile(`(?:^|[\s(,])([A-Z][A-Za-z0-9+#.]{2,15}(?: [A-Z][A-Za-z0-9+#]{1,15})*)(?:을|를|으로|로|과|와|랑)?(?: [가-힣]{1,6}){0,2} ?(?:사용|활용|썼|써서|써 |쓰면서|다뤄|다뤘|다루|돌리|돌려|익혀|익혔)`)
	// In English, names have capitals in mid-sentence; the words before tell tools and organisations from places.
	named    = regexp.MustCompile(`\b(?:using|with|through|called|used|learned) ([A-Z][A-Za-z0-9+#]{2,15}(?: [A-Z][A-Za-z0-9+#]{1,15})?)`)
	headedEN = regexp.MustCompile(`\b(?:the|a|an|our|my) ((?:[a-z]{3,12} ){1,2}(?:project|club|internship|thesis|campaign|competition))\b`)
)

// attached are particles and endings by which a word before a noun is no part of its name.
var attached = regexp.MustCompile(`(에서|에게|으로|하는|했던|하던|하며|하고|이나|이라는|라는|이번|그런|이런|저희|우리|제가|저는|다른|여러|같은|모든|많은|작은|큰|좋은|새로운|첫|번째|마지막|[은는을를의에도만와과로면서고이가한된던든운]|[때께히]|관련|당시|지난|최근|동안|함께|직접|매주|매달|매일|이후|이전|처음|혼자|그리고|하지만|바로|먼저|정말|무슨|학년|학기)$`)

// phrase are words that no name of a project in English begins with.
var phrase = regexp.MustCompile(`^(this|that|same|whole|last|next|new|big|small|every|first|second|third|main|other|best|very|really)\b|\b(and|was|for|with|from|about)\b`)

// common are Latin words that say nothing in a Korean sentence.
func common() []string {
	return []string{
		"ok", "okay", "yes", "no", "the", "and", "or", "pass", "it", "hr", "cs", "etc", "vs", "ai", "team", "project", "pm", "pl", "tf", "mz", "hi",
		"hello", "korea", "korean", "english", "japanese", "chinese", "vietnam", "thailand", "japan", "china", "seoul", "busan", "january", "february",
		"march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "monday", "friday",
	}
}

// mentions finds what can be named back, the surest first.
func mentions(text string) []string {
	if isKorean(text) {
		return koreanMentions(text)
	}
	return englishMentions(text)
}

func isKorean(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
}

func koreanMentions(text string) []string {
	var all []string
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		if m[2] == "" && utf8.RuneCountInString(m[1]) <= 12 && isKorean(m[1]) && !endsSentence(m[1]) {
			all = append(all, m[1])
		}
	}
	for _, m := range headed.FindAllStringSubmatch(text, -1) {
		if !attached.MatchString(m[1]) {
			all = append(all, m[1]+" "+m[2])
		}
	}
	for _, m := range tool.FindAllStringSubmatch(text, -1) {
		if word := strings.TrimRight(m[1], "."); !slices.Contains(common(), strings.ToLower(word)) {
			all = append(all, word)
		}
	}
	return unique(all)
}

func endsSentence(text string) bool {
	return regexp.MustCompile(`[다요까죠]$`).MatchString(text) && utf8.RuneCountInString(text) > 4
}

func englishMentions(text string) []string {
	var all []string
	for _, m := range headedEN.FindAllStringSubmatch(text, -1) {
		if !phrase.MatchString(m[1]) {
			all = append(all, "your "+m[1])
		}
	}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(common(), strings.ToLower(m[1])) {
			all = append(all, m[1])
		}
	}
	return unique(all)
}

func unique(all []string) []string {
	var once []string
	for _, s := range all {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}
