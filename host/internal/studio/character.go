package studio

import (
	"encoding/json"
	"errors"
	"fmt"
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
	raw, err := os.ReadFile(path) //nolint:gosec // the user names it
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("there is no character file %s: visavis avatar new NAME writes one to start from", path)
	}
	if err != nil {
		return c, fmt.Errorf("read character: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read character: %s: %w", path, err)
	}
	if !plain(c.Name) {
		return c, fmt.Errorf("read character: %s: the name %q is no name of a folder: take letters, digits and hyphens", path, c.Name)
	}
	return c, nil
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
var name = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,99}$`)

// plain tells whether a name can be that of a folder.
func plain(text string) bool { return name.MatchString(text) }
