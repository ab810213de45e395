package media

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// ErrNotFound says that there is no such file.
var ErrNotFound = errors.New("no such file")

// Serve answers a request for a finished file by its name, with ranges and validators. Nothing was written
// to w when it returns ErrNotFound.
func (s *Store) Serve(w http.ResponseWriter, r *http.Request, kind generation.ArtefactKind, name string) error {
	p := places()[kind]
	if !strings.HasPrefix(name, p.prefix) || !strings.HasSuffix(name, p.suffix) {
		return ErrNotFound
	}
	// A root keeps every name, links included, inside the folder.
	root, err := os.OpenRoot(filepath.Join(s.options.Dir, p.dir))
	if err != nil {
		return ErrNotFound
	}
	defer func() { _ = root.Close() }()
	file, err := root.Open(name)
	if err != nil {
		return ErrNotFound
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil || info.Mode()&fs.ModeType != 0 || time.Since(info.ModTime()) >= s.options.Keep {
		return ErrNotFound
	}
	header := w.Header()
	header.Set("Content-Type", p.contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "private, max-age=3600")
	// A finished file never changes, so that its name and size say enough.
	header.Set("ETag", fmt.Sprintf(`"%s-%x"`, strings.TrimSuffix(name, p.suffix), info.Size()))
	http.ServeContent(w, r, name, info.ModTime(), file)
	return nil
}
