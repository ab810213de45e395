package script

import (
	"regexp"
	"strings"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/particle"
)

// A line may name the company and the job: {company} or, with a word for when there is none and a particle,
// {company:이곳:을}.
var slot = regexp.MustCompile(`\{(company|job)(?::([^:}]*):([^:}]*))?\}`)

func (i Interview) render(line string) string {
	line = slot.ReplaceAllStringFunc(line, func(match string) string {
		parts := slot.FindStringSubmatch(match)
		word := i.Company
		if parts[1] == "job" {
			word = i.Job
		}
		word = strings.Join(strings.Fields(word), " ")
		if word == "" {
			word = parts[2]
		}
		if word == "" && strings.HasPrefix(match, "{company}") {
			word = "저희"
		}
		return withParticle(word, parts[3])
	})
	return strings.Join(strings.Fields(line), " ")
}

func withParticle(word, form string) string {
	switch form {
	case "은":
		return particle.After(word, particle.Topic())
	case "이":
		return particle.After(word, particle.Subject())
	case "을":
		return particle.After(word, particle.Object())
	case "과":
		return particle.After(word, particle.With())
	}
	return word
}

// longestLiteral is the part of a line by which it is known again, whatever was put into its slots.
func longestLiteral(line string) string {
	longest := ""
	for _, part := range slot.Split(line, -1) {
		if part = strings.TrimSpace(part); len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}
