// Package espeak speaks through libespeak-ng's C interface, loaded while running. It
// knows voices by eSpeak's own names, and nothing of languages or of how the sound is used.
package espeak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ebitengine/purego"
)

// SampleRate of everything that the library speaks, in Hz.
const SampleRate = 22050

// maxPath is as long as the path of the data may be: the library keeps it in a small buffer.
const maxPath = 150

// ErrVoice means that the library has no voice of that name.
var ErrVoice = errors.New("no such voice")

// Names inside the folder that Open is given.
const (
	libraryFile = "libespeak-ng.so"
	dataFolder  = "espeak-ng-data"
)

// process is held while C code runs: the library's state belongs to the process, not to a Library.
var process = make(chan struct{}, 1) //nolint:gochecknoglobals // the C library's state is global itself

// Library is libespeak-ng with its data. Safe for concurrent use; one call speaks at a time.
//
// Every call loads the library anew (0.4 ms). Its oscillators keep their phase between
// calls otherwise, so that the same text would sound a little different each time, and a
// cancelled call would leave its rest behind.
type Library struct {
	path     string
	data     string
	callback uintptr
	// run is the call being spoken; process guards it.
	run *run
}

// Open finds the library in dir (libespeak-ng.so) and its data in the folder that holds
// espeak-ng-data, and tries both once.
func Open(ctx context.Context, dir, data string) (*Library, error) {
	l := &Library{path: filepath.Join(dir, libraryFile), data: data}
	for _, path := range []string{l.path, filepath.Join(data, dataFolder, "phondata")} {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("find speech library: %w", err)
		}
	}
	if len(data) > maxPath {
		return nil, fmt.Errorf("find speech library: path of its data is longer than %d bytes", maxPath)
	}
	l.callback = purego.NewCallback(l.receive)
	if err := lock(ctx); err != nil {
		return nil, err
	}
	defer unlock()
	session, err := load(l.path, l.data, l.callback)
	if err != nil {
		return nil, err
	}
	session.close()
	return l, nil
}

// DataFolder is where dir keeps eSpeak's data.
func DataFolder(dir string) string { return filepath.Join(dir, dataFolder) }

func lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for speech library: %w", err)
	}
	select {
	case process <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for speech library: %w", ctx.Err())
	}
}

func unlock() { <-process }
