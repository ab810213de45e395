package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// stampOf gives what changes when a pack's manifest is replaced on disk. A manifest that is not there is fault.NotFound.
func stampOf(manifest string) (string, error) {
	info, err := os.Stat(manifest)
	if err != nil {
		return "", fault.New(fault.NotFound, "open pack", "아바타를 찾을 수 없습니다", err)
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano()), nil
}

// turns lets one call at a time open a pack; those who want another do not wait for it. Safe for concurrent use.
type turns struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // by folder, closed when its turn ends
}

// take waits for a folder's turn, no longer than ctx. The caller ends it.
func (t *turns) take(ctx context.Context, dir string) (end func(), err error) {
	for {
		mine := make(chan struct{})
		other := t.enter(dir, mine)
		if other == nil {
			return func() { t.leave(dir, mine) }, nil
		}
		select {
		case <-other:
		case <-ctx.Done():
			return nil, fmt.Errorf("open pack: %w", ctx.Err())
		}
	}
}

// enter gives whose turn it is, or takes it.
func (t *turns) enter(dir string, mine chan struct{}) (other chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if other = t.taken[dir]; other != nil {
		return other
	}
	if t.taken == nil {
		t.taken = map[string]chan struct{}{}
	}
	t.taken[dir] = mine
	return nil
}

func (t *turns) leave(dir string, mine chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.taken, dir)
	close(mine)
}
