// Package claim keeps a folder for one process at a time. It does not know what is in it.
package claim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrTaken says that another process, or another claim of this one, has the folder.
var ErrTaken = errors.New("the folder is taken")

// filename is the file that is locked. It stays: one that is removed could be locked by two.
const filename = "visavis.lock"

// Claim is a folder that this process has, until Close or its end, however that comes.
type Claim struct{ file *os.File }

// Folder makes a folder if there is none and claims it. It does not wait: one that another has is ErrTaken. Where the file system
// knows no locks it is errors.ErrUnsupported.
func Folder(dir string) (*Claim, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	// Programs that this one starts do not inherit the file, and so do not keep the lock.
	file, err := os.OpenFile(filepath.Join(dir, filename), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := flock(file); err != nil {
		_ = file.Close()
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			return nil, ErrTaken
		case errors.Is(err, syscall.ENOLCK): // a network's file system without its lock service
			err = errors.Join(errors.ErrUnsupported, err)
		}
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	return &Claim{file: file}, nil
}

func flock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err //nolint:wrapcheck // the caller says what it is
		}
	}
}

// Close gives the folder up. It may be said of nil.
func (c *Claim) Close() {
	if c != nil {
		_ = c.file.Close()
	}
}
