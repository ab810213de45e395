// Package script decides what the built-in interviewer says next. It reads the conversation alone, so that the same
// conversation gives the same answer; it keeps nothing.
package script

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/book"
	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/reading"
)

// Question is one of the host's question set.
type Question struct {
	Level, Competency, Text string
	FollowUps               []string
	// Asked says that the interviewer asked it already.
	Asked bool
}

// Interview is a conversation as far as it has come.
type Interview struct {
	// Turns are all messages, oldest first; the last is the candidate's.
	Turns []Turn
	// Company and Job may be empty; Language is ko, en, or anything else for what the candidate speaks.
	Company, Job, Language string
	// Values are what the organisation cares about, in the interview's language; none where they are not known.
	Values []string
	// Questions are those of the host's set, those that fit best first.
	Questions []Question
	// Length is how many questions the interview has without follow-ups; 0 is DefaultLength.
	Length int
	Seed   int64
}

// Turn is one message.
type Turn struct {
	Interviewer bool
	Text        string
}

// Script holds the books. Safe for concurrent use.
type Script struct {
	books  map[string]*book.Book
	reader *reading.Reader
}

// Load reads what is built in.
func Load() (*Script, error) {
	s := &Script{books: map[string]*book.Book{}}
	for _, language := range []string{"ko", "en"} {
		b, err := book.Open(language)
		if err != nil {
			return nil, err //nolint:wrapcheck // it says what was done
		}
		s.books[language] = b
	}
	var err error
	s.reader, err = reading.New()
	return s, err //nolint:wrapcheck // it says what was done
}

// Next gives the interviewer's next words: at most four short sentences with one question.
func (s *Script) Next(i Interview) string {
	i.Language = i.language()
	i.Company, i.Job = company(i.Company), job(i.Job)
	t := &turn{Interview: i, book: s.books[i.Language], reader: s.reader}
	for _, q := range i.Questions {
		t.seasoned = append(t.seasoned, toSeasoned(q.Text))
	}
	t.past = t.recall()
	if n := len(i.Turns); n > 0 && !i.Turns[n-1].Interviewer {
		t.said = i.Turns[n-1].Text
	}
	t.heard = s.reader.Read(t.said)
	return t.reply()
}

// turn is the making of one answer.
type turn struct {
	Interview
	book   *book.Book
	reader *reading.Reader
	past   past
	said   string
	heard  reading.Reading
	// seasoned are the Questions as those who have worked for years are asked.
	seasoned []string
}

// names fill the slots of lines.
func (t *turn) names(mention string) book.Names {
	n := book.Names{Company: t.Company, Job: t.Job, Mention: mention, Name: t.heard.Name, Value: t.value()}
	if t.Language == "en" { // Korean names in an English sentence cannot be said by an English voice
		n.Company, n.Job = latinOnly(n.Company), latinOnly(n.Job)
	}
	return n
}

// line chooses one of a book's lines that was not said yet, or, when all were, one that was not said last.
func (t *turn) line(what string, lines []string) string {
	var fresh, other []string
	last := t.past.lastReply
	for _, l := range lines {
		mark := book.Mark(l)
		if !t.past.has(mark) {
			fresh = append(fresh, l)
		}
		if !strings.Contains(last, mark) {
			other = append(other, l)
		}
	}
	switch {
	case len(fresh) > 0:
		lines = fresh
	case len(other) > 0:
		lines = other
	}
	return t.fill(t.pick(what, lines), "")
}

func (t *turn) fill(line, mention string) string { return book.Fill(line, t.names(mention)) }

// pick chooses by the conversation's length and the seed: different interviews differ, the same one does not.
func (t *turn) pick(what string, lines []string) string {
	return lines[t.dice(what)%uint64(len(lines))]
}

func (t *turn) dice(what string) uint64 {
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, t.Seed, "\x00", what, "\x00", len(t.Turns), "\x00", t.Company, "\x00", t.Job)
	return hash.Sum64()
}

func latinOnly(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
		return ""
	}
	return name
}

// sentences joins what is said, and leaves out what is empty.
func sentences(parts ...string) string {
	var all []string
	for _, p := range parts {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, " ")
}
