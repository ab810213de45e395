package generation

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/visavis-dev/visavis/sdk/speech"
)

// speechBuffer lets a voice run ahead of the face that speaks it. It holds what
// is not rendered yet; the recorder bounds the speech and so the buffer.
type speechBuffer struct {
	mu     sync.Mutex
	chunks []speech.Chunk
	ended  bool
	// more has room for one signal: a waiter looks again after each.
	more chan struct{}
}

func newSpeechBuffer() *speechBuffer {
	return &speechBuffer{more: make(chan struct{}, 1)}
}

// put keeps a copy of a chunk.
func (b *speechBuffer) put(chunk speech.Chunk) {
	b.mu.Lock()
	b.chunks = append(b.chunks, speech.Chunk{
		PCM:   append([]int16(nil), chunk.PCM...),
		Marks: append([]speech.Mark(nil), chunk.Marks...),
	})
	b.mu.Unlock()
	b.signal()
}

// end says that no chunk follows.
func (b *speechBuffer) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.signal()
}

func (b *speechBuffer) signal() {
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// Next implements lipsync.Speech.
func (b *speechBuffer) Next(ctx context.Context) (speech.Chunk, error) {
	for {
		b.mu.Lock()
		if len(b.chunks) > 0 {
			chunk := b.chunks[0]
			b.chunks[0] = speech.Chunk{}
			b.chunks = b.chunks[1:]
			b.mu.Unlock()
			return chunk, nil
		}
		ended := b.ended
		b.mu.Unlock()
		if ended {
			return speech.Chunk{}, io.EOF
		}
		select {
		case <-b.more:
		case <-ctx.Done():
			return speech.Chunk{}, fmt.Errorf("wait for speech: %w", ctx.Err())
		}
	}
}
