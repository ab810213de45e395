package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxBytes bounds plugin.json.
const maxBytes = 1 << 20

// mark is what editors of Windows write before UTF-8, and JSON does not know.
const mark = "\ufeff"

// Load reads and checks the manifest in a plugin's folder.
func Load(dir string) (*Manifest, error) {
	path := filepath.Join(dir, Filename)
	file, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("open manifest: %w", err)
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read manifest %q: %w", path, err)
	}
	m, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("manifest %q: %w", path, err)
	}
	return m, nil
}

// openFile opens a file that can be read to its end: a pipe in its place would be waited for.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%q is no regular file", path)
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path) //nolint:gosec,wrapcheck // the operator names the plugin folders
}

// Parse reads and checks a manifest. Unknown fields are refused: a misspelt
// field would otherwise be silently without effect.
func Parse(raw []byte) (*Manifest, error) {
	if len(raw) > maxBytes {
		return nil, fmt.Errorf("larger than %d bytes", maxBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(raw, []byte(mark))))
	decoder.DisallowUnknownFields()
	var m Manifest
	if err := decoder.Decode(&m); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("decode: text after the JSON object")
	}
	if err := m.validate(); err != nil {
		return nil, err
	}
	if _, err := m.schema(); err != nil {
		return nil, fmt.Errorf("field settings: %w", err)
	}
	return &m, nil
}
