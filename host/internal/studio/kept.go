package studio

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// kept remembers which steps are done, and where what they made lies.
type kept struct {
	file string
	// Keys say by step what it was done with, Places where its result lies.
	Keys   map[string]string `json:"keys"`
	Places map[string]string `json:"places"`
}

func openKept(file string) (*kept, error) {
	k := &kept{file: file, Keys: map[string]string{}, Places: map[string]string{}}
	raw, err := os.ReadFile(file) //nolint:gosec // a file of our own
	if errors.Is(err, os.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, k)
	}
	if err != nil {
		return nil, fmt.Errorf("read what is made: %w", err)
	}
	return k, nil
}

// key says what a step is done with: its command and what the character file holds, and those of who sits beside.
func (k *kept) key(character string, command []string) string {
	raw, _ := readFile(character) // it was read before
	sum := sha256.New()
	_, _ = sum.Write([]byte(strings.Join(command, "\x00")))
	_, _ = sum.Write(raw)
	for _, file := range neighbours(character, raw) {
		raw, _ := readFile(file) // the studio says if there is none
		_, _ = sum.Write(raw)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// short tells the results of a step apart.
func (k *kept) short(step string) string { return k.Keys[step] }

// has tells whether a step is done with the same, and its result is there.
func (k *kept) has(s step, key string) bool {
	if s.done == "" || k.Keys[s.name] != key {
		return false
	}
	place := k.Places[s.name]
	if filepath.Base(place) != s.done {
		place = filepath.Join(place, s.done)
	}
	_, err := os.Stat(place)
	return err == nil
}

// add notes that a step is done; place is the last line that it printed.
func (k *kept) add(s step, key, place string) error {
	k.Keys[s.name], k.Places[s.name] = key, place
	if s.done != "" && !k.has(s, key) {
		return fmt.Errorf("%s: it ended without %s at %q", s.name, s.done, place)
	}
	raw, err := json.MarshalIndent(k, "", " ")
	if err != nil {
		return fmt.Errorf("note what is made: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(k.file), 0o750); err != nil {
		return fmt.Errorf("note what is made: %w", err)
	}
	half := k.file + ".half"
	if err := os.WriteFile(half, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("note what is made: %w", err)
	}
	if err := os.Rename(half, k.file); err != nil {
		return fmt.Errorf("note what is made: %w", err)
	}
	return nil
}

// lastLine keeps the last line that was written to it, up to a bound.
type lastLine struct{ line, whole bytes.Buffer }

// maxLine bounds a line that is kept, in bytes.
const maxLine = 8 << 10

// Write implements io.Writer.
func (l *lastLine) Write(p []byte) (int, error) {
	for _, b := range p {
		switch {
		case b == '\n':
			l.whole, l.line = l.line, bytes.Buffer{}
		case l.line.Len() < maxLine:
			l.line.WriteByte(b)
		}
	}
	return len(p), nil
}

func (l *lastLine) text() string {
	if l.line.Len() > 0 {
		return l.line.String()
	}
	return l.whole.String()
}
