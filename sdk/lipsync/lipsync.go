// Package lipsync is the contract of a face engine: speech goes in, encoded video
// of a face that speaks it comes out. Authors implement Renderer and call Serve.
package lipsync

import (
	"context"

	"github.com/visavis-dev/visavis/sdk/speech"
)

// Renderer makes a face speak. It is called from several goroutines at once.
type Renderer interface {
	// Render reads speech to its end and writes the video into out as it is made: the
	// fragments, in order, are one fragmented MP4 file (H.264 yuv420p and AAC).
	// It ends soon (200 ms) after ctx does. Errors carry a fault.Kind: NotFound and Invalid
	// for the avatar, Unavailable when the engine or its encoder cannot work.
	Render(ctx context.Context, req Request, speech Speech, out Sink) error
}

// Request says which face and how large.
type Request struct {
	// Avatar is the absolute path of a pack.
	Avatar string
	// Width and Height of the video in pixels, even.
	Width, Height int
	// FrameSkip n infers every n-th frame and interpolates those between; 1 to 3.
	FrameSkip int
	Format    speech.Format
}

// Speech is read by the renderer, from one goroutine.
type Speech interface {
	// Next gives the next chunk; io.EOF after the last.
	Next(ctx context.Context) (speech.Chunk, error)
}

// Sink takes the video. It is not safe for concurrent use; an error means that
// nobody listens any more.
type Sink interface {
	// Fragment takes the next bytes of the file, at most MaxFragment; it does not keep them.
	Fragment(data []byte) error
	Progress(p Progress) error
}

// MaxFragment bounds one fragment, in bytes.
const MaxFragment = 2 << 20

// Progress counts frames.
type Progress struct {
	Frames int
	// Total is 0 while the speech has not ended.
	Total int
}
