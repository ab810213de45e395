package request

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Error is why a client does not get what it asked for.
type Error struct {
	// Message is one sentence for people, Code a word for programs.
	Message, Code string
	// Kind says whose fault it is, and whether the same request may succeed later.
	Kind  fault.Kind
	Cause error
}

// Error implements error.
func (r *Error) Error() string { return r.Message }

// Unwrap gives the cause.
func (r *Error) Unwrap() error { return r.Cause }

// Invalid is a request that cannot be served as it is.
func Invalid(code, message string) *Error {
	return &Error{Kind: fault.Invalid, Code: code, Message: message}
}

// What requests that lack something are told, in the document's words.

// NoMessage is told to a chat without a message.
func NoMessage() *Error { return Invalid("missing_message", "메시지가 필요합니다") }

// NoText is told to a speech or a video without a text.
func NoText() *Error { return Invalid("missing_text", "텍스트가 필요합니다") }

// Unauthorized is told to who has no key of ours.
func Unauthorized() *Error {
	return &Error{Kind: fault.Unauthorized, Code: "unauthorized", Message: "유효한 API 키가 필요합니다"}
}

// ForbiddenOrigin is told to pages of origins that are not allowed.
func ForbiddenOrigin() *Error {
	return &Error{
		Kind: fault.Unauthorized, Code: "forbidden_origin", Message: "허용되지 않은 출처입니다. 서버의 CORS_ORIGINS 설정을 확인해 주세요",
	}
}

// ForbiddenHost is told to who calls the host by a name that is not its own.
func ForbiddenHost() *Error {
	return &Error{
		Kind: fault.Unauthorized, Code: "forbidden_host",
		Message: "허용되지 않은 호스트 이름입니다. 서버의 PUBLIC_BASE_URL 또는 CORS_ORIGINS 설정을 확인해 주세요",
	}
}

// Ending is told to who asks for something while the host ends. Later it may work.
func Ending() *Error {
	return &Error{Kind: fault.Busy, Code: "unavailable", Message: "서버가 종료되는 중입니다. 잠시 후 다시 시도해 주세요"}
}

// TooMany is told to who has as many generations under way as one client may have.
func TooMany(most int) *Error {
	return &Error{
		Kind: fault.Busy, Code: "too_many_generations",
		Message: fmt.Sprintf("한 연결에서 동시에 %d개까지 생성할 수 있습니다. 진행 중인 생성이 끝난 뒤 다시 시도해 주세요", most),
	}
}

// Word gives an error its sentence.
func Word(err error) *Error {
	if r, is := errors.AsType[*Error](err); is {
		return r
	}
	kind := fault.KindOf(err)
	r := &Error{Code: string(kind), Message: fault.HintOf(err), Kind: kind, Cause: err}
	// A defect's words are for the log.
	if told := sentence(kind); r.Message == "" || told == broken {
		r.Message = told
	}
	return r
}

// sentence is what is told when nothing better is known.
func sentence(kind fault.Kind) string {
	switch kind {
	case fault.Invalid:
		return "요청을 처리할 수 없습니다. 입력을 확인해 주세요"
	case fault.NotFound:
		return "요청한 리소스를 찾을 수 없습니다"
	case fault.Unauthorized:
		return "외부 서비스의 인증에 실패했습니다. 서버의 API 키를 확인해 주세요"
	case fault.Quota:
		return "외부 서비스의 사용 한도를 모두 사용했습니다"
	case fault.RateLimited:
		return "외부 서비스의 요청이 많습니다. 잠시 후 다시 시도해 주세요"
	case fault.Busy:
		return "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요"
	case fault.Unavailable, fault.Unimplemented:
		return "서비스를 사용할 수 없습니다. 잠시 후 다시 시도해 주세요"
	case fault.Unconfigured:
		return "서버 설정이 필요한 기능입니다"
	case fault.Cancelled:
		return "요청이 취소되었습니다"
	case fault.Internal:
	}
	return broken
}

const broken = "서버 내부 오류가 발생했습니다"

// Report logs of a failed request what a client is not told, and words the rest. Whatever fails after ctx has ended failed
// because of that.
func Report(ctx context.Context, logger hclog.Logger, id string, err error) *Error {
	if ctx.Err() != nil {
		return Word(fault.New(fault.Cancelled, "generate", "", err))
	}
	r := Word(err)
	level := hclog.Warn
	switch r.Kind { //nolint:exhaustive // the others are the engines'
	case fault.Internal:
		level = hclog.Error
	case fault.Busy, fault.Invalid, fault.NotFound:
		level = hclog.Debug // what clients do; a log is not theirs to fill
	}
	logger.Log(level, "request failed", "request", id, "code", r.Code, "error", err)
	return r
}
