// Package script decides what the built-in interviewer says next. It reads the conversation alone, so that the same
// conversation gives the same answer; it keeps nothing.
package script

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed questions.json
var questions []byte

// Book is everything that the interviewer can say in one language.
type Book struct {
	Opening      []string            `json:"opening"`
	Introduction []string            `json:"introduction"`
	Motivation   []string            `json:"motivation"`
	Experience   []string            `json:"experience"`
	Job          []string            `json:"job"`
	Situation    []string            `json:"situation"`
	Closing      []string            `json:"closing"`
	Farewell     []string            `json:"farewell"`
	Acknowledge  []string            `json:"acknowledge"`
	FollowUp     []string            `json:"followup"`
	Repeat       []string            `json:"repeat"`
	Jobs         map[string][]string `json:"jobs"`
}

// Script is the interviewer's books.
type Script struct {
	books map[string]Book
}

// Load reads the questions that are built in.
func Load() (*Script, error) {
	var books map[string]Book
	if err := json.Unmarshal(questions, &books); err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	return &Script{books: books}, nil
}

// Interview is a conversation as far as it has come.
type Interview struct {
	// Asked are the interviewer's turns, oldest first; Said is what the candidate says now.
	Asked []string
	Said  string
	// Company and Job may be empty; Language is "ko", "en" or "" to follow the candidate.
	Company, Job, Language string
	Seed                   int64
}

// followUps bounds the questions that ask for more of the same.
const followUps = 3

// thin is how many characters an answer has that says too little.
const thin = 30

// Next gives the interviewer's next words: at most three sentences.
func (s *Script) Next(i Interview) string {
	book := s.books[language(i)]
	if len(i.Asked) == 0 {
		return i.render(i.pick("opening", book.Opening))
	}
	last := i.Asked[len(i.Asked)-1]
	if wantsRepeat(i.Said) {
		return i.pick("repeat", book.Repeat) + " " + lastQuestion(last)
	}
	stage, open := i.stage(book)
	if stage == "" {
		return i.render(i.pick("farewell", i.unused(book.Farewell, book.Farewell)))
	}
	if more := i.unused(book.FollowUp, nil); stage != "closing" && i.isThin() && i.used(book.FollowUp) < followUps &&
		len(more) > 0 && !contains(book.FollowUp, last) {
		return i.pick("followup", more)
	}
	return i.pick("acknowledge", book.Acknowledge) + " " + i.render(i.pick(stage, open))
}

// stage finds what the interview has come to, and the questions of it that were not asked.
func (i Interview) stage(book Book) (name string, open []string) {
	plan := []struct {
		name      string
		questions []string
		count     int
	}{
		{"introduction", book.Introduction, 1},
		{"motivation", book.Motivation, 2},
		{"experience", book.Experience, 3},
		{"job", append(append([]string(nil), book.Jobs[i.Job]...), book.Job...), 3},
		{"situation", book.Situation, 2},
		{"closing", book.Closing, 1},
	}
	for _, stage := range plan {
		if i.used(stage.questions) >= stage.count {
			continue
		}
		open := i.unused(stage.questions, nil)
		if own := i.unused(book.Jobs[i.Job], nil); stage.name == "job" && len(own) > 0 {
			open = own // the job's own questions come before those for any job
		}
		if len(open) > 0 {
			return stage.name, open
		}
	}
	return "", nil
}

// unused leaves out what was said before, or gives otherwise when nothing is left.
func (i Interview) unused(lines, otherwise []string) []string {
	var open []string
	for _, line := range lines {
		if !i.said(line) {
			open = append(open, line)
		}
	}
	if len(open) == 0 {
		return otherwise
	}
	return open
}

func (i Interview) used(lines []string) int { return len(lines) - len(i.unused(lines, nil)) }

func (i Interview) said(line string) bool {
	mark := longestLiteral(line)
	for _, turn := range i.Asked {
		if strings.Contains(turn, mark) {
			return true
		}
	}
	return false
}

func contains(lines []string, turn string) bool {
	for _, line := range lines {
		if strings.Contains(turn, longestLiteral(line)) {
			return true
		}
	}
	return false
}

// pick chooses by the conversation's length and the seed: different interviews differ, the same one does not.
func (i Interview) pick(what string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, i.Seed, what, len(i.Asked), i.Company, i.Job)
	return lines[hash.Sum64()%uint64(len(lines))]
}

// isThin tells whether an answer leaves out what an interviewer wants to know.
func (i Interview) isThin() bool {
	n := utf8.RuneCountInString(strings.TrimSpace(i.Said))
	return len(i.Asked) > 1 && n > 0 && n < thin && !strings.ContainsFunc(i.Said, unicode.IsDigit)
}

func wantsRepeat(said string) bool {
	if utf8.RuneCountInString(said) > 60 {
		return false
	}
	said = strings.ToLower(said)
	for _, phrase := range []string{"다시 말씀", "다시 한번", "다시 한 번", "다시 질문", "못 들었", "안 들렸", "안 들려", "repeat", "say that again", "pardon"} {
		if strings.Contains(said, phrase) {
			return true
		}
	}
	return false
}

// lastQuestion is the last sentence of a turn.
func lastQuestion(turn string) string {
	turn = strings.TrimSpace(turn)
	body := strings.TrimRight(turn, ".?! ")
	if at := strings.LastIndexAny(body, ".?!"); at >= 0 {
		return strings.TrimSpace(turn[at+1:])
	}
	return turn
}

// language is what the interview is held in: the one asked for, else the candidate's, else the interviewer's so far.
func language(i Interview) string {
	if i.Language == "ko" || i.Language == "en" {
		return i.Language
	}
	latin, hangul := count(i.Said)
	if len(i.Asked) > 0 && latin+hangul < 12 {
		latin, hangul = count(i.Asked[len(i.Asked)-1])
	}
	if latin > 3*hangul && latin >= 12 {
		return "en"
	}
	return "ko"
}

func count(text string) (latin, hangul int) {
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		}
	}
	return latin, hangul
}
