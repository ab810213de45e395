package api

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/request"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// This file alone turns errors into HTTP: status and body. Package request words them.

// familyV2 is the beginning of the paths whose errors bear "success".
const familyV2 = "/api/v2/"

// Failure is the body of an error outside /api/v2.
type Failure struct {
	Message string `json:"error" doc:"One sentence for people" example:"메시지가 필요합니다"`
	Code    string `json:"code" doc:"The same for programs" example:"missing_message"`
}

// FailureV2 is the body of an error under /api/v2.
type FailureV2 struct {
	Success bool   `json:"success" doc:"Always false"`
	Message string `json:"error" doc:"One sentence for people" example:"립싱크 엔진이 로드되지 않았습니다"`
	Code    string `json:"code" doc:"The same for programs" example:"unavailable"`
}

// problem is an error on its way to a client.
type problem struct {
	status  int
	message string
	code    string
	// retry says that the same request may succeed later.
	retry bool
	cause error
}

// Error implements error.
func (p *problem) Error() string { return p.message }

// Unwrap gives the cause.
func (p *problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *problem) GetStatus() int { return p.status }

// GetHeaders implements huma.HeadersError.
func (p *problem) GetHeaders() http.Header {
	header := http.Header{}
	if p.retry {
		header.Set("Retry-After", "5")
	}
	return header
}

// body gives the shape that the path's family has.
func (p *problem) body(path string) any {
	if strings.HasPrefix(path, familyV2) {
		return FailureV2{Message: p.message, Code: p.code}
	}
	return Failure{Message: p.message, Code: p.code}
}

// invalid is a request that cannot be served as it is.
func invalid(code, message string) *problem {
	return &problem{status: http.StatusBadRequest, code: code, message: message}
}

func noSID() *problem { return invalid("missing_sid", "sid가 필요합니다") }

func noFile() *problem {
	return &problem{status: http.StatusNotFound, code: "not_found", message: "파일을 찾을 수 없습니다"}
}

func unauthorized() *problem { return refused(http.StatusUnauthorized, request.Unauthorized()) }

func forbiddenOrigin() *problem { return refused(http.StatusForbidden, request.ForbiddenOrigin()) }

func forbiddenHost() *problem { return refused(http.StatusForbidden, request.ForbiddenHost()) }

func refused(status int, r *request.Error) *problem {
	return &problem{status: status, message: r.Message, code: r.Code, cause: r}
}

// translate gives an error its status and sentence.
func translate(err error) *problem {
	if p, is := errors.AsType[*problem](err); is {
		return p
	}
	r := request.Word(err)
	p := refused(http.StatusInternalServerError, r)
	switch r.Kind {
	case fault.Invalid:
		p.status = http.StatusBadRequest
	case fault.NotFound:
		p.status = http.StatusNotFound
	case fault.RateLimited, fault.Busy:
		p.status, p.retry = http.StatusServiceUnavailable, true
	case fault.Unauthorized, fault.Quota, fault.Unavailable, fault.Unimplemented, fault.Unconfigured, fault.Cancelled:
		p.status = http.StatusServiceUnavailable
	case fault.Internal:
	}
	return p
}

// ofStatus gives a refusal that is no fault of an operation its words.
func ofStatus(status int) *problem {
	p := &problem{status: status}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		p.code, p.message = "too_large", "요청 본문이 너무 큽니다 (최대 1MB)"
	case status == http.StatusNotFound:
		p.code, p.message = "not_found", "요청한 경로를 찾을 수 없습니다"
	case status == http.StatusMethodNotAllowed:
		p.code, p.message = "method_not_allowed", "허용되지 않은 메서드입니다"
	case status == http.StatusRequestedRangeNotSatisfiable:
		p.code, p.message = "invalid_range", "파일에 없는 범위입니다"
	case status == http.StatusRequestTimeout:
		p.code, p.message = "timeout", "요청 본문을 제때 받지 못했습니다"
	case status >= http.StatusInternalServerError:
		p.code, p.message = "internal", "서버 내부 오류가 발생했습니다"
	default: // 422 too: whatever is wrong with a request is 400
		p.status, p.code, p.message = http.StatusBadRequest, "invalid_request", "요청 형식이 올바르지 않습니다. JSON 본문을 확인해 주세요"
	}
	return p
}

// ofHuma gives huma's own errors our words. Of its details only our own sentence about a body is told, and the name of what
// is wrong in an address: others may hold the whole body. The operation is nil when none was found.
func ofHuma(op *huma.Operation, status int, message string, details ...error) *problem {
	if message == unreadBody {
		status = http.StatusBadRequest
	}
	p := ofStatus(status)
	switch {
	case p.status == http.StatusRequestEntityTooLarge && op != nil && op.MaxBodyBytes > 0:
		p.message = fmt.Sprintf("요청 본문이 너무 큽니다 (최대 %dMB)", op.MaxBodyBytes>>20)
	case p.status == http.StatusBadRequest && message == noBody:
		p.message = "요청 본문이 비어 있습니다"
	case p.status == http.StatusBadRequest:
		for _, detail := range details {
			if d, ok := errors.AsType[*huma.ErrorDetail](detail); ok {
				p.message = cmp.Or(sentenceOf(d), p.message)
			}
		}
	}
	return p
}

// sentenceOf is what is wrong with a request by one of huma's details, or "".
func sentenceOf(d *huma.ErrorDetail) string {
	place, name, _ := strings.Cut(d.Location, ".")
	switch {
	case d.Location == "body":
		return d.Message
	case place == "query" && strings.HasPrefix(d.Message, "required"):
		return "주소에 " + name + " 값이 필요합니다"
	case place == "query" || place == "path":
		return "주소의 " + name + " 값이 올바르지 않습니다"
	}
	return ""
}

// What huma says of a body that ends too early, and of one that is missing.
const unreadBody, noBody = "cannot read request body", "request body is required"

// installErrors makes huma use our errors. It is a setting of the whole program, made once.
var installErrors = sync.OnceFunc(func() { //nolint:gochecknoglobals // huma's hook is a global
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, details ...error) huma.StatusError {
		return ofHuma(ctx.Operation(), status, message, details...)
	}
	huma.NewError = func(status int, message string, details ...error) huma.StatusError {
		return ofHuma(nil, status, message, details...)
	}
})

// shape turns a problem into the body that its path's family has.
func shape(ctx huma.Context, _ string, value any) (any, error) {
	if p, is := value.(*problem); is {
		return p.body(ctx.Operation().Path), nil
	}
	return value, nil
}
