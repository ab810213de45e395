package elevenlabs

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Codes of the service that matter here.
const (
	codeQuota              = "quota_exceeded"
	codeMissingPermissions = "missing_permissions"
	codePaidPlan           = "paid_plan_required"
	codeUnusual            = "detected_unusual_activity"
)

const (
	maxErrorBytes   = 64 << 10
	maxErrorMessage = 300
)

// Error is what the service answers instead of speech.
type Error struct {
	// Status is HTTP's; 0 when the error came inside a stream.
	Status int
	// Code is the service's own word, for example "quota_exceeded"; it may be empty.
	Code string
	// Message is for the log.
	Message string
	// RetryAfter is what the server asks for; 0 when it does not say.
	RetryAfter time.Duration
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("service answered %d %s: %s", e.Status, e.Code, e.Message)
}

// Quota tells whether the account's allowance is used up.
func (e *Error) Quota() bool {
	return e.Code == codeQuota || e.Code == "insufficient_credits" || e.Status == http.StatusPaymentRequired && !e.Plan()
}

// Plan tells whether the account's plan does not have what was asked for: a free one has no voices of the
// library, and none at all for an address that looks like abuse.
func (e *Error) Plan() bool {
	return e.Code == codePaidPlan || e.Code == codeUnusual || strings.Contains(e.Message, "upgrade your subscription")
}

// TooLong tells whether the text is longer than the model takes.
func (e *Error) TooLong() bool {
	return e.Code == "max_character_limit_exceeded" || e.Code == "text_too_long"
}

// Voice tells whether the voice is not there.
func (e *Error) Voice() bool {
	return strings.HasPrefix(e.Code, "voice_") || e.Code == "invalid_uid"
}

// Model tells whether the model is not there or not allowed.
func (e *Error) Model() bool { return strings.Contains(e.Code, "model") }

func readError(response *http.Response, key string) *Error {
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBytes)) // what came is enough
	e := &Error{Status: response.StatusCode}
	var answer struct {
		Detail json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &answer) == nil {
		e.Code, e.Message = readDetail(answer.Detail)
	}
	e.Message = tidy(e.Message, key)
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(min(seconds, 3600)) * time.Second
	}
	return e
}

// readDetail reads the three forms that detail comes in: an object, a list of what is
// wrong with the request, a sentence.
func readDetail(detail json.RawMessage) (code, message string) {
	type form struct {
		Status  string `json:"status"`
		Code    string `json:"code"`
		Message string `json:"message"`
		Msg     string `json:"msg"`
	}
	var one form
	if json.Unmarshal(detail, &one) == nil {
		// Where both are, the code is the exact one: status "payment_required", code "paid_plan_required".
		if one.Code != "" {
			return one.Code, one.Message
		}
		return one.Status, one.Message
	}
	var many []form
	if json.Unmarshal(detail, &many) == nil && len(many) > 0 {
		return "", many[0].Msg
	}
	_ = json.Unmarshal(detail, &message)
	return "", message
}

// tidy keeps the key, and endless text, out of messages.
func tidy(message, key string) string {
	if key != "" {
		message = strings.ReplaceAll(message, key, "[key]")
	}
	if len(message) > maxErrorMessage {
		message = strings.ToValidUTF8(message[:maxErrorMessage], "") + "…"
	}
	return message
}
