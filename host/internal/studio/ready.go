package studio

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// libraries are what Blender's module needs of a Debian or Ubuntu.
const libraries = "libxxf86vm1 libxfixes3 libxi6 libxkbcommon0 libgl1 libsm6 libegl1"

// Room on the disk in bytes: for what is rendered, for Blender's environment, and for that of learning.
const (
	roomFilms   = 2 << 30
	roomBlender = 2 << 30
	roomTorch   = 7 << 30
)

func cores() int { return runtime.NumCPU() }

// ready sets up what making needs, and says in one sentence what is missing.
func (m *Making) ready(ctx context.Context, e effort) error {
	for _, file := range []string{cli, "models/mouth", "Makefile"} {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("make avatar: there is no %s here: run it in a folder with the project's source", file)
		}
	}
	for program, why := range map[string]string{
		m.Maker: "make avatar: learning needs make, and there is none in PATH: install it",
		m.Python: fmt.Sprintf("make avatar: Blender's module needs Python 3.11, and there is no %s: install python3.11 and python3.11-venv, "+
			"or say where it is with --python", m.Python),
		m.FFmpeg: "make avatar: there is no ffmpeg: run make natives, or say where it is with --ffmpeg",
	} {
		if _, err := exec.LookPath(program); err != nil {
			return errors.New(why)
		}
	}
	if err := m.writable(e); err != nil {
		return err
	}
	if err := m.space(); err != nil {
		return err
	}
	if len(m.Studio) > 0 {
		return nil
	}
	m.Studio = []string{venv, cli}
	if err := m.version(ctx); err != nil {
		return err
	}
	if err := m.sensible(ctx); err != nil {
		return err
	}
	if err := m.tool(ctx, m.Out, []string{m.Maker, "--no-print-directory", "avatars-venv", "PYTHON=" + m.Python}); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("make avatar: fetching Blender was stopped: %w", ctx.Err())
		}
		return fmt.Errorf("make avatar: Blender's module could not be installed; the reason stands above: %w", err)
	}
	return loads(ctx)
}

// version asks Python for its own.
func (m *Making) version(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, m.Python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").Output() //nolint:gosec // as above
	if err != nil {
		return fmt.Errorf("make avatar: %s does not run: %w", m.Python, err)
	}
	if have := strings.TrimSpace(string(out)); have != "3.11" {
		return fmt.Errorf("make avatar: %s is Python %s, and Blender's module needs 3.11: say where one is with --python", m.Python, have)
	}
	return nil
}

// sensible has the studio read the character file, before an hour is spent on one that it refuses.
func (m *Making) sensible(ctx context.Context) error {
	var said bytes.Buffer
	c := exec.CommandContext(ctx, m.Python, reader, m.Character) //nolint:gosec // as above
	c.Env = append(c.Environ(), "AVATARS_WORK="+m.Work)          // where it looks for the basis, which says what names there are
	c.Stderr = &said
	if err := c.Run(); err != nil {
		return fmt.Errorf("make avatar: the character file cannot be used: %s", cmp.Or(strings.TrimSpace(said.String()), err.Error()))
	}
	return nil
}

// loads tries whether Blender finds its libraries.
func loads(ctx context.Context) error {
	var said bytes.Buffer
	c := exec.CommandContext(ctx, venv, "-c", "import bpy")
	c.Stderr = &said
	err := c.Run()
	if err == nil {
		return nil
	}
	if _, after, found := strings.Cut(said.String(), "ImportError: "); found && strings.Contains(after, "cannot open shared object") {
		library, _, _ := strings.Cut(after, ":")
		return fmt.Errorf("make avatar: Blender misses %s: apt-get install %s", library, libraries)
	}
	return fmt.Errorf("make avatar: Blender's module does not load: %w: %s", err, strings.TrimSpace(said.String()))
}

// writable tries to write where packs and everything else will lie.
func (m *Making) writable(e effort) error {
	folders := []string{m.Work, filepath.Dir(e.out())}
	for _, size := range e.also() {
		folders = append(folders, filepath.Dir(size.Dir))
	}
	for _, folder := range folders {
		if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // packs are read by plugins of other users
			return fmt.Errorf("make avatar: nothing can be written to %s: %w", folder, err)
		}
		try, err := os.MkdirTemp(folder, ".try-*")
		if err == nil {
			err = os.Remove(try)
		}
		if err != nil {
			return fmt.Errorf("make avatar: nothing can be written to %s: %w", folder, err)
		}
	}
	return nil
}

// space looks whether the disk has room for what is still to come.
func (m *Making) space() error {
	for folder, need := range map[string]uint64{m.Work: roomFilms, "build": m.environments()} {
		if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // as the other tools' folders
			return fmt.Errorf("make avatar: %w", err)
		}
		var disk syscall.Statfs_t
		if err := syscall.Statfs(folder, &disk); err != nil {
			return fmt.Errorf("make avatar: look for room at %s: %w", folder, err)
		}
		if free := disk.Bavail * uint64(disk.Bsize); free < need { //nolint:gosec // a block's size is positive
			return fmt.Errorf("make avatar: the disk of %s has %.1f GB left, and %.1f GB are needed", folder, float64(free)/1e9, float64(need)/1e9)
		}
	}
	return nil
}

// environments is what those that are not there yet need.
func (m *Making) environments() uint64 {
	var need uint64
	if _, err := os.Stat(filepath.FromSlash("build/avatars-venv/.stamp")); err != nil && len(m.Studio) == 0 {
		need += roomBlender
	}
	if _, err := os.Stat(filepath.FromSlash("build/mouth/.stamp")); err != nil {
		need += roomTorch
	}
	return need
}
