package functions

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long the plugin folders must be still before they are read again.
const settle = 300 * time.Millisecond

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
			if folder.IsDir() {
				_ = watcher.Add(filepath.Join(root, folder.Name()))
			}
		}
	}
}

func (h *Host) rescanOnChange(watcher *fsnotify.Watcher) {
	still := time.NewTimer(settle)
	still.Stop()
	for {
		select {
		case <-h.life.Done():
			still.Stop()
			return
		case _, open := <-watcher.Events:
			if !open {
				return
			}
			still.Reset(settle)
		case err, open := <-watcher.Errors:
			if !open {
				return
			}
			h.options.Logger.Warn("watch plugin folders", "error", err)
			still.Reset(settle) // events may be lost: look
		case <-still.C:
			h.follow(watcher)
			if err := h.Rescan(h.life); err != nil && h.taking.Err() == nil {
				h.options.Logger.Error("read plugin folders", "error", err)
			}
		}
	}
}
