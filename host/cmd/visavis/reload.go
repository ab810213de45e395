package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/host/internal/watch"
)

// settings are the folders of the files that the configuration is read from.
type settings struct {
	// dotenv is nil when it is the deployment file's.
	file, dotenv *watch.Folder
}

// watchSettings begins to watch before it returns: no change is missed from then on.
func (h *host) watchSettings() settings {
	s := settings{file: h.watchFolder(filepath.Dir(h.config.Deployment.Path))}
	if dir := filepath.Dir(h.config.Dotenv); dir != filepath.Dir(filepath.Clean(h.config.Deployment.Path)) {
		s.dotenv = h.watchFolder(dir)
	}
	return s
}

// reloadOnChange reads the deployment again at SIGHUP, and when its file or .env changes. It closes s.
func (h *host) reloadOnChange(ctx context.Context, s settings, hangup <-chan os.Signal, source func() (config.Source, error)) {
	defer s.file.Close()
	defer s.dotenv.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		case <-s.file.Changed():
		case <-s.dotenv.Changed():
		}
		h.reload(ctx, source)
	}
}

// watchFolder tells when what the configuration is read from may have changed in a folder.
func (h *host) watchFolder(dir string) *watch.Folder {
	deployment, dotenv := filepath.Clean(h.config.Deployment.Path), filepath.Clean(h.config.Dotenv)
	folder, err := watch.Open(dir, deploymentStill, func(changed string) bool {
		changed = filepath.Clean(changed)
		return changed == deployment || changed == dotenv
	})
	if err != nil {
		h.logger.Warn("changes of settings are not noticed: SIGHUP reads them again", "folder", dir, "error", err)
	}
	return folder
}

// deploymentStill is how long the files of settings must be still before they are read.
const deploymentStill = 200 * time.Millisecond

func (h *host) reload(ctx context.Context, source func() (config.Source, error)) {
	c, err := load(source)
	if err == nil {
		err = explain(c, h.functions.Apply(ctx, deployment(c)))
	}
	_, kept := errors.AsType[*functions.KeptError](err)
	switch {
	case kept:
		h.logger.Error("deployment was read again, but not all of it could be taken", "error", err)
	case err != nil:
		h.logger.Error("deployment was not changed", "error", err)
		h.roster.refuse(err)
		return
	default:
		h.logger.Info("deployment was read again", "file", filepath.Base(c.Deployment.Path))
	}
	h.roster.set(c)
	h.pipeline.set(h.pipelineOf(c))
	if waiting := h.config.Waiting(c); len(waiting) > 0 {
		h.logger.Warn("these settings have changed and take effect when the host starts again", "settings", strings.Join(waiting, ", "))
	}
}
