package sealed

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Kind is a kind of pack.
type Kind struct {
	// Filename is its manifest's, of at most Most bytes.
	Filename string
	Most     int64
	// Op is what reading it is called in errors.
	Op string
}

// Derive names the pack that another is made of.
type Derive struct {
	From   string `json:"from"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// Read decodes the manifest in a folder and has it checked. Errors are fault.NotFound and fault.Invalid.
func (k Kind) Read(dir string, into any, check func() error) error {
	err := Read(dir, k.Filename, k.Most, into)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, k.Op, "아바타를 찾을 수 없습니다", err)
	}
	if err == nil {
		err = check()
	}
	if err != nil {
		return k.Broken(err)
	}
	return nil
}

// Broken is the error of a pack that breaks a rule: fault.Invalid.
func (k Kind) Broken(err error) error {
	return fault.New(fault.Invalid, k.Op, "아바타 파일이 손상되었거나 지원하지 않는 형식입니다", err)
}

// Root gives the folder whose files a pack uses: its own, or that of the pack which it is derived from, as derived reads of each.
// Packs lie in root/<resolution>/<pack>: a derived one may name its neighbour there and nothing further away.
func (k Kind) Root(dir string, derived func(dir string) (*Derive, error)) (string, error) {
	d, err := derived(dir)
	if err != nil {
		return "", err
	}
	if d == nil {
		return filepath.Clean(dir), nil
	}
	from := filepath.Clean(filepath.FromSlash(d.From))
	if filepath.IsAbs(from) || strings.Count(filepath.ToSlash(from), "..") > 2 {
		return "", k.Broken(fmt.Errorf("derive: %.80q is too far away", d.From))
	}
	parent := filepath.Join(dir, from)
	again, err := derived(parent)
	if err != nil {
		return "", err
	}
	if again != nil {
		return "", k.Broken(fmt.Errorf("derive: %.80q is itself derived", d.From))
	}
	if behindLink(dir, from) {
		return "", k.Broken(fmt.Errorf("derive: %.80q is behind a link", d.From))
	}
	return parent, nil
}

// behindLink tells whether a way from a folder, steps up and then down, follows a link down.
func behindLink(dir, way string) bool {
	for strings.HasPrefix(way+string(filepath.Separator), ".."+string(filepath.Separator)) {
		dir, way = filepath.Join(dir, ".."), strings.TrimPrefix(way[2:], string(filepath.Separator))
	}
	from, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false // it was read just now
	}
	to, err := filepath.EvalSymlinks(filepath.Join(dir, way))
	return err == nil && to != filepath.Join(from, way)
}

// maxID bounds an id, in bytes.
const maxID = 100

// CheckID tells whether an id can be a request's avatar and stand in an address.
func CheckID(id string) error {
	strange := func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsPrint(r) }
	if id == "" || len(id) > maxID || strings.TrimSpace(id) != id || !utf8.ValidString(id) || id == "." || id == ".." || strings.ContainsFunc(id, strange) {
		return fmt.Errorf("id %.40q is not 1 to %d bytes that can be seen, without /", id, maxID)
	}
	return nil
}

// Bounds of videos, in pixels: maxSide of a side and maxPixels in all, as many as 2160p has.
const (
	maxSide   = 4096
	maxPixels = 3840 * 2160
)

// minDerived bounds the sides of a pack that is made of another, in pixels: half of the smallest resolution that requests name. In
// smaller ones a mouth is a few pixels.
const minDerived = 180

// CheckSize tells whether videos can have a size: even, 16 to 4096 pixels, and no more than 2160p in all.
func CheckSize(width, height int) error {
	if width < 16 || height < 16 || width > maxSide || height > maxSide || width%2 != 0 || height%2 != 0 {
		return fmt.Errorf("size %d×%d is not even, or not 16 to %d", width, height, maxSide)
	}
	if width*height > maxPixels {
		return fmt.Errorf("size %d×%d is more than 3840×2160 pixels in all", width, height)
	}
	return nil
}

// Check tells whether a pack can be made of another in this size.
func (d Derive) Check() error {
	if err := CheckSize(d.Width, d.Height); err != nil {
		return fmt.Errorf("derive: %w", err)
	}
	if d.Width < minDerived || d.Height < minDerived {
		return fmt.Errorf("derive: size %d×%d is smaller than %d pixels a side", d.Width, d.Height, minDerived)
	}
	return nil
}
