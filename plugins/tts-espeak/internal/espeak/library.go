// Package espeak speaks through libespeak-ng's C interface, loaded while running. It
// knows voices by eSpeak's own names, and nothing of languages or of how the sound is used.
package espeak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// SampleRate of everything that the library speaks, in Hz.
const SampleRate = 22050

// maxPath is as long as the path of the data may be: the library keeps it in a small buffer.
const maxPath = 150

// ErrVoice means that the library has no voice of that name.
var ErrVoice = errors.New("no such voice")

// Names inside the folders that Open is given.
const (
	libraryFile = "libespeak-ng.so"
	dataFolder  = "espeak-ng-data"
)

// process guards the library's state, which belongs to the process and not to a Library:
// it is taken out while C code runs, and remembers whose data the library has read.
var process = newProcess() //nolint:gochecknoglobals // the C library's state is global itself

func newProcess() chan *Library {
	p := make(chan *Library, 1)
	p <- nil
	return p
}

// Library is libespeak-ng with its data. Safe for concurrent use; one call speaks at a time.
type Library struct {
	api  *api
	data string
	// run is the call being spoken; process guards it.
	run *run
}

// Open loads the library in dir (libespeak-ng.so) with the data in the folder that holds
// espeak-ng-data.
func Open(ctx context.Context, dir, data string) (*Library, error) {
	path := filepath.Join(dir, libraryFile)
	for _, path := range []string{path, filepath.Join(data, dataFolder, "phondata")} {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("find speech library: %w", err)
		}
	}
	if len(data) > maxPath {
		return nil, fmt.Errorf("find speech library: path of its data is longer than %d bytes", maxPath)
	}
	l := &Library{data: data}
	owner, err := lock(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { process <- owner }()
	if l.api, err = load(path, l.receive); err != nil {
		return nil, err
	}
	if owner, err = l.own(owner); err != nil {
		return nil, errors.Join(err, l.api.close())
	}
	return l, nil
}

// DataFolder is where dir keeps eSpeak's data.
func DataFolder(dir string) string { return filepath.Join(dir, dataFolder) }

// Close waits for the call being spoken and unloads the library. No call may follow.
func (l *Library) Close() error {
	owner := <-process
	if owner == l {
		l.api.terminate()
		owner = nil
	}
	process <- owner
	return l.api.close()
}

// own makes the library read this Library's data, unless it has already.
func (l *Library) own(owner *Library) (*Library, error) {
	if owner == l {
		return l, nil
	}
	if owner != nil {
		l.api.terminate()
	}
	if err := l.api.start(l.data); err != nil {
		return nil, err
	}
	return l, nil
}

// lock waits for the library; the caller gives the owner back to process.
func lock(ctx context.Context) (*Library, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("wait for speech library: %w", err)
	}
	select {
	case owner := <-process:
		return owner, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for speech library: %w", ctx.Err())
	}
}
