package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sashabaranov/go-openai"
)

// CodeFormat is ours: the server sent something that is neither raw sound nor WAV.
const CodeFormat = "wrong_format"

const maxMessage = 300

// Error is what the server answers instead of speech.
type Error struct {
	// Status is HTTP's.
	Status int
	// Code is the server's own word, for example "insufficient_quota"; it may be empty.
	Code string
	// Param is the field of the request that is wrong; it may be empty.
	Param string
	// Message is for the log.
	Message string
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("service answered %d %s: %s", e.Status, e.Code, e.Message)
}

// Quota tells whether the account's allowance is used up; OpenAI says so with status 429.
func (e *Error) Quota() bool {
	return e.Code == "insufficient_quota" || strings.HasPrefix(e.Code, "billing_") || e.Status == http.StatusPaymentRequired
}

// Voice tells whether the voice is not there. Other servers have other words for it.
func (e *Error) Voice() bool {
	wrong := e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound || e.Status == http.StatusUnprocessableEntity
	return wrong && (e.Param == "voice" || (e.Param == "" && strings.Contains(strings.ToLower(e.Message), "voice")))
}

// Model tells whether the model is not there or not allowed.
func (e *Error) Model() bool { return e.Code == "model_not_found" || e.Param == "model" }

// explain turns go-openai's errors into ours. An error of the network stays one.
func (c *Client) explain(ctx context.Context, err error) error {
	var own *Error
	var api *openai.APIError
	var request *openai.RequestError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("call service: %w", context.Cause(ctx))
	case errors.As(err, &own):
		return own
	case errors.As(err, &api):
		e := &Error{Status: api.HTTPStatusCode, Code: api.Type, Message: c.tidy(api.Message)}
		if code, ok := api.Code.(string); ok && code != "" {
			e.Code = code
		}
		if api.Param != nil {
			e.Param = *api.Param
		}
		return e
	case errors.As(err, &request):
		return &Error{Status: request.HTTPStatusCode, Message: c.tidy(string(request.Body))}
	default:
		return fmt.Errorf("ask server: %w", err)
	}
}

// tidy keeps the key, and endless text, out of messages.
func (c *Client) tidy(message string) string {
	if c.key != "" {
		message = strings.ReplaceAll(message, c.key, "[key]")
	}
	if len(message) > maxMessage {
		message = message[:maxMessage] + "…"
	}
	return strings.ToValidUTF8(message, "")
}
