package generation

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// Engines gives the engines of the deployment by function id. An unknown id is
// fault.NotFound.
type Engines interface {
	Synthesizer(id string) (tts.Synthesizer, error)
	Model(id string) (llm.Model, error)
	Renderer(id string) (lipsync.Renderer, error)
	// Available is nil when the function can serve, started or not; otherwise a fault with a hint.
	Available(id string) error
}

// Interview knows what an interviewer is told and what was said before.
type Interview interface {
	// Brief says what the interviewer is told for the next answer.
	Brief(ctx context.Context, o Occasion) (Brief, error)
	// History gives the last messages of a kept conversation, oldest first.
	History(ctx context.Context, conversation string, limit int) ([]Message, error)
	// Remember adds an exchange to a kept conversation.
	Remember(ctx context.Context, conversation string, e Exchange) error
}

// Avatars finds packs. An unknown one is fault.NotFound.
type Avatars interface {
	Resolve(ctx context.Context, face FaceRequest) (Face, error)
}

// Face is an avatar with the size of its video.
type Face struct {
	// Pack is an absolute path.
	Pack          string
	Width, Height int
}

// ArtefactKind says what a file holds.
type ArtefactKind string

// The kinds of files that a generation makes.
const (
	Audio ArtefactKind = "audio"
	Video ArtefactKind = "video"
)

// Artefacts keeps the files that generations make.
type Artefacts interface {
	Create(kind ArtefactKind) (Draft, error)
}

// Draft is a file that nobody sees before it is whole.
type Draft interface {
	io.WriteSeeker
	// Name is the path that the file has until it is published.
	Name() string
	// Publish gives the file its name. It or Discard must be called; Discard after Publish does nothing.
	Publish() (Artefact, error)
	Discard()
}

// Artefact is a file that clients can fetch.
type Artefact struct {
	// Path is relative to the data folder, URL what a client asks for.
	Path, URL string
}

// Muxer turns a fragmented MP4 into one whose index comes first.
type Muxer interface {
	// Ready is nil when it can work; otherwise a fault with a hint.
	Ready() error
	// Remux reads and writes files by path; what stands in the second is replaced.
	Remux(ctx context.Context, fragments, whole string) error
}

// Backend is one link of the chain of language backends.
type Backend struct {
	// Function is its id, Label its name in llm_source.
	Function, Label string
	// Retrieves says that it finds questions by itself: it is told of the interview instead of getting them.
	Retrieves bool
}

// Options of a Pipeline; the engines and stores are all required.
type Options struct {
	Engines   Engines
	Interview Interview
	Avatars   Avatars
	Artefacts Artefacts
	Muxer     Muxer
	Logger    hclog.Logger
	// Backends are asked in this order.
	Backends []Backend
	// Voices are the tts functions; the first that is available is the default.
	Voices []string
	// Lipsync is the function that renders faces.
	Lipsync string
	// MaxTokens and Temperature go to every backend.
	MaxTokens   int
	Temperature float64
	// MaxSpeech bounds the length of one speech.
	MaxSpeech time.Duration
}

// Pipeline makes answers, speech and videos. Safe for concurrent use.
type Pipeline struct {
	Options
	rests *rests
}

// New makes a pipeline.
func New(o Options) *Pipeline { return &Pipeline{Options: o, rests: newRests()} }

// isCancelled tells whether an error only says that the client went away.
func isCancelled(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.Canceled)
}

func internal(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.New(fault.KindOf(err), op, "", err)
}
