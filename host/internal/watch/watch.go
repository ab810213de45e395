// Package watch tells when something in a folder has changed and is still again. It does not read what changed.
package watch

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Folder watches one folder, without those below it. Editors replace files, so that a file is watched by its folder.
type Folder struct {
	changed  chan struct{}
	watcher  *fsnotify.Watcher
	relevant func(path string) bool
	dir      string
	still    time.Duration
	gone     atomic.Bool
	done     sync.WaitGroup
}

// Open watches dir until Close. Changes of paths that relevant refuses are passed over.
func Open(dir string, still time.Duration, relevant func(path string) bool) (*Folder, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch folder: %w", err)
	}
	if err := watcher.Add(dir); err != nil {
		_ = watcher.Close()
		return nil, fmt.Errorf("watch folder %q: %w", dir, err)
	}
	f := &Folder{changed: make(chan struct{}, 1), watcher: watcher, relevant: relevant, dir: filepath.Clean(dir), still: still}
	f.done.Go(f.run)
	return f, nil
}

// Changed gets a value when there were changes and none for a while. Changes that nobody fetches are one. A nil Folder
// never changes.
func (f *Folder) Changed() <-chan struct{} {
	if f == nil {
		return nil
	}
	return f.changed
}

// Gone tells that the folder itself was removed or renamed: nothing is heard of what is there now. It is a change, too. A nil
// Folder is gone.
func (f *Folder) Gone() bool { return f == nil || f.gone.Load() }

// Close stops watching and waits until it has stopped. It may be said of nil.
func (f *Folder) Close() {
	if f == nil {
		return
	}
	_ = f.watcher.Close()
	f.done.Wait()
}

func (f *Folder) run() {
	settled := time.NewTimer(f.still)
	settled.Stop()
	defer settled.Stop()
	for {
		select {
		case e, open := <-f.watcher.Events:
			if !open {
				return
			}
			if f.counts(e) {
				settled.Reset(f.still)
			}
		case _, open := <-f.watcher.Errors:
			if !open {
				return
			}
			settled.Reset(f.still) // events may be lost: look
		case <-settled.C:
			select {
			case f.changed <- struct{}{}:
			default:
			}
		}
	}
}

// counts tells whether something is another than before. It notes the end of the folder itself.
func (f *Folder) counts(e fsnotify.Event) bool {
	if filepath.Clean(e.Name) == f.dir && (e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)) {
		f.gone.Store(true)
		return true
	}
	return f.relevant(e.Name) && e.Op != fsnotify.Chmod
}
