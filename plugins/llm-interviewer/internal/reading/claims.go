package reading

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

//go:embed verbs.yaml
var verbFile []byte

// verbs are those whose clauses can be quoted: what candidates say they did, and what they say came of it.
type verbs struct {
	// Did are past stems of verbs that take an object, with their form of respect; Sino are nouns that 하다 makes such verbs of.
	Did  map[string]string `yaml:"did"`
	Sino []string          `yaml:"sino"`
	// Became are past stems of verbs that take a figure.
	Became []string `yaml:"became"`
	// Vague are objects that say nothing, Generic those that say nothing alone.
	Vague   []string `yaml:"vague"`
	Generic []string `yaml:"generic"`
	// English are verbs in the past.
	English []string `yaml:"english"`

	did, became, object *regexp.Regexp
	said                *regexp.Regexp
}

func newVerbs() (*verbs, error) {
	var v verbs
	if err := yaml.Unmarshal(verbFile, &v); err != nil {
		return nil, fmt.Errorf("read verbs: %w", err)
	}
	for _, noun := range v.Sino {
		v.Did[noun+"했"], v.Did[noun+"하였"] = noun+"하셨", noun+"하셨"
	}
	stems := make([]string, 0, len(v.Did))
	for stem := range v.Did {
		stems = append(stems, stem)
	}
	// What is only hoped, heard or denied has other endings.
	const endings = `(?:습니다|고요?|으며|는데요?|어요|거든요|더니)[.,!~…]*$`
	// A dot, a comma or a colon ends no clause inside a number or a name: 0.8, 1,200, 9:30, Node.js.
	const clause = `((?:[^.,;:!?()\[\]"]|[.,:][0-9]|\.[a-z]){4,100})`
	var err error
	for pattern, into := range map[string]**regexp.Regexp{
		`^(` + strings.Join(stems, "|") + `)` + endings:                     &v.did,
		`^(` + strings.Join(v.Became, "|") + `)` + endings:                  &v.became,
		`^[가-힣A-Za-z0-9+#]{2,14}[을를]$`:                                      &v.object,
		`\b(?:I|and|then) (` + strings.Join(v.English, "|") + `) ` + clause: &v.said,
	} {
		if *into, err = regexp.Compile(pattern); err != nil {
			return nil, fmt.Errorf("read verbs: %w", err)
		}
	}
	return &v, nil
}

const (
	// longestQuote is in characters, longestClaim in words of English.
	longestQuote, longestClaim = 32, 8
	// maxBetween are the words between an object and its verb, maxBefore those that belong to a noun.
	maxBetween, maxBefore = 4, 2
)

// claims are clauses of a text that can be quoted, those with figures first: "대기 시간을 30퍼센트 줄이셨" for another ending to
// follow, or "wrote a test procedure" for "you" to stand before. Only what is surely about the candidate is one.
func (v *verbs) claims(text string) []string {
	var all []string
	if isKorean(text) {
		for _, sentence := range sentencesOf(text) {
			all = append(all, v.korean(strings.Fields(sentence))...)
		}
	} else {
		for _, sentence := range sentencesOf(text) {
			all = append(all, v.english(sentence)...)
		}
	}
	all = unique(all)
	slices.Reverse(all) // a story comes to its point at the end
	slices.SortStableFunc(all, func(a, b string) int { return weight(b) - weight(a) })
	return all
}

// weight prefers changes in figures, and then figures.
func weight(claim string) int {
	switch {
	case !strings.ContainsAny(claim, "0123456789"):
		return 0
	case measured.MatchString(claim) || changed.MatchString(claim):
		return 2
	}
	return 1
}

// changed are forms of respect of verbs that change a figure.
var changed = regexp.MustCompile(`(줄이|늘리|높이|낮추|올리|단축하|개선하|절감하|앞당기|끌어올리)셨$`)

