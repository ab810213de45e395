package studio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Scaffold writes NAME.json into the working folder: the character file like with another name, to be edited. Gives its path.
func Scaffold(name, like string) (string, error) {
	if !plain(name) {
		return "", fmt.Errorf("new character: %q is no name of a folder: take letters, digits and hyphens", name)
	}
	if filepath.Ext(like) != ".json" {
		like = filepath.Join(studioFiles, like+".json")
	}
	old, err := ReadCharacter(like)
	if err != nil {
		return "", err
	}
	raw, err := os.ReadFile(like) //nolint:gosec // the user names it
	if err != nil {
		return "", fmt.Errorf("new character: %w", err)
	}
	quoted, err := json.Marshal(old.Name)
	if err != nil {
		return "", fmt.Errorf("new character: %w", err)
	}
	renamed, err := json.Marshal(name)
	if err != nil {
		return "", fmt.Errorf("new character: %w", err)
	}
	// By its text, so that the order of its fields stays.
	before := append([]byte(`"name": `), quoted...)
	if bytes.Count(raw, before) == 0 {
		return "", fmt.Errorf("new character: %s does not begin with its name", like)
	}
	raw = bytes.Replace(raw, before, append([]byte(`"name": `), renamed...), 1)
	path := name + ".json"
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // a text to edit
	if err != nil {
		return "", fmt.Errorf("new character: %w", err)
	}
	_, err = file.Write(raw)
	return path, errors.Join(err, file.Close())
}
