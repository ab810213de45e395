package espeak

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

const (
	eventEnd     = 0
	eventPhoneme = 7
)

// maxEvents bounds a walk over the library's list, which ends with eventEnd.
const maxEvents = 10000

// event is espeak_EVENT of speak_lib.h.
type event struct {
	kind   int32
	_      uint32   // identifier
	_      [3]int32 // place in the text, length of the word, milliseconds
	sample int32
	_      uintptr // user data
	name   [8]byte
}

func appendPhonemes(phonemes []Phoneme, events *event) []Phoneme {
	if events == nil {
		return phonemes
	}
	for i := range maxEvents {
		e := (*event)(unsafe.Add(unsafe.Pointer(events), uintptr(i)*unsafe.Sizeof(event{}))) //nolint:gosec // a C array
		if e.kind == eventEnd {
			break
		}
		if e.kind != eventPhoneme {
			continue
		}
		if ipa, ok := clean(e.name[:]); ok {
			phonemes = appendPhoneme(phonemes, Phoneme{Start: int64(e.sample), IPA: ipa})
		}
	}
	return phonemes
}

// appendPhoneme keeps starts strictly rising: what lasts no time is replaced by what follows.
func appendPhoneme(phonemes []Phoneme, p Phoneme) []Phoneme {
	if n := len(phonemes); n > 0 && p.Start <= phonemes[n-1].Start {
		p.Start = phonemes[n-1].Start
		phonemes = phonemes[:n-1]
	}
	if n := len(phonemes); n > 0 && phonemes[n-1].IPA == "" && p.IPA == "" {
		return phonemes
	}
	return append(phonemes, p)
}

// clean gives the bare IPA letters of a phoneme's name: how long and how tense it is
// spoken does not change the mouth, and its length is told by the next phoneme. False is
// a note that is no sound: "(en)" for a change of language, or a tone alone.
func clean(raw []byte) (string, bool) {
	if end := bytes.IndexByte(raw, 0); end >= 0 {
		raw = raw[:end]
	}
	if len(raw) == 0 || (len(raw) == 1 && raw[0] == '_') {
		return "", true
	}
	if raw[0] == '(' {
		return "", false
	}
	var ipa strings.Builder
	for _, r := range norm.NFD.String(string(raw)) {
		// A name of more than eight bytes comes cut off, perhaps inside a character.
		if r == utf8.RuneError || !unicode.IsLetter(r) || unicode.Is(unicode.Lm, r) {
			continue
		}
		ipa.WriteRune(r)
	}
	return korean(ipa.String()), ipa.Len() > 0
}

// korean puts right what the library's Korean leaves without an IPA name.
func korean(ipa string) string {
	switch ipa {
	case "ph":
		return "p"
	case "th":
		return "t"
	case "kh", "q":
		return "k"
	default:
		return ipa
	}
}
