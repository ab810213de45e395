package voices

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
)

// variants is where eSpeak's data keeps its timbres.
const variants = "voices/!v"

// timbres are ours: formants, pitch and breath of four speakers, tuned by measurement.
//
//go:embed variants
var timbres embed.FS

// Install makes a folder at into that shows eSpeak's data as it lies in data, with our own
// timbres among the others. The data itself is not touched or copied.
func Install(data, into string) error {
	if err := os.MkdirAll(filepath.Join(into, variants), 0o700); err != nil {
		return fmt.Errorf("make voice folder: %w", err)
	}
	if err := link(data, into); err != nil {
		return err
	}
	if err := link(filepath.Join(data, variants), filepath.Join(into, variants)); err != nil {
		return err
	}
	ours, err := timbres.ReadDir("variants")
	if err != nil {
		return fmt.Errorf("list own voices: %w", err)
	}
	for _, entry := range ours {
		content, err := timbres.ReadFile("variants/" + entry.Name())
		if err != nil {
			return fmt.Errorf("read own voice: %w", err)
		}
		if err := os.WriteFile(filepath.Join(into, variants, entry.Name()), content, 0o600); err != nil {
			return fmt.Errorf("write own voice: %w", err)
		}
	}
	return nil
}

// link shows every entry of a folder in another, except what is there already.
func link(from, into string) error {
	from, err := filepath.Abs(from)
	if err != nil {
		return fmt.Errorf("find voice data: %w", err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("read voice data: %w", err)
	}
	for _, entry := range entries {
		target := filepath.Join(into, entry.Name())
		if _, err := os.Lstat(target); err == nil {
			continue
		}
		if err := os.Symlink(filepath.Join(from, entry.Name()), target); err != nil {
			return fmt.Errorf("link voice data: %w", err)
		}
	}
	return nil
}
