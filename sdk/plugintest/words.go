package plugintest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// maxWords bounds what is kept of a plugin's standard error, in bytes; maxTold what is told of it.
const (
	maxWords = 64 << 10
	maxTold  = 1000
)

// lastWords keep the end of what a plugin writes to standard error. Safe for concurrent use.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p...)
	w.text = w.text[max(0, len(w.text)-maxWords):]
	return len(p), nil
}

// with adds to an error what the plugin said: lines as they are, and log entries of warnings and errors.
func (w *lastWords) with(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var told []string
	for line := range bytes.Lines(w.text) {
		if text := readable(bytes.TrimSpace(line)); text != "" {
			told = append(told, "        "+text)
		}
	}
	if len(told) == 0 {
		return err
	}
	all := strings.Join(told, "\n")
	return fmt.Errorf("%w\n      the plugin said:\n%s", err, strings.ToValidUTF8(all[:min(len(all), maxTold)], ""))
}

func readable(line []byte) string {
	var entry struct {
		Level   string `json:"@level"`
		Message string `json:"@message"`
		Error   string `json:"error"`
		Panic   string `json:"panic"`
	}
	if json.Unmarshal(line, &entry) != nil || entry.Level == "" {
		return string(line)
	}
	if entry.Level != "warn" && entry.Level != "error" {
		return ""
	}
	return strings.TrimSpace(entry.Message + " " + entry.Error + entry.Panic)
}
