package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// explain gives a failed call its kind and its sentence; what went wrong and with which server is for the log. A
// server's words may hold what was sent, so that only their type and code are looked at.
func (e *engine) explain(ctx context.Context, err error) error {
	return e.located(explain(ctx, err))
}

// located adds which server a fault is about.
func (e *engine) located(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind != fault.Cancelled {
		f.Err = fmt.Errorf("%s: %w", e.server, f.Err)
	}
	return err
}

func explain(ctx context.Context, err error) error {
	const op = "chat"
	if err == nil {
		return nil
	}
	if errors.Is(context.Cause(ctx), errSilent) {
		return fault.New(fault.Unavailable, op, "LLM 서버가 제한 시간 안에 응답하지 않았습니다", errSilent)
	}
	if ctx.Err() != nil {
		return fault.New(fault.Cancelled, op, "", ctx.Err())
	}
	if api, ok := errors.AsType[*openai.APIError](err); ok {
		code, _ := api.Code.(string)
		return byStatus(api.HTTPStatusCode, api.Type+" "+code+" "+api.Message)
	}
	var request *openai.RequestError
	if errors.As(err, &request) && request.HTTPStatusCode != 0 {
		return byStatus(request.HTTPStatusCode, "")
	}
	return fault.New(fault.Unavailable, op, "LLM 서버에 연결할 수 없습니다", causeOf(err))
}

// causeOf is what of an error without a status can be told.
func causeOf(err error) error {
	if reach, ok := errors.AsType[*reachError](err); ok {
		return reach
	}
	if broken, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("the connection broke: %w", broken)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the connection broke: %w", io.ErrUnexpectedEOF)
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return errors.New("the answer is no JSON")
	}
	return errors.New("no usable answer from the server")
}

// reachError is why there is no answer. What it quotes, such as a proxy's address with its password, is not told.
type reachError struct{ err error }

// Error implements error.
func (e *reachError) Error() string {
	words, _, _ := strings.Cut(e.err.Error(), `"`)
	return strings.TrimRight(words, " (")
}

// Unwrap gives the cause.
func (e *reachError) Unwrap() error { return e.err }

func byStatus(status int, words string) error {
	const op = "chat"
	words = strings.ToLower(words)
	cause := errors.New("the stream tells of an error")
	if status != 0 {
		cause = fmt.Errorf("status %d %s", status, http.StatusText(status))
	}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault.New(fault.Unauthorized, op, "LLM 서버가 API 키를 거부했습니다", cause)
	case strings.Contains(words, "insufficient_quota"):
		return fault.New(fault.Quota, op, "LLM 서비스의 사용 한도를 모두 사용했습니다", cause)
	case status == http.StatusTooManyRequests:
		return fault.New(fault.RateLimited, op, "LLM 서버의 요청 한도를 넘었습니다. 잠시 후 다시 시도해 주세요", cause)
	case strings.Contains(words, "context_length") || strings.Contains(words, "exceed_context") || strings.Contains(words, "context size"):
		return fault.New(fault.Invalid, op, "대화가 너무 길어 LLM이 처리할 수 없습니다", cause)
	case status == http.StatusNotFound:
		return fault.New(fault.Unavailable, op, "LLM 서버에 그 주소나 모델이 없습니다", cause)
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		return fault.New(fault.Invalid, op, "LLM 서버가 요청을 거부했습니다", cause)
	}
	return fault.New(fault.Unavailable, op, "LLM 서버에 문제가 있습니다", cause)
}
