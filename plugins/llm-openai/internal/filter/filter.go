// Package filter takes out of a model's answer what was never meant to be heard: thoughts between <think> tags, and control
// tokens that a server let through. It works on a stream and holds back only what could still become such a tag.
package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Filter holds the state of one answer. Not safe for concurrent use.
type Filter struct {
	pending  string
	thinking bool
	// trim drops white space until text comes: at the start, and after a thought.
	trim bool
	// role drops the name that follows a turn's opening token; named is as much of it as has come.
	role  bool
	named string
}

// New begins an answer.
func New() *Filter { return &Filter{trim: true} }

// Feed takes the next piece, cut anywhere, and gives what can be heard of it.
func (f *Filter) Feed(piece string) string {
	f.pending += piece
	var out strings.Builder
	for f.step(&out) {
	}
	return out.String()
}

// Flush gives what is left when the answer ends: an unfinished tag was text after all.
func (f *Filter) Flush() string {
	left := f.pending
	f.pending = ""
	if f.thinking {
		return ""
	}
	var out strings.Builder
	f.emit(&out, strings.ToValidUTF8(left, ""))
	if f.role {
		out.WriteString(f.named) // no role after all
	}
	return out.String()
}

// step deals with the pending text up to the next tag; false when more must come.
func (f *Filter) step(out *strings.Builder) bool {
	if f.thinking {
		return f.skipThought()
	}
	at := strings.IndexByte(f.pending, '<')
	if at < 0 {
		whole := completeRunes(f.pending)
		f.emit(out, f.pending[:whole])
		f.pending = f.pending[whole:]
		return false
	}
	f.emit(out, f.pending[:at])
	f.pending = f.pending[at:]
	what, length, known := tag(f.pending)
	switch {
	case known && length == 0:
		return false // it may become a tag
	case !known:
		f.emit(out, "<")
		f.pending = f.pending[1:]
		return true
	}
	f.pending = f.pending[length:]
	switch what {
	case thoughtOpens:
		f.thinking = true
	case thoughtCloses:
		f.trim = true
	case turnOpens:
		f.role = true
	case control:
	}
	return true
}

// skipThought drops text up to the end of the thought.
func (f *Filter) skipThought() bool {
	at := strings.IndexByte(f.pending, '<')
	if at < 0 {
		f.pending = ""
		return false
	}
	f.pending = f.pending[at:]
	what, length, known := tag(f.pending)
	switch {
	case known && length == 0:
		return false // it may become the end
	case known && what == thoughtCloses:
		f.pending, f.thinking, f.trim = f.pending[length:], false, true
	default:
		f.pending = f.pending[1:]
	}
	return true
}

// emit writes text without what must be trimmed before it.
func (f *Filter) emit(out *strings.Builder, text string) {
	if text == "" {
		return
	}
	if f.role {
		f.named += text
		text = f.named
		for _, role := range roles() {
			if len(f.named) < len(role) && strings.HasPrefix(role, f.named) {
				return
			}
			text = strings.TrimPrefix(text, role)
		}
		f.role, f.named, f.trim = false, "", true
	}
	if f.trim {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		f.trim = text == ""
	}
	out.WriteString(text)
}

// roles are what models call themselves when they take their turn.
func roles() []string { return []string{"assistant", "model"} }

// completeRunes is the length of text without a character that is cut at its end.
func completeRunes(text string) int {
	for back := 1; back <= utf8.UTFMax && back <= len(text); back++ {
		if c := text[len(text)-back]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(text[len(text)-back:]) {
				return len(text) - back
			}
			break
		}
	}
	return len(text)
}
