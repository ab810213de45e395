// Package filter takes out of a model's answer what was never meant to be heard: thoughts between <think> tags, and control
// tokens that a server let through. It works on a stream and holds back only what could still become such a tag.
package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	thinkOpens  = "<think>"
	thinkCloses = "</think>"
	turnOpens   = "<|im_start|>"
	// maxControl bounds a control token such as <|im_end|>, in bytes.
	maxControl = 40
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
	tag, known := match(f.pending)
	switch {
	case known && tag == "":
		return false // it may become a tag
	case !known:
		f.emit(out, "<")
		f.pending = f.pending[1:]
		return true
	}
	f.pending = f.pending[len(tag):]
	switch tag {
	case thinkOpens:
		f.thinking = true
	case turnOpens:
		f.role = true
	}
	f.trim = f.trim || tag == thinkCloses
	return true
}

// skipThought drops text up to the end of the thought.
func (f *Filter) skipThought() bool {
	if _, after, found := strings.Cut(f.pending, thinkCloses); found {
		f.pending, f.thinking, f.trim = after, false, true
		return true
	}
	keep := len(f.pending)
	for n := 1; n < len(thinkCloses) && n <= len(f.pending); n++ {
		if strings.HasPrefix(thinkCloses, f.pending[len(f.pending)-n:]) {
			keep = len(f.pending) - n
		}
	}
	if keep < len(f.pending) {
		f.pending = f.pending[keep:]
		return false
	}
	f.pending = ""
	return false
}

// match tells whether text, which begins with '<', begins with a tag: known with the tag, known with "" when it could
// still become one, or not known.
func match(text string) (tag string, known bool) {
	for _, t := range []string{thinkOpens, thinkCloses, "</s>"} {
		if strings.HasPrefix(text, t) {
			return t, true
		}
		if strings.HasPrefix(t, text) {
			return "", true
		}
	}
	if !strings.HasPrefix(text, "<|") {
		return "", false
	}
	for i := 2; i < len(text) && i < maxControl; i++ {
		switch c := text[i]; {
		case c == '|' && i+1 == len(text):
			return "", true
		case c == '|' && text[i+1] == '>':
			return text[:i+2], true
		case c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z'):
			return "", false
		}
	}
	return "", len(text) < maxControl
}

// emit writes text without what must be trimmed before it.
func (f *Filter) emit(out *strings.Builder, text string) {
	if text == "" {
		return
	}
	if f.role {
		f.named += text
		if len(f.named) < len(assistant) && strings.HasPrefix(assistant, f.named) {
			return
		}
		text = strings.TrimPrefix(f.named, assistant)
		f.role, f.named, f.trim = false, "", true
	}
	if f.trim {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		f.trim = text == ""
	}
	out.WriteString(text)
}

// assistant is the role that a model names when it takes its turn.
const assistant = "assistant"

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
