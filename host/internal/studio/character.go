package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// Character is what this package reads of a character file; the studio checks the rest.
type Character struct {
	Name  string            `json:"name"`
	Title map[string]string `json:"title"`
}

// ReadCharacter reads a character file.
func ReadCharacter(path string) (Character, error) {
	var c Character
	raw, err := readFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("there is no character file %s: visavis avatar new NAME writes one to start from", path)
	}
	if err != nil {
		return c, fmt.Errorf("read character: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read character: %s: %w", path, err)
	}
	if err := checkName(c.Name); err != nil {
		return c, fmt.Errorf("read character: %s: the name %w", path, err)
	}
	return c, nil
}

// maxCharacter bounds a character file, in bytes.
const maxCharacter = 1 << 20

// readFile reads a plain file of a character's size: a device has no end, and a pipe perhaps no beginning.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err //nolint:wrapcheck // as below
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no plain file", path)
	}
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what was done
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, maxCharacter+1))
	if err == nil && len(raw) > maxCharacter {
		err = fmt.Errorf("%s is larger than a character file may be, %d MiB", path, maxCharacter>>20)
	}
	return raw, err
}

// studioFiles is where the studio's own character files lie.
const studioFiles = "tools/avatars"

// neighbours are the files of who sits beside a character: they lie beside its file, or are the studio's own.
func neighbours(path string, raw []byte) []string {
	var panel struct {
		Beside []struct {
			Character string `json:"character"`
		} `json:"beside"`
	}
	_ = json.Unmarshal(raw, &panel) // the studio says what is wrong with it
	var files []string
	for _, seat := range panel.Beside {
		file := filepath.Join(filepath.Dir(path), seat.Character)
		if _, err := os.Stat(file); err != nil {
			file = filepath.Join(studioFiles, seat.Character)
		}
		files = append(files, file)
	}
	return files
}

// name is one that can be a folder's, and an argument of make: the studio takes the same (tools/avatars/fields.py).
var name = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}_.-]*$`)

// maxName bounds a name, in bytes: with a resolution behind it is a pack's id, of at most 100.
const maxName = 90

// checkName tells whether a name can be a character's.
func checkName(text string) error {
	if !name.MatchString(text) {
		return fmt.Errorf("%.60q is no name of a folder: take letters, digits and hyphens", text)
	}
	if len(text) > maxName {
		return fmt.Errorf("%.20q… has %d bytes in UTF-8, and an avatar's may have %d: take a shorter one", text, len(text), maxName)
	}
	return nil
}
