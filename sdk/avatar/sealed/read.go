// Package sealed is what packs of every kind have in common: a folder with a manifest in JSON that lists each file with its
// length and checksum. It trusts nothing in the folder and knows nothing of pictures.
package sealed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// File is a file of a pack.
type File struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Files are those of a pack by their names.
type Files map[string]File

// Read decodes the manifest of a folder, of at most so many bytes, strictly. An error that wraps fs.ErrNotExist says that there
// is none.
func Read(dir, name string, most int64, into any) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	if info, err := root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a plain file", name) // opening a pipe would wait for ever
	}
	file, err := root.Open(name)
	if err != nil {
		return fmt.Errorf("open manifest: %w", err)
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(raw)) > most {
		return fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	if err := Decode(raw, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Decode reads one JSON object in UTF-8 that has known fields alone, each once and as it is written, and arrays as long as they should be.
func Decode(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return errors.New("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode: %.200v", err) //nolint:errorlint // it may hold a name of megabytes
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	if err := exact(json.NewDecoder(bytes.NewReader(raw)), reflect.TypeOf(into), "the object"); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}

// Check tells whether all names are plain, and no file is longer than most bytes.
func (f Files) Check(most int64) error {
	for name, file := range f {
		if filepath.Base(name) != name || !filepath.IsLocal(name) || file.Bytes < 0 || file.Bytes > most {
			return fmt.Errorf("file %.80q is outside the pack or too large", name)
		}
	}
	return nil
}

// Present tells whether all files of a folder are there and have their lengths; it reads none.
func (f Files) Present(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if err := f[name].present(root, name); err != nil {
			return err
		}
	}
	return nil
}

func (f File) present(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != f.Bytes {
		return fmt.Errorf("%.80q is not a plain file of %d bytes", name, f.Bytes)
	}
	return nil
}

// Verify compares all files of a folder with their lengths and checksums.
func (f Files) Verify(dir string) error {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if err := f.VerifyOne(dir, name); err != nil {
			return err
		}
	}
	return nil
}

// VerifyOne compares a file of a folder with its length and checksum.
func (f Files) VerifyOne(dir, name string) error {
	file, err := f.Open(dir, name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := f[name].Verify(file); err != nil {
		return fmt.Errorf("%.80q: %w", name, err)
	}
	return nil
}

// Open opens a plain file of a folder that is listed and has its length. File.Verify tells whether it is what it should be.
func (f Files) Open(dir, name string) (*os.File, error) {
	want, listed := f[name]
	if !listed {
		return nil, fmt.Errorf("file %.80q is not listed", name)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	if err := want.present(root, name); err != nil {
		return nil, err
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open %.80q: %w", name, err)
	}
	return file, nil
}

// Read gives the content of a file of a folder that is what it should be.
func (f Files) Read(dir, name string) ([]byte, error) {
	file, err := f.Open(dir, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := f[name].Content(file)
	if err != nil {
		return nil, fmt.Errorf("%.80q: %w", name, err)
	}
	return content, nil
}

// Content reads all that Verify would.
func (f File) Content(file io.Reader) ([]byte, error) {
	content := bytes.NewBuffer(make([]byte, 0, f.Bytes+bytes.MinRead))
	if err := f.Verify(io.TeeReader(file, content)); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

// Verify reads a file and compares it with its checksum.
func (f File) Verify(content io.Reader) error {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(content, f.Bytes)); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if hex.EncodeToString(hash.Sum(nil)) != strings.ToLower(f.SHA256) {
		return errors.New("it has another checksum than the manifest")
	}
	return nil
}
