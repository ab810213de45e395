package avatars

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// mostFilms bounds the films that are remembered; they are read again when it is reached.
const mostFilms = 256

// films remembers which were found to be what their manifests say, so that a player's many requests read a film once.
type films struct {
	mu    sync.Mutex
	whole map[string]film
}

// film is a file as it was when it was read.
type film struct {
	info os.FileInfo
	sum  string
}

// Loop opens a film of an avatar at rest, which the caller closes, and gives its checksum in hex. The avatar is an id, or a base
// name, which is the pack of the default resolution. Errors are fault.NotFound and fault.Invalid.
func (s *Shelf) Loop(name, loop string) (*os.File, string, error) {
	packs := s.List()
	at := indexOf(packs, name, defaultResolution)
	if at < 0 {
		return nil, "", notFound(fmt.Errorf("no pack %q", name))
	}
	if pack := packs[at]; !slices.Contains(pack.Loops, loop) {
		return nil, "", noLoop(pack)
	}
	film, err := moving.OpenFilm(packs[at].Path, loop)
	if err != nil {
		return nil, "", fmt.Errorf("open loop: %w", err)
	}
	if err := s.films.verify(film); err != nil {
		_ = film.Close()
		return nil, "", fmt.Errorf("open loop: %w", err)
	}
	return film.File, strings.ToLower(film.Listed.SHA256), nil
}

func noLoop(p Pack) error {
	hint := "이 아바타에는 쉬는 모습의 영상이 없습니다. 미리보기 이미지를 사용해 주세요"
	if len(p.Loops) > 0 {
		hint = "이 아바타에 없는 영상입니다. 있는 영상: " + strings.Join(p.Loops, ", ")
	}
	return fault.New(fault.NotFound, "open loop", hint, errors.New("there is no loop of this name"))
}

// verify reads a film unless it did and the file has not changed since. One at a time: a page asks for all at once.
func (f *films) verify(opened *moving.Film) error {
	info, err := opened.Stat()
	if err != nil {
		return fmt.Errorf("look at film: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if seen, known := f.whole[opened.Name()]; known && seen.sum == opened.Listed.SHA256 && unchanged(seen.info, info) {
		return nil
	}
	if err := opened.Verify(); err != nil {
		return fault.New(fault.Invalid, "open loop", "아바타의 영상 파일이 손상되었거나 지원하지 않는 형식입니다", err)
	}
	if _, err := opened.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind film: %w", err)
	}
	if len(f.whole) >= mostFilms {
		clear(f.whole)
	}
	f.whole[opened.Name()] = film{info: info, sum: opened.Listed.SHA256}
	return nil
}

func unchanged(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
