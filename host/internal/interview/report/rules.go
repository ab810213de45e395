package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
)

// seen is what was found of a competency.
type seen struct {
	points  []int
	missing map[signal]int
	quotes  []quote
}

// quote is a sentence with the signals in it.
type quote struct {
	text    string
	signals int
}

// maxQuotes of a competency.
const maxQuotes = 2

// byRules counts what makes an answer concrete.
func (w *Writer) byRules(ctx context.Context, i Interview) (Report, error) {
	all := map[string]*seen{}
	answers := 0
	for _, e := range i.Exchanges {
		if !isAnswer(e) {
			continue
		}
		about := e.Question
		if strings.TrimSpace(about) == "" {
			about = e.Answer
		}
		id, err := w.Competency(ctx, i, about)
		if err != nil {
			return Report{}, fmt.Errorf("judge by rules: %w", err)
		}
		if all[id] == nil {
			all[id] = &seen{missing: map[signal]int{}}
		}
		all[id].add(e.Answer)
		answers++
	}
	r := Report{Method: ByRules, Source: ByRules, Language: i.Language, Rules: rules(i.Language)}
	for _, l := range questions.Competencies() {
		if s := all[l.ID]; s != nil {
			r.Competencies = append(r.Competencies, s.competency(l.ID, i.Language))
		}
	}
	r.Summary = summary(r.Competencies, answers, len(i.Exchanges), i.Language)
	return r, nil
}

// isAnswer tells an answer from a word, from an evasion, from a greeting before the first question, and from a question of the candidate's
// own.
func isAnswer(e Exchange) bool {
	text := strings.TrimSpace(e.Answer)
	if utf8.RuneCountInString(text) < shortest || evasion.MatchString(text) {
		return false
	}
	found := len(signalsIn(text))
	return (e.Question != "" || found > 0) && (!strings.HasSuffix(text, "?") || found > 1)
}

func (s *seen) add(answer string) {
	found := signalsIn(answer)
	s.points = append(s.points, 1+min(4, len(found)))
	for _, g := range signals() {
		if !found[g.name] {
			s.missing[g.name]++
		}
	}
	for _, sentence := range sentences(answer) {
		if n := len(signalsIn(sentence)); n > 0 {
			s.quotes = append(s.quotes, quote{text: sentence, signals: n})
		}
	}
}

func (s *seen) competency(id, language string) Competency {
	total := 0
	for _, p := range s.points {
		total += p
	}
	c := Competency{ID: id, Score: int(math.Round(float64(total) / float64(len(s.points)))), Evidence: []string{}, Advice: advice(s.mostMissing(), language)}
	slices.SortStableFunc(s.quotes, func(a, b quote) int { return cmp.Compare(b.signals, a.signals) })
	for _, q := range s.quotes {
		if len(c.Evidence) < maxQuotes && !slices.Contains(c.Evidence, q.text) {
			c.Evidence = append(c.Evidence, q.text)
		}
	}
	return c
}

// mostMissing is the signal that answers lacked most often; of several the first of signals counts.
func (s *seen) mostMissing() signal {
	var most signal
	for _, g := range signals() {
		if s.missing[g.name] > s.missing[most] {
			most = g.name
		}
	}
	return most
}

func summary(all []Competency, answers, turns int, language string) string {
	label := func(id string) string {
		for _, l := range questions.Competencies() {
			if l.ID == id && language == "en" {
				return l.EN
			}
			if l.ID == id {
				return l.KO
			}
		}
		return id
	}
	if len(all) == 0 {
		if language == "en" {
			return fmt.Sprintf("None of %d answers was long enough to be judged.", turns)
		}
		return fmt.Sprintf("답변 %d개 가운데 평가할 만큼 긴 답변이 없었습니다.", turns)
	}
	best := slices.MaxFunc(all, func(a, b Competency) int { return cmp.Compare(a.Score, b.Score) })
	worst := slices.MinFunc(all, func(a, b Competency) int { return cmp.Compare(a.Score, b.Score) })
	if best.Score == worst.Score {
		return evenSummary(all, answers, turns, label, language)
	}
	if language == "en" {
		return fmt.Sprintf("%d of %d answers were judged. The most concrete answers were on %s (%d of 5), the least on %s (%d of 5).",
			answers, turns, label(best.ID), best.Score, label(worst.ID), worst.Score)
	}
	return fmt.Sprintf("답변 %d개 가운데 %d개를 평가했습니다. 가장 구체적인 영역은 %s(5점 만점에 %d점), 가장 아쉬운 영역은 %s(%d점)입니다.",
		turns, answers, label(best.ID), best.Score, label(worst.ID), worst.Score)
}

// evenSummary is that of an interview in which no competency stands out.
func evenSummary(all []Competency, answers, turns int, label func(string) string, language string) string {
	var names []string
	for _, c := range all {
		names = append(names, label(c.ID))
	}
	if language == "en" {
		return fmt.Sprintf("%d of %d answers were judged, on %s: all %d of 5.", answers, turns, strings.Join(names, ", "), all[0].Score)
	}
	return fmt.Sprintf("답변 %d개 가운데 %d개를 평가했습니다. 평가한 영역은 %s이며, 모두 5점 만점에 %d점입니다.", turns, answers, strings.Join(names, ", "), all[0].Score)
}

// rules say how scores come about.
func rules(language string) []string {
	all := []string{}
	for _, g := range signals() {
		all = append(all, g.rule(language))
	}
	slices.Sort(all)
	head := "각 답변은 1점에서 시작해 아래 요소가 하나 있을 때마다 1점을 더하고(최대 5점), 역량별로 평균합니다. 역량은 질문으로 판단합니다."
	if language == "en" {
		head = "Each answer begins at 1 point and gains one for each of these (5 at most); a competency has the mean of its answers. The question tells the competency."
	}
	return append([]string{head}, all...)
}