var (
	between = regexp.MustCompile(`^(\d[\d,.]*\s?(%p?|퍼센트|명|건|배|시간|분|초|개월|개|년|주|일|회|번|점|만|억|원|천|만원|억원|만명|ms)?(으?로|에서|까지|씩|이나|나|가량|정도)?|[한두세네]|(절반|두배|배|세배|네배)(으?로|까지)?|배로|크게|새로|달|만에|동안|내에|사이에|직접|모두|전부|다시|약|월|연|하루|주|매주|매달|매월|평균|[가-힣]{1,5}(으로|로))$`)
	figured = regexp.MustCompile(`\d|절반|배로|배$`)
	adverb  = regexp.MustCompile(`^(직접|모두|전부|다시|새로|약)$`)
	// Somebody else, or a thing, did it.
	actor = regexp.MustCompile(`[가-힣](이|가|께서)$|(님|친구|동료|팀원|회사|고객사|사람|선배|교수|상사|본사|그분|업체|병원|대표|부모|언니|누나|형|오빠|동생|후배|담당자|다른\s?팀)(은|는|도)$`)
	// These are nouns that look like one with a particle, or like a verb's form.
	thing   = regexp.MustCompile(`(재고|사고|광고|보고|경고|창고|권고|보고서|계약서|순서|부서|문서|화면|방면|측면|장면|평가|허가|증가|추가|국가|원가|단가|물가|주가|휴가|전문가|차이|사이|높이|길이|놀이|회의|어린이)$`)
	oneself = regexp.MustCompile(`^(제가|내가|저희가|우리가|팀이|팀에서|저희는|저희팀이|둘이|셋이)$`)
	joint   = regexp.MustCompile(`([,]|[가-힣](고|서|며|면|데|데요|고요|니까|자|려고|도록|다가|더니|지만)|때|후|뒤|끝에|중에)$`)
)

func (v *verbs) korean(words []string) []string {
	var all []string
	for i, word := range words {
		if m := v.did.FindStringSubmatch(word); m != nil {
			if claim := v.clause(words[:i], v.Did[m[1]], v.isObject); claim != "" {
				all = append(all, claim)
			}
		}
		if m := v.became.FindStringSubmatch(word); m != nil {
			if claim := v.clause(words[:i], m[1], isSubject); claim != "" && figured.MatchString(claim) {
				all = append(all, claim)
			}
		}
	}
	return all
}

func (v *verbs) isObject(word string) bool { return v.object.MatchString(word) }

var subject = regexp.MustCompile(`^[가-힣A-Za-z0-9+#]{2,14}[이가]$`)

func isSubject(word string) bool { return subject.MatchString(word) && !oneself.MatchString(word) }

// clause puts together what stands before a verb: its noun with what belongs to it, and figures between.
func (v *verbs) clause(before []string, verb string, fits func(string) bool) string {
	at := len(before) - 1
	for n := 0; at >= 0 && n < maxBetween && !fits(before[at]) && between.MatchString(before[at]); n++ {
		at--
	}
	if at < 0 || !fits(before[at]) || v.othersDid(before[:at]) {
		return ""
	}
	noun := before[at]
	bare := string([]rune(noun)[:utf8.RuneCountInString(noun)-1])
	from := at
	for from > 0 && at-from < maxBefore && modifies(before[from-1]) {
		from--
	}
	if slices.Contains(v.Vague, bare) || slices.Contains(v.Generic, bare) && from == at {
		return ""
	}
	parts := slices.Clone(before[from : at+1])
	for _, word := range before[at+1:] {
		if !adverb.MatchString(word) {
			parts = append(parts, word)
		}
	}
	claim := strings.NewReplacer("%p", "퍼센트포인트", "%", "퍼센트").Replace(strings.Join(append(parts, verb), " "))
	if utf8.RuneCountInString(claim) > longestQuote {
		return ""
	}
	return claim
}

