// Package generation is the pipeline from a message to an answer, its speech and a
// video of a face that speaks it, as one stream of typed events. It knows
// engines by the three methods it calls and transports not at all.
package generation

import (
	"context"
	"math"
	"time"

	"github.com/visavis-dev/visavis/sdk/llm"
)

// Seconds is a measured time with at most two decimals.
type Seconds float64

// SecondsOf rounds a duration to hundredths of a second; what took any time took one.
func SecondsOf(d time.Duration) Seconds {
	if d > 0 && d < 10*time.Millisecond {
		return 0.01
	}
	return Seconds(math.Round(d.Seconds()*100) / 100)
}

// Duration is the time as Go has it.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// Emit takes the next event. An error means that nobody listens any more.
type Emit func(Event) error

// Message is one entry of a history.
type Message struct {
	Role    string
	Content string
}

// ChatRequest asks for an answer.
type ChatRequest struct {
	Message string
	// Stateless says that History was given (even empty); otherwise the host keeps the conversation.
	Stateless bool
	History   []Message
	// Conversation is the key of a kept conversation, SID the name of its session.
	Conversation string
	SID          string
	OrgType      string
	CompanyName  string
	JobName      string
	// Language is ko, en, or "" for what the candidate speaks.
	Language string
	// Whole says that the client hears of the answer when it is whole: no token is told, and when a backend breaks off, the
	// next one begins anew.
	Whole bool
}

// Exchange is what was said to the interviewer, and the answer.
type Exchange struct {
	// SID names the session.
	SID       string
	User      string
	Asked     time.Time
	Assistant string
	Answered  time.Time
}

// Occasion is an interview as far as it has come.
type Occasion struct {
	OrgType, CompanyName, JobName string
	// Language is ko, en, or "" for what the candidate speaks.
	Language string
	// History is oldest first; Message is what was said last.
	History []Message
	Message string
}

// Brief is what an interviewer is told.
type Brief struct {
	// System is the prompt; Bare is the same without questions.
	System, Bare string
	// Language is ko or en.
	Language string
	// Questions fit the conversation, best first; Retrieved are those of them that System holds.
	Questions []llm.Question
	Retrieved []Retrieved
	// Attributes are what backends are told of the interview besides what the request says.
	Attributes map[string]string
}

// SpeechRequest asks for a sound file.
type SpeechRequest struct {
	Text string
	// Engine is a tts function; "" takes the default.
	Engine string
	Voice  string
}

// FaceRequest says whose face, how large.
type FaceRequest struct {
	// Avatar is an id ("talk_long_720p") or a base name completed with Resolution.
	Avatar string
	// AvatarPath is a path under the avatar roots.
	AvatarPath string
	// Resolution is "1080p", "720p", "480p", "360p", or "": then a base name is shown in 720p, an id or a path in its pack's own size.
	Resolution string
	// FrameSkip is 1 to 3.
	FrameSkip int
}

// ChatResult is a finished answer.
type ChatResult struct {
	Response  string
	LLMSource string
	LLMParams LLMParams
	Elapsed   Seconds
}

// SpeechResult is a finished sound file.
type SpeechResult struct {
	AudioPath string
	AudioURL  string
	Duration  Seconds
	Elapsed   Seconds
}

// VideoResult is a finished video.
type VideoResult struct {
	Text      string
	VideoPath string
	VideoURL  string
	Speech    SpeechResult
	Elapsed   LipsyncElapsed
}

// ChatVideoResult is a finished answer with its video.
type ChatVideoResult struct {
	Chat    ChatResult
	Video   VideoResult
	Elapsed ChatLipsyncElapsed
}

// LipsyncRequest asks for a video that speaks a text.
type LipsyncRequest struct {
	Speech SpeechRequest
	Face   FaceRequest
}

// ChatLipsyncRequest asks for an answer and a video that speaks it. Its
// Speech has no text: the answer is spoken.
type ChatLipsyncRequest struct {
	Chat   ChatRequest
	Speech SpeechRequest
	Face   FaceRequest
}

// Run does work that has been checked: what can be refused was refused when it was prepared.
type Run[T any] func(ctx context.Context, emit Emit) (T, error)

// QueuedRun is a Run that waits for its turn before the dear part.
type QueuedRun[T any] func(ctx context.Context, turn Turn, emit Emit) (T, error)

// Turn is a place in a queue.
type Turn interface {
	// Wait returns when the place is reached; moved hears of each new position (1 is next).
	Wait(ctx context.Context, moved func(position int, wait time.Duration)) error
}
