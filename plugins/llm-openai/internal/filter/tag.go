package filter

import (
	"strings"
	"unicode/utf8"
)

// kind is what a tag is.
type kind int

const (
	control kind = iota // of no meaning for who listens
	thoughtOpens
	thoughtCloses
	turnOpens
)

// maxTag bounds a tag such as <|im_end|>, in bytes.
const maxTag = 60

// tag looks at text that begins with '<': known with its length when it begins with a tag, known with 0 when it
// could still become one, or not known.
func tag(text string) (what kind, length int, known bool) {
	for _, t := range []struct {
		look func(string) (int, bool)
		kind kind
	}{
		{closingThought, thoughtCloses},
		{openingThought, thoughtOpens},
		{literal("<start_of_turn>"), turnOpens},
		{literal("<end_of_turn>"), control},
		{literal("</s>"), control},
		{barred, control},
	} {
		length, known := t.look(text)
		if !known || length == 0 && len(text) >= maxTag {
			continue
		}
		what = t.kind
		if length > 0 && text[:length] == "<|im_start|>" {
			what = turnOpens
		}
		return what, length, true
	}
	return control, 0, false
}

func literal(want string) func(string) (int, bool) {
	return func(text string) (int, bool) {
		if strings.HasPrefix(text, want) {
			return len(want), true
		}
		return 0, strings.HasPrefix(want, text)
	}
}

// openingThought is <think> or <thinking>, in letters of any case, perhaps with an attribute.
func openingThought(text string) (int, bool) {
	rest, state := thought(text, "<think")
	if state != within {
		return 0, state == open
	}
	tight := rest
	rest = strings.TrimLeft(rest, space)
	name := strings.TrimLeftFunc(rest, isName)
	switch {
	case rest == "":
		return 0, true
	case rest[0] == '>':
		return len(text) - len(rest) + 1, true
	case tight == rest || name == rest:
		return 0, false
	case name == "":
		return 0, true
	case name[0] != '=':
		return 0, false
	}
	end := strings.IndexAny(name, "<>")
	if end < 0 {
		return 0, true
	}
	return len(text) - len(name) + end + 1, name[end] == '>'
}

// closingThought is </think> or </thinking>, perhaps with white space in it.
func closingThought(text string) (int, bool) {
	rest, state := thought(text, "</think")
	if state != within {
		return 0, state == open
	}
	rest = strings.TrimLeft(rest, space)
	if rest == "" {
		return 0, true
	}
	return len(text) - len(rest) + 1, rest[0] == '>'
}

// Whether text is no such tag, or not yet, or what follows its name decides.
const (
	no = iota
	open
	within
)

// thought gives what follows a tag's name, which may go on with "ing".
func thought(text, name string) (rest string, state int) {
	for _, name := range []string{name + "ing", name} {
		if len(text) <= len(name) && strings.EqualFold(name[:len(text)], text) {
			return "", open
		}
		if len(text) > len(name) && strings.EqualFold(text[:len(name)], name) {
			return text[len(name):], within
		}
	}
	return "", no
}

// space may stand in a tag.
const space = " \t\r\n"

func isName(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-'
}

const wideBar = "｜"

// barred is a control token between bars: <|im_end|>, or with wide ones <｜end▁of▁sentence｜>.
func barred(text string) (int, bool) {
	bar, size := utf8.DecodeRuneInString(text[1:])
	switch {
	case strings.HasPrefix(wideBar, text[1:]) && text[1:] != wideBar:
		return 0, true
	case string(bar) != "|" && string(bar) != wideBar:
		return 0, false
	}
	inside := text[1+size:]
	end := strings.TrimLeftFunc(inside, func(r rune) bool { return isName(r) || r >= '0' && r <= '9' || r == '▁' })
	switch {
	case !utf8.FullRuneInString(end): // nothing yet, or half a character
		return 0, true
	case end == string(bar):
		return 0, inside != end
	case strings.HasPrefix(end, string(bar)+">"):
		return len(text) - len(end) + size + 1, inside != end
	default:
		return 0, false
	}
}
