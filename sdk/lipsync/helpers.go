package lipsync

import (
	"fmt"
	"sync"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Check refuses a request whose size or frame skip no engine can serve, as fault.Invalid.
func (r Request) Check() error {
	if r.Width < 16 || r.Height < 16 || r.Width > 4096 || r.Height > 4096 || (r.Width|r.Height)%2 != 0 || r.FrameSkip < 1 || r.FrameSkip > 3 {
		return fault.New(fault.Invalid, "render", "", fmt.Errorf("size %d×%d or frame skip %d", r.Width, r.Height, r.FrameSkip))
	}
	return nil
}

// InTurn gives a sink that several goroutines may use, such as an encoder's and a renderer's own.
func InTurn(out Sink) Sink { return &turns{out: out} }

type turns struct {
	mu  sync.Mutex
	out Sink
}

// Fragment implements Sink.
func (t *turns) Fragment(data []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Fragment(data)
}

// Progress implements Sink.
func (t *turns) Progress(p Progress) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Progress(p)
}
