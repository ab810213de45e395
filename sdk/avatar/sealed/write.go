package sealed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Make fills a folder that is not seen before it is whole; with replace it takes the place of what stands there.
func Make(dir string, replace bool, fill func(temporary string) error) (err error) {
	if _, err := os.Lstat(dir); err == nil && !replace {
		return fmt.Errorf("write pack: %q is there already", dir)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // packs are read by plugins of other users
		return fmt.Errorf("write pack: %w", err)
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".pack-*")
	if err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	made := filepath.Join(temporary, "new")
	if err := os.Mkdir(made, 0o755); err != nil { //nolint:gosec // as above
		return fmt.Errorf("write pack: %w", err)
	}
	if err := fill(made); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	if err := os.Rename(dir, filepath.Join(temporary, "old")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write pack: %w", err)
	}
	if err := os.Rename(made, dir); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	return nil
}

// List gives the files of a folder that is to be sealed.
func List(dir string) (Files, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	files := Files{}
	for _, entry := range entries {
		if files[entry.Name()], err = look(filepath.Join(dir, entry.Name())); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func look(path string) (File, error) {
	file, err := os.Open(path) //nolint:gosec // names of our own making
	if err != nil {
		return File{}, fmt.Errorf("list files: %w", err)
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	n, err := io.Copy(hash, file)
	if err != nil {
		return File{}, fmt.Errorf("list files: %w", err)
	}
	return File{SHA256: hex.EncodeToString(hash.Sum(nil)), Bytes: n}, nil
}

// WriteManifest writes a manifest, the last file of a folder, and gives its length.
func WriteManifest(path string, manifest any) (int64, error) {
	raw, err := json.MarshalIndent(manifest, "", " ")
	if err != nil {
		return 0, fmt.Errorf("write manifest: %w", err)
	}
	raw = append(raw, '\n')
	if err := os.WriteFile(path, raw, 0o644); err != nil { //nolint:gosec // packs are read by all
		return 0, fmt.Errorf("write manifest: %w", err)
	}
	return int64(len(raw)), nil
}

// Bytes is the length of all files.
func (f Files) Bytes() int64 {
	var total int64
	for _, file := range f {
		total += file.Bytes
	}
	return total
}
