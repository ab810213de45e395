package questions

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/watch"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// Options of a Library; all are required.
type Options struct {
	// BuiltIn are the sets that ship.
	BuiltIn []Set
	// Dir holds those that users add; it is made when it is missing.
	Dir string
	// Changed is called with all sets whenever they are others, and once before Open returns. It must not call the Library.
	Changed func([]Set)
	Logger  hclog.Logger
}

// Library is all question sets. A user's set replaces a built-in one of the same id. Safe for concurrent use.
type Library struct {
	options Options
	// folder is follow's after Open.
	folder *watch.Folder
	stop   chan struct{}
	done   sync.WaitGroup

	mu sync.Mutex
	// files are the users' sets as they were last right, by file name.
	files   map[string]file
	refused []Refused
	sets    []Set
}

// file is a set with what would tell that its file is another.
type file struct {
	set     Set
	size    int64
	changed time.Time
}

// Refused is a user's file that could not be read. If it was right before, that set still counts.
type Refused struct {
	File string
	// Reason is a Korean sentence with the line.
	Reason string
}

// still is how long the folder must be still before it is read.
const still = 200 * time.Millisecond

// Open reads all sets and watches the users' folder until Close. Files that are wrong are left out and told by Refused.
func Open(o Options) (*Library, error) {
	l := &Library{options: o, files: map[string]file{}, stop: make(chan struct{})}
	if err := l.look(); err != nil {
		return nil, err
	}
	l.reload()
	l.done.Go(l.follow)
	return l, nil
}

// Close stops watching.
func (l *Library) Close() {
	close(l.stop)
	l.done.Wait()
	l.folder.Close()
}

func (l *Library) follow() {
	for {
		select {
		case <-l.stop:
			return
		case <-l.folder.Changed():
			if err := l.look(); err != nil {
				l.options.Logger.Error("watch question sets", "error", err)
			}
			l.reload()
		}
	}
}

// look watches the folder, which it makes when it is missing: one that was removed and made again is another.
func (l *Library) look() error {
	if err := os.MkdirAll(l.options.Dir, 0o700); err != nil {
		return fmt.Errorf("make folder for question sets: %w", err)
	}
	if !l.folder.Gone() {
		return nil
	}
	l.folder.Close()
	var err error
	if l.folder, err = watch.Open(l.options.Dir, still, isSet); err != nil {
		l.options.Logger.Warn("question sets are not watched: changed files count after a restart", "error", err)
	}
	return nil
}

// Sets gives all sets: those of users first, each kind by id.
func (l *Library) Sets() []Set {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sets
}

// Refused gives the users' files that could not be read.
func (l *Library) Refused() []Refused {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}

// Get finds a set.
func (l *Library) Get(id string) (Set, error) {
	for _, s := range l.Sets() {
		if s.ID == id {
			return s, nil
		}
	}
	return Set{}, unknown(id)
}

func unknown(id string) error {
	return fault.New(fault.NotFound, "find question set", "질문셋을 찾을 수 없습니다", fmt.Errorf("no question set %q", id))
}

// Create keeps a new set. An id that is there already is fault.Invalid.
func (l *Library) Create(s Set) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, other := range l.sets {
		if other.ID == s.ID {
			return fault.New(fault.Invalid, "create question set", "같은 id의 질문셋이 이미 있습니다. 바꾸려면 PUT을, CSV는 replace=true를 사용해 주세요", fmt.Errorf("question set %q exists", s.ID))
		}
	}
	return l.keep(s)
}

// Replace keeps a set in the place of another, or of none. A built-in set is replaced until Delete.
func (l *Library) Replace(s Set) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keep(s)
}

// Delete forgets a user's set; the built-in one that it replaced counts again. Built-in sets stay: fault.Invalid.
func (l *Library) Delete(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name, found := l.fileOf(id); found {
		if err := os.Remove(l.path(name)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove question set %q: %w", id, err)
		}
		delete(l.files, name)
		l.publish()
		return nil
	}
	for _, s := range l.options.BuiltIn {
		if s.ID == id {
			return fault.New(fault.Invalid, "delete question set", "기본 질문셋은 삭제할 수 없습니다", fmt.Errorf("question set %q is built in", id))
		}
	}
	return unknown(id)
}

// publish makes the list of what counts now.
func (l *Library) publish() {
	taken := map[string]bool{}
	var sets []Set
	for _, name := range l.names() {
		if s := l.files[name].set; !taken[s.ID] {
			taken[s.ID] = true
			sets = append(sets, s)
		}
	}
	for _, s := range l.options.BuiltIn {
		if !taken[s.ID] {
			s.BuiltIn = true
			sets = append(sets, s)
		}
	}
	slices.SortStableFunc(sets, func(a, b Set) int {
		if a.BuiltIn != b.BuiltIn {
			if b.BuiltIn {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	l.sets = sets
	l.options.Changed(sets)
}
