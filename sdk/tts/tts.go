// Package tts is the contract of a speech engine: text goes in, PCM with
// marks comes out as a stream. Authors implement Synthesizer and call Serve.
package tts

import (
	"context"

	"github.com/visavis-dev/visavis/sdk/speech"
)

// Synthesizer turns text into speech. It is called from several goroutines at once.
type Synthesizer interface {
	// Synthesize speaks req.Text into out and returns when the last sample has been
	// given. It calls out.Start once, before the first chunk. It ends soon (200 ms) after ctx does.
	// Errors carry a fault.Kind: Invalid for text (too long, nothing in it to say) or a voice that cannot be
	// spoken, which the client is told; to return without a sample is a defect, Unauthorized, Quota, RateLimited or Unavailable for a remote service.
	Synthesize(ctx context.Context, req Request, out Sink) error
}

// Request is one text to speak.
type Request struct {
	// Text is 1 to 5,000 characters, any script, free of control characters but white space.
	Text string
	// Voice is one of the manifest's voices or, where it allows any, an id that
	// the engine knows; any other is Invalid. "" and "Custom" mean the engine's default.
	Voice string
	// Language is a BCP 47 tag ("ko", "en"); "" leaves it to the engine.
	Language string
}

// Sink takes the speech. It is not safe for concurrent use; an error means
// that nobody listens any more, and Synthesize should return it.
type Sink interface {
	Start(format speech.Format) error
	// Chunk does not keep the slices.
	Chunk(chunk speech.Chunk) error
}