// othersDid tells whether somebody else is the subject of the clause that words end in.
func (v *verbs) othersDid(words []string) bool {
	for _, word := range slices.Backward(words) {
		switch {
		case thing.MatchString(word):
		case joint.MatchString(word):
			return false
		case actor.MatchString(word) && !oneself.MatchString(word):
			return true
		}
	}
	return false
}

var noun = regexp.MustCompile(`^[가-힣A-Za-z0-9+#]{2,10}$`)

// modifies tells whether a word is surely a noun that belongs to the next.
func modifies(word string) bool {
	if counted.MatchString(word) {
		return true
	}
	if owner, ok := strings.CutSuffix(word, "의"); ok && utf8.RuneCountInString(owner) > 1 {
		return noun.MatchString(owner) && !pronoun.MatchString(owner)
	}
	return noun.MatchString(word) && (thing.MatchString(word) || !attached.MatchString(word) && !adjective.MatchString(word))
}

// counted is a number that belongs to the noun behind it.
var counted = regexp.MustCompile(`^\d[\d,.]*[만억천백]?$`)

var pronoun = regexp.MustCompile(`^(저희|우리|자신|본인|서로|모두|그들|하나|무엇|누구|대부분|나름|최고|최대|최소|뜻밖)$`)

// adjective are forms of verbs and adverbs that look like nouns.
var adjective = regexp.MustCompile(`[할될런른린긴킨친낸본온준난진쓴짠뺀인힌찬큰픈쁜운낀린된질길릴일킬칠릴려게히며서고요니다자든록어아여쳐져혀겨]$|^(직접|다시|새로|크게|매일|매주|매달|매번|모두|전부|거의|아주|정말|많이|조금|처음|나중|결국|먼저|바로|함께|같이|혼자|서로|따로|다만|이후|이전|최근|요즘|작년|올해|지금|당시|주로|특히|물론|또한|그때|이때|덕분|결과|제일|가장|정도|이번|저희|우리|음|네|아|뭐|좀)$`)

var (
	englishEnd = regexp.MustCompile(`\b(and|but|so|because|which|when|while|that|who|where|if|although|since|then|or|as|until|before|after)\b.*$`)
	theirs     = regexp.MustCompile(`\b(my|our|me|us|myself|mine|i)\b`)
	badClaim   = regexp.MustCompile(`(?i)\b(it|them|this|that|something|things|lot|him|her|nothing|everything|one|you)\b`)
)

// english are the claims of a sentence of which the candidate is the only subject.
func (v *verbs) english(sentence string) []string {
	if !strings.Contains(" "+sentence, " I ") || others.MatchString(sentence) {
		return nil
	}
	var all []string
	for _, at := range v.said.FindAllStringSubmatchIndex(sentence, -1) {
		verb, rest := sentence[at[2]:at[3]], sentence[at[4]:at[5]]
		if claim := englishClaim(verb, rest); claim != "" {
			all = append(all, claim)
		}
		if again := v.said.FindStringSubmatch(rest); again != nil {
			if claim := englishClaim(again[1], again[2]); claim != "" {
				all = append(all, claim)
			}
		}
	}
	return all
}

var others = regexp.MustCompile(`(?i)\b(he|she|they|who|boss|manager|director|colleague|friend|mentor|customer|client)s?\b`)

func englishClaim(verb, rest string) string {
	rest = strings.TrimSpace(englishEnd.ReplaceAllString(rest, ""))
	rest = theirs.ReplaceAllStringFunc(rest, func(w string) string {
		return map[string]string{"my": "your", "our": "your", "me": "you", "us": "you", "myself": "yourself", "mine": "yours", "i": "you"}[w]
	})
	words := strings.Fields(rest)
	if len(words) < 2 || len(words) > longestClaim || badClaim.MatchString(rest) || !plain.MatchString(rest) {
		return ""
	}
	return verb + " " + strings.ReplaceAll(strings.Join(words, " "), "%", " percent")
}

// plain is English that can be said again as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9%'&+.,: -]+[A-Za-z0-9%]$`)
