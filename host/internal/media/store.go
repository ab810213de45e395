// Package media keeps the files that generations make: born atomically, served with ranges, expired in
// time. It does not know how they are made.
package media

import (
	"cmp"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// Options of a Store.
type Options struct {
	// Dir is the data folder.
	Dir string
	// PublicBaseURL makes URLs absolute; "" leaves them relative.
	PublicBaseURL string
	// Keep is how long files stay, KeepBytes how much in all; the oldest go first.
	Keep      time.Duration
	KeepBytes int64
	Logger    hclog.Logger
}

// sweepEvery is how often the store looks for files whose time has come.
const sweepEvery = time.Minute

// Store is a folder of finished files. It owns one goroutine, which Close ends.
type Store struct {
	options Options
	stop    chan struct{}
	// grown has room for one signal: a file was added.
	grown   chan struct{}
	stopped sync.Once
	swept   sync.WaitGroup
}

// place says where files of a kind lie and how they are named.
type place struct {
	dir, url, prefix, suffix, contentType string
}

func places() map[generation.ArtefactKind]place {
	return map[generation.ArtefactKind]place{
		generation.Audio: {dir: "assets/audio", url: "/assets/audio/", prefix: "tts_", suffix: ".wav", contentType: "audio/wav"},
		generation.Video: {dir: "results/realtime", url: "/video/", prefix: "lipsync_", suffix: ".mp4", contentType: "video/mp4"},
	}
}

// draftPrefix hides what is not finished.
const draftPrefix = ".draft-"

// Open makes the folders, removes what an earlier run left unfinished, and begins to expire files. A data
// folder belongs to one store at a time.
func Open(o Options) (*Store, error) {
	o.PublicBaseURL = strings.TrimRight(o.PublicBaseURL, "/")
	s := &Store{options: o, stop: make(chan struct{}), grown: make(chan struct{}, 1)}
	for _, p := range places() {
		dir := filepath.Join(o.Dir, p.dir)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, fmt.Errorf("make folder for files: %w", err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("look for unfinished files: %w", err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), draftPrefix) {
				_ = os.Remove(filepath.Join(dir, e.Name()))
			}
		}
	}
	s.swept.Go(s.sweepUntilClosed)
	return s, nil
}

// Close ends the store's goroutine and waits for it. It may be called again.
func (s *Store) Close() {
	s.stopped.Do(func() { close(s.stop) })
	s.swept.Wait()
}

// Create implements generation.Artefacts.
func (s *Store) Create(kind generation.ArtefactKind) (generation.Draft, error) {
	p, known := places()[kind]
	if !known {
		return nil, fault.New(fault.Internal, "create file", "", fmt.Errorf("unknown kind %q", kind))
	}
	file, err := os.CreateTemp(filepath.Join(s.options.Dir, p.dir), draftPrefix+"*"+p.suffix)
	if err != nil {
		return nil, cannotWrite(err)
	}
	return &draft{file: file, store: s, place: p}, nil
}

// cannotWrite is one fault for a full disk, a missing folder and a missing permission.
func cannotWrite(err error) error {
	return fault.New(fault.Unavailable, "write file", "파일을 저장할 수 없습니다. 서버의 저장 공간을 확인해 주세요", err)
}

// probe is how much is written to learn whether there is room, in bytes.
const probe = 64 << 10

// Writable tells whether files can be made now.
func (s *Store) Writable() error {
	for kind := range places() {
		d, err := s.Create(kind)
		if err != nil {
			return err
		}
		_, err = d.Write(make([]byte, probe))
		d.Discard()
		if err != nil {
			return err //nolint:wrapcheck // our own draft's
		}
	}
	return nil
}

// draft is a file that has no name yet that anybody could ask for.
type draft struct {
	file  *os.File
	store *Store
	place place
	ended bool
}

// Write implements io.Writer.
func (d *draft) Write(p []byte) (int, error) {
	n, err := d.file.Write(p)
	if err != nil {
		return n, cannotWrite(err)
	}
	return n, nil
}

// Seek implements io.Seeker.
func (d *draft) Seek(offset int64, whence int) (int64, error) {
	at, err := d.file.Seek(offset, whence)
	if err != nil {
		return at, cannotWrite(err)
	}
	return at, nil
}

// Name implements generation.Draft.
func (d *draft) Name() string { return d.file.Name() }

// Publish implements generation.Draft.
func (d *draft) Publish() (generation.Artefact, error) {
	id := make([]byte, 15)
	if _, err := rand.Read(id); err != nil {
		return generation.Artefact{}, fmt.Errorf("name file: %w", err)
	}
	name := d.place.prefix + strings.ToLower(base32.StdEncoding.EncodeToString(id)) + d.place.suffix
	if err := d.file.Close(); err != nil {
		return generation.Artefact{}, cannotWrite(err)
	}
	if err := os.Rename(d.file.Name(), filepath.Join(filepath.Dir(d.file.Name()), name)); err != nil {
		return generation.Artefact{}, cannotWrite(err)
	}
	d.ended = true
	select {
	case d.store.grown <- struct{}{}:
	default:
	}
	return generation.Artefact{
		Path: d.place.dir + "/" + name, URL: d.store.options.PublicBaseURL + d.place.url + name,
	}, nil
}

// Discard implements generation.Draft.
func (d *draft) Discard() {
	if d.ended {
		return
	}
	d.ended = true
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}

func (s *Store) sweepUntilClosed() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		s.Sweep(time.Now())
		select {
		case <-tick.C:
		case <-s.grown:
		case <-s.stop:
			return
		}
	}
}

// kept is a finished file.
type kept struct {
	path string
	info fs.FileInfo
}

// Sweep removes the files whose time has come at now, and the oldest while all take too much. It is done every minute and
// when a file is added.
func (s *Store) Sweep(now time.Time) {
	var all []kept
	var total int64
	for _, p := range places() {
		for _, f := range s.finished(filepath.Join(s.options.Dir, p.dir)) {
			if now.Sub(f.info.ModTime()) >= s.options.Keep {
				s.remove(f)
				continue
			}
			all = append(all, f)
			total += f.info.Size()
		}
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Compare(a.info.ModTime().UnixNano(), b.info.ModTime().UnixNano()) })
	for i, f := range all {
		if total <= s.options.KeepBytes || i == len(all)-1 { // the newest stays: its client has yet to fetch it
			return
		}
		s.remove(f)
		total -= f.info.Size()
	}
}

func (s *Store) finished(dir string) []kept {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var files []kept
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && !strings.HasPrefix(e.Name(), draftPrefix) {
			files = append(files, kept{path: filepath.Join(dir, e.Name()), info: info})
		}
	}
	return files
}

func (s *Store) remove(f kept) {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.options.Logger.Warn("remove file", "file", filepath.Base(f.path), "error", err)
	}
}

var _ generation.Artefacts = (*Store)(nil)

// Remove removes a finished file by its name. One that is gone is no error; a name that none of our files has is
// fault.NotFound.
func (s *Store) Remove(name string) error {
	for _, p := range places() {
		if filepath.Base(name) != name || !strings.HasPrefix(name, p.prefix) || !strings.HasSuffix(name, p.suffix) {
			continue
		}
		if err := os.Remove(filepath.Join(s.options.Dir, p.dir, name)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove file: %w", err)
		}
		return nil
	}
	return fault.New(fault.NotFound, "remove file", "파일을 찾을 수 없습니다", fmt.Errorf("%q is no file of this store", name))
}
