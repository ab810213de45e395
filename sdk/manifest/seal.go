package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Seal writes the checksum of a plugin's executable into its manifest, atomically. A seal that
// already holds is left alone; changed tells whether the file was written.
func Seal(dir string) (changed bool, err error) {
	m, err := Load(dir)
	if err != nil {
		return false, err
	}
	sum, err := Checksum(filepath.Join(dir, m.Executable))
	if err != nil {
		return false, err
	}
	if m.SHA256 == sum {
		return false, nil
	}
	m.SHA256 = sum
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // people read it
	if err := encoder.Encode(m); err != nil {
		return false, fmt.Errorf("encode manifest: %w", err)
	}
	return true, replace(filepath.Join(dir, Filename), raw.Bytes())
}

// Checksum is the SHA-256 of a file in hex.
func Checksum(path string) (string, error) {
	file, err := openFile(path)
	if err != nil {
		return "", fmt.Errorf("open executable: %w", err)
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("read executable %q: %w", path, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// replace gives a file new content so that a reader sees the old or the new, never half.
func replace(path string, content []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("create %q: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if _, err = file.Write(content); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	if err = file.Chmod(0o644); err != nil {
		return fmt.Errorf("open %q to readers: %w", path, err)
	}
	if err = file.Close(); err != nil {
		return fmt.Errorf("close %q: %w", path, err)
	}
	if err = os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("name %q: %w", path, err)
	}
	return nil
}
