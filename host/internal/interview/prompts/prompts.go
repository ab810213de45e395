// Package prompts writes the system prompt of an interview from templates: those that ship, or what an operator has put in
// their place. It does not know what is asked.
package prompts

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"text/template"
	"unicode"
	"unicode/utf8"

	"github.com/google/renameio/v2"

	"github.com/visavis-dev/visavis/sdk/fault"
)

//go:embed templates
var templates embed.FS

// maxTemplate bounds a template, in bytes.
const maxTemplate = 16 << 10

// Key says which interviews a template is for.
type Key struct {
	// OrgType is 일반기업 or 병원.
	OrgType string
	// Language is ko or en.
	Language string
}

// Keys are all that there are.
func Keys() []Key {
	return []Key{{"일반기업", "ko"}, {"일반기업", "en"}, {"병원", "ko"}, {"병원", "en"}}
}

func (k Key) file() string {
	if k.OrgType == "병원" {
		return "hospital." + k.Language + ".tmpl"
	}
	return "company." + k.Language + ".tmpl"
}

// Data is what a template can name. Texts that come from clients are of one line.
type Data struct {
	// Company, Industry and Job may be empty.
	Company, Industry, Job string
	Values, Themes         []string
	Questions              []Question
}

// Question fits the conversation.
type Question struct {
	Text, Strong string
	FollowUps    []string
}

// Prompt is a template as it is now.
type Prompt struct {
	Key
	Template string
	// Overridden says that it is not the one that ships.
	Overridden bool
}

// Book holds the templates. Safe for concurrent use.
type Book struct {
	dir string

	mu      sync.RWMutex
	current map[Key]entry
}

type entry struct {
	prompt Prompt
	parsed *template.Template
}

// Open reads the templates: dir holds those of an operator and is made when it is missing.
func Open(dir string) (*Book, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for prompts: %w", err)
	}
	b := &Book{dir: dir, current: map[Key]entry{}}
	for _, key := range Keys() {
		raw, err := os.ReadFile(filepath.Join(dir, key.file())) //nolint:gosec // one of four names
		overridden := err == nil
		if os.IsNotExist(err) {
			raw, err = templates.ReadFile("templates/" + key.file())
		}
		if err != nil {
			return nil, fmt.Errorf("read prompt: %w", err)
		}
		if err := b.set(key, string(raw), overridden); err != nil {
			return nil, fmt.Errorf("read prompt %s: %w", key.file(), err)
		}
	}
	return b, nil
}

// set takes a template when it is right. The caller holds mu, or is the only one.
func (b *Book) set(key Key, text string, overridden bool) error {
	parsed, err := compile(text)
	if err != nil {
		return err
	}
	b.current[key] = entry{prompt: Prompt{Key: key, Template: text, Overridden: overridden}, parsed: parsed}
	return nil
}

// List gives all templates in the order of Keys.
func (b *Book) List() []Prompt {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var all []Prompt
	for _, key := range Keys() {
		all = append(all, b.current[key].prompt)
	}
	return all
}

// Write gives the prompt of an interview. A key that is not one of Keys is an error.
func (b *Book) Write(key Key, data Data) (string, error) {
	b.mu.RLock()
	e, known := b.current[key]
	b.mu.RUnlock()
	if !known {
		return "", fmt.Errorf("write prompt: no template for %q in %q", key.OrgType, key.Language)
	}
	return execute(e.parsed, data.tidy())
}

// Override puts a template in the place of another for good, or, when text is empty, the one that ships. What is wrong
// with a template is fault.Invalid.
func (b *Book) Override(key Key, text string) (Prompt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.current[key]; !known {
		return Prompt{}, refuse(fmt.Errorf("no prompt for %q in %q", key.OrgType, key.Language), "그런 프롬프트는 없습니다. org_type은 일반기업 또는 병원, language는 ko 또는 en이어야 합니다")
	}
	path := filepath.Join(b.dir, key.file())
	if text == "" {
		raw, err := templates.ReadFile("templates/" + key.file())
		if err != nil {
			return Prompt{}, fmt.Errorf("read prompt: %w", err)
		}
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return Prompt{}, fmt.Errorf("restore prompt: %w", err)
		}
		err = b.set(key, string(raw), false)
		return b.current[key].prompt, err
	}
	if _, err := compile(text); err != nil {
		return Prompt{}, err
	}
	if err := renameio.WriteFile(path, []byte(text), 0o600); err != nil {
		return Prompt{}, fault.New(fault.Unavailable, "write prompt", "프롬프트를 저장할 수 없습니다. 서버의 저장 공간을 확인해 주세요", err)
	}
	err := b.set(key, text, true)
	return b.current[key].prompt, err
}

func refuse(err error, hint string) error { return fault.New(fault.Invalid, "read prompt", hint, err) }

// tidy keeps a client's words from looking like lines of the prompt.
func (d Data) tidy() Data {
	d.Company, d.Job = oneLine(d.Company), oneLine(d.Job)
	return d
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)), " ")
}

func checkText(text string) error {
	switch {
	case len(text) > maxTemplate:
		return refuse(fmt.Errorf("template of %d bytes", len(text)), fmt.Sprintf("프롬프트는 %d KiB까지 쓸 수 있습니다", maxTemplate>>10))
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return refuse(fmt.Errorf("template is not text"), "프롬프트는 UTF-8 글이어야 합니다")
	}
	return nil
}
