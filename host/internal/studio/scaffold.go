package studio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Scaffold writes NAME.json into the working folder: the character file like with another name, to be edited. Gives its path.
func Scaffold(name, like string) (string, error) {
	name = strings.TrimSuffix(name, ".json") // who names the file means it
	if err := checkName(name); err != nil {
		return "", fmt.Errorf("new character: %w", err)
	}
	like, err := model(like)
	if err != nil {
		return "", err
	}
	old, err := ReadCharacter(like)
	if err != nil {
		return "", err
	}
	raw, err := readFile(like)
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

// model gives the file of a character to start from: one of the studio by its name, or a file.
func model(like string) (string, error) {
	file := like
	if filepath.Ext(like) != ".json" {
		file = filepath.Join(studioFiles, like+".json")
	}
	if _, err := os.Stat(file); err == nil && (file == like || checkName(like) == nil) {
		return file, nil
	}
	ours, _ := filepath.Glob(filepath.Join(studioFiles, "*.json")) // a pattern of our own
	if len(ours) == 0 {
		return "", fmt.Errorf("new character: there is no %s here: run it in a folder with the project's source", studioFiles)
	}
	for i, file := range ours {
		ours[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	return "", fmt.Errorf("new character: there is no character %.60q to start from: --like takes %s, or a character file that ends in .json",
		like, strings.Join(ours, ", "))
}
