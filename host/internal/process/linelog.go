package process

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/hashicorp/go-hclog"
)

const (
	// maxLine is how much of a line is logged, in bytes.
	maxLine = 8 << 10
	// maxLines may be logged in a second; the rest is counted.
	maxLines = 500
	// maxWords bounds a program's last words, in bytes.
	maxWords = 400
)

// lineLog writes what a plugin says into the host's log: hclog's JSON lines keep their level and
// fields, other lines are for debugging. It is safe for concurrent use.
type lineLog struct {
	logger hclog.Logger

	mu      sync.Mutex
	second  time.Time
	lines   int
	dropped int
	// panicked is set by the first line of a stack trace: those that follow belong to it.
	panicked bool
	words    string
}

func newLineLog(logger hclog.Logger) *lineLog { return &lineLog{logger: logger} }

// consume logs lines until r ends. It never stops reading before, however long the lines are.
func (l *lineLog) consume(r io.Reader) {
	reader := bufio.NewReaderSize(r, maxLine)
	continued := false
	for {
		line, more, err := reader.ReadLine()
		if err != nil {
			l.tellDropped()
			return
		}
		if !continued {
			l.line(line, more)
		}
		continued = more
	}
}

// Write implements io.Writer for what go-plugin copies from a plugin's replaced standard streams.
func (l *lineLog) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		line = bytes.TrimRight(line, "\r\n")
		l.line(line[:min(len(line), maxLine)], len(line) > maxLine)
	}
	return len(p), nil
}

func (l *lineLog) line(line []byte, cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(bytes.TrimSpace(line)) == 0 || !l.admit(time.Now()) {
		return
	}
	if fields, ok := structured(line); ok && !cut {
		l.structured(fields)
		return
	}
	text := plain(strings.ToValidUTF8(string(line), "\uFFFD"))
	if cut {
		text += " …"
	}
	if !l.panicked && deathCry.MatchString(text) {
		l.panicked, l.words = true, clip(text)
	}
	if l.panicked {
		l.logger.Error(text)
		return
	}
	l.words = clip(text)
	l.logger.Debug(text)
}

// deathCry begins what Go's runtime writes when a program ends by a mistake, the last where that is in the runtime's own code.
var deathCry = regexp.MustCompile(`^(panic|fatal error|SIG(SEGV|BUS|ILL|FPE|ABRT|TRAP|SYS)): `)

// plain keeps a plugin's words on one line, and terminals from obeying them.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return ' '
		}
		return r
	}, text)
}

// admit counts a line in, and tells in time how many were not.
func (l *lineLog) admit(now time.Time) bool {
	if now.Sub(l.second) >= time.Second {
		l.second, l.lines = now, 0
		l.tell()
	}
	if l.lines >= maxLines {
		l.dropped++
		return false
	}
	l.lines++
	return true
}

func (l *lineLog) tellDropped() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell()
}

func (l *lineLog) tell() {
	if l.dropped > 0 {
		l.logger.Warn("plugin writes too much, lines were dropped", "lines", l.dropped)
		l.dropped = 0
	}
}

// structured reads a line of hclog's: a JSON object with a message.
func structured(line []byte) (map[string]any, bool) {
	if line[0] != '{' {
		return nil, false
	}
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, false
	}
	_, ok := fields["@message"].(string)
	return fields, ok
}

func (l *lineLog) structured(fields map[string]any) {
	message, _ := fields["@message"].(string)
	message = plain(message)
	name, _ := fields["@level"].(string)
	level := hclog.LevelFromString(name)
	if level == hclog.NoLevel {
		level = hclog.Debug
	}
	if level >= hclog.Error {
		l.words = clip(message)
		if cause, ok := fields["error"].(string); ok {
			l.words = clip(message + ": " + cause)
		}
	}
	var pairs []any
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !strings.HasPrefix(key, "@") {
			pairs = append(pairs, plain(key), fields[key])
		}
	}
	l.logger.Log(level, message, pairs...)
}

func (l *lineLog) lastWords() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.words
}

func clip(text string) string {
	if len(text) <= maxWords {
		return text
	}
	return strings.ToValidUTF8(text[:maxWords], "") + " …"
}
