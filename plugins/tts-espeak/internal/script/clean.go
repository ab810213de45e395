// Package script prepares a text for speaking: it cleans it, tells which language each
// stretch is written in, and cuts it into sentences. It knows no engine and no voice.
package script

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Clean drops what cannot be spoken: broken UTF-8, control and format characters (the
// engine would take some as commands) and emoji. Line ends become "\n", other white space a space.
func Clean(text string) string {
	text = width.Fold.String(norm.NFC.String(strings.ToValidUTF8(text, "")))
	var out strings.Builder
	for _, r := range text {
		switch {
		case strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r):
			out.WriteByte('\n')
		case unicode.IsSpace(r):
			out.WriteByte(' ')
		case r >= '①' && r <= '⑳', strings.ContainsRune("¼½¾", r):
			out.WriteString(strings.ReplaceAll(norm.NFKC.String(string(r)), "\u2044", "/"))
		case r >= 'Ⅰ' && r <= 'Ⅻ':
			out.WriteString(strconv.Itoa(int(r-'Ⅰ') + 1))
		case r == '㈜':
			out.WriteString("주식회사 ")
		case isEmoji(r), r == '\t':
			out.WriteByte(' ')
		case unicode.Is(unicode.C, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Variation_Selector, r), !assigned(r):
		default:
			out.WriteRune(r)
		}
	}
	return strings.TrimSpace(out.String())
}

// Speakable tells whether any letter or digit is left to say.
func Speakable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) >= 0
}

func isEmoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r >= 0x2B00 && r <= 0x2BFF
}

func assigned(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z)
}
