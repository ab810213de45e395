package functions

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long the plugin folders must be still before they are read again.
	settle = 300 * time.Millisecond
	// unsettled is how long they may go without being read while they are never still.
	unsettled = 5 * time.Second
)

// Watch reads the plugin folders again whenever something in them changes, until the host is closed.
func (h *Host) Watch() error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch plugin folders: %w", err)
	}
	h.follow(watcher)
	h.tasks.Go(func() {
		defer func() { _ = watcher.Close() }()
		h.rescanOnChange(watcher)
	})
	return nil
}

// follow watches every plugin folder and the folders that hold them.
func (h *Host) follow(watcher *fsnotify.Watcher) {
	for _, root := range h.options.PluginDirs {
		folders, err := os.ReadDir(root)
		if err != nil {
			continue
		}
		_ = watcher.Add(root)
		for _, folder := range folders {
			dir := filepath.Join(root, folder.Name())
			if info, err := os.Stat(dir); err == nil && info.IsDir() { // a link to a folder too
				_ = watcher.Add(dir)
			}
		}
	}
}

// lookSoon lets the watch read the plugin folders again, at once.
func (h *Host) lookSoon() {
	select {
	case h.look <- struct{}{}:
	default:
	}
}

func (h *Host) rescanOnChange(watcher *fsnotify.Watcher) {
	still := time.NewTimer(settle)
	still.Stop()
	defer still.Stop()
	var first time.Time // of the changes that were not looked at yet
	changed := func() {
		if first.IsZero() {
			first = time.Now()
		}
		still.Reset(min(settle, max(0, unsettled-time.Since(first))))
	}
	for {
		select {
		case <-h.life.Done():
			return
		case _, open := <-watcher.Events:
			if !open {
				return
			}
			changed()
		case err, open := <-watcher.Errors:
			if !open {
				return
			}
			h.options.Logger.Warn("watch plugin folders", "error", err)
			changed() // events may be lost: look
		case <-h.look:
			h.lookNow(watcher)
		case <-still.C:
			first = time.Time{}
			h.lookNow(watcher)
		}
	}
}

func (h *Host) lookNow(watcher *fsnotify.Watcher) {
	h.follow(watcher)
	if err := h.Rescan(h.life); err != nil && h.taking.Err() == nil {
		h.options.Logger.Error("read plugin folders", "error", err)
	}
}
