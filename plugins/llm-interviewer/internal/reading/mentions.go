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
	quoted = regexp.MustCompile(`['"‘“「『]([^'"’”」』]{2,20})['"’”」』]`)
	// A noun of these is named with the word before it.
	headed = regexp.MustCompile(`([가-힣A-Za-z0-9]{2,10}) (프로젝트|동아리|인턴십|공모전|경진대회|연구실|아르바이트|봉사활동|스터디|실습|캠페인|전시회|교환학생|학회)`)
	// Latin words inside Korean are mostly names of tools.
	latinInKorean = regexp.MustCompile(`(^|[\s(,])([A-Za-z][A-Za-z0-9+#.]{1,15})`)
	amount        = regexp.MustCompile(`(\d[\d,.]*) ?(%|퍼센트|명|건|배|시간|개월|년|만 원|억 원|점|회)`)
	// In English, names have capitals in mid-sentence.
	named    = regexp.MustCompile(`[a-z,] ([A-Z][A-Za-z0-9+#]{2,15}(?: [A-Z][A-Za-z0-9+#]{1,15})?)`)
	headedEN = regexp.MustCompile(`\b(?:the|a|an|our|my) ((?:[a-z]{3,12} ){1,2}(?:project|club|internship|thesis|campaign|competition))\b`)
	amountEN = regexp.MustCompile(`(\d[\d,.]*) ?(%|percent|people|months|weeks|years|days|hours)`)
)

// attached are particles and endings by which a word before a noun is no part of its name.
var attached = regexp.MustCompile(`(에서|에게|으로|하는|했던|하던|하며|하고|이나|이라는|라는|이번|그런|이런|저희|우리|제가|저는|다른|여러|같은|모든|많은|작은|큰|좋은|새로운|첫|첫번째|마지막|[은는을를의에도만와과로면서고]|통한|위한|대한|관련|당시|지난|최근|주로)$`)

// common are Latin words that say nothing in a Korean sentence.
func common() []string {
	return []string{"i", "ok", "okay", "yes", "no", "the", "and", "or", "pass", "it", "hr", "cs", "etc", "vs", "ai", "a", "b", "c", "team", "project"}
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
		if utf8.RuneCountInString(m[1]) <= 12 && !endsSentence(m[1]) {
			all = append(all, m[1])
		}
	}
	for _, m := range headed.FindAllStringSubmatch(text, -1) {
		if !attached.MatchString(m[1]) {
			all = append(all, m[1]+" "+m[2])
		}
	}
	for _, m := range latinInKorean.FindAllStringSubmatch(text, -1) {
		word := strings.TrimRight(m[2], ".")
		if !slices.Contains(common(), strings.ToLower(word)) && hasUpper(word) {
			all = append(all, word)
		}
	}
	for _, m := range amount.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1]+strings.ReplaceAll(m[2], "%", "퍼센트"))
	}
	return unique(all)
}

func endsSentence(text string) bool {
	return regexp.MustCompile(`[다요까죠]$`).MatchString(text) && utf8.RuneCountInString(text) > 4
}

func hasUpper(word string) bool { return strings.ContainsFunc(word, unicode.IsUpper) }

func englishMentions(text string) []string {
	var all []string
	for _, m := range headedEN.FindAllStringSubmatch(text, -1) {
		all = append(all, "the "+m[1])
	}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if m[1] != "I" {
			all = append(all, m[1])
		}
	}
	for _, m := range amountEN.FindAllStringSubmatch(text, -1) {
		all = append(all, "the "+m[1]+" "+strings.ReplaceAll(m[2], "%", "percent"))
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
