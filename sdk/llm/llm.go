// Package llm is the contract of a language backend: a conversation goes in,
// text comes out as it is made. Authors implement Model and call Serve.
package llm

import (
	"context"
	"encoding/json"
)

// Model answers conversations. It is called from several goroutines at once.
type Model interface {
	// Chat writes the answer to req into out, piece by piece, and returns the name of
	// the model that answered, of which a host keeps 256 bytes. It ends soon (200 ms) after ctx does. An error before the first
	// token lets the host ask the next backend; errors carry a fault.Kind.
	Chat(ctx context.Context, req Request, out Sink) (model string, err error)
}

// Role says who speaks.
type Role string

// The roles of a message.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one turn of a conversation.
type Message struct {
	Role    Role
	Content string
}

// Attributes of a conversation that the host knows; each may be missing.
const (
	OrgType     = "org_type"
	CompanyName = "company_name"
	JobName     = "job_name"
	Language    = "language"
	// CompanyTitle and JobTitle are both as they are said in the interview's language, where the host knows that.
	CompanyTitle = "company_title"
	JobTitle     = "job_title"
	// CompanyValues are what the organisation cares about, one on each line, in the interview's language.
	CompanyValues = "company_values"
	// Retrieval is "true" or "false" for a backend that finds questions by itself: whether it should.
	Retrieval = "question_set_rag_enabled"
)

// Request is a conversation to answer. Its last message is the user's.
type Request struct {
	Messages []Message
	// MaxTokens bounds the answer; 0 leaves it to the backend. A host ends one of more than 64 KiB and 64 bytes for each of them.
	MaxTokens int
	// Temperature is 0 to 2.
	Temperature float64
	Attributes  map[string]string
	// Questions are those of the interview's question set, those that fit best what was said first, and those that were
	// asked last. The best of them are in the system message too. Empty without a question set.
	Questions []Question
	// Schema is a JSON schema that the answer must satisfy, as a whole; nil for an answer in words. Only a backend whose
	// manifest says json_schema is sent one.
	Schema json.RawMessage
}

// Question is an entry of a question set.
type Question struct {
	ID string
	// Level is opening, experience, job_knowledge, situation, values or closing.
	Level string
	// Competency is what the question is to show.
	Competency string
	Text       string
	// Strong is what a strong answer covers.
	Strong string
	// FollowUps ask for more, whatever the answer was.
	FollowUps []string
	// Score is how well it fits what was said; comparable within one request.
	Score float64
	// Asked says that the interviewer asked it already, in these words or in others.
	Asked bool
}

// Sink takes the answer. It is not safe for concurrent use; an error means
// that nobody listens any more.
type Sink interface {
	// Token takes the next piece of text, never empty, valid UTF-8.
	Token(text string) error
}
