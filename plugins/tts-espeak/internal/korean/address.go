package korean

import (
	"regexp"
	"strings"
)

var (
	mailPattern   = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	urlPattern    = regexp.MustCompile(`(?i)(?:https?://|www\.)[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*[A-Za-z0-9/=_-]`)
	domainPattern = regexp.MustCompile(`(?i)\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|kr|gov|edu)\b(?:/[A-Za-z0-9._~/%-]*[A-Za-z0-9/_-])?`)
	schemePattern = regexp.MustCompile(`(?i)^https?://`)
	ending        = regexp.MustCompile(`(?i)\.(com|net|org|co|kr|io|ai|go|or|ac|re|gov|edu|me|app|dev)\b`)
)

// readAddresses says the marks in addresses of mail and of pages by their names. What follows
// the ? or # of a page is nothing that people say.
func readAddresses(text string) string {
	text = mailPattern.ReplaceAllStringFunc(text, func(s string) string {
		name, host, _ := strings.Cut(s, "@")
		return marks(name) + " 골뱅이 " + marks(host)
	})
	page := func(s string) string {
		s = schemePattern.ReplaceAllString(s, "")
		if end := strings.IndexAny(s, "?#"); end >= 0 {
			s = s[:end]
		}
		return marks(strings.TrimRight(s, "/"))
	}
	return domainPattern.ReplaceAllStringFunc(urlPattern.ReplaceAllStringFunc(text, page), page)
}

func marks(address string) string {
	address = ending.ReplaceAllStringFunc(address, func(s string) string {
		switch end := strings.ToLower(s[1:]); end {
		case "com":
			return " 닷컴"
		case "net":
			return " 닷넷"
		case "app", "dev":
			return " 점 " + end
		default:
			return " 점 " + spell(strings.ToUpper(end))
		}
	})
	if rest, found := strings.CutPrefix(address, "www."); found {
		address = "더블유 더블유 더블유 점 " + rest
	}
	return strings.NewReplacer(".", " 점 ", "/", " 슬래시 ", "_", " 언더바 ", "-", " 하이픈 ", "%", " 퍼센트 ", "~", " 물결 ", ":", " ").Replace(address)
}
