package api

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// This file alone turns errors into HTTP: status, body and the one sentence that a person reads.

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

// What requests that lack something are told, in the document's words.

func noMessage() *problem { return invalid("missing_message", "메시지가 필요합니다") }
func noText() *problem    { return invalid("missing_text", "텍스트가 필요합니다") }
func noSID() *problem     { return invalid("missing_sid", "sid가 필요합니다") }

func noFile() *problem {
	return &problem{status: http.StatusNotFound, code: "not_found", message: "파일을 찾을 수 없습니다"}
}

func unauthorized() *problem {
	return &problem{status: http.StatusUnauthorized, code: "unauthorized", message: "유효한 API 키가 필요합니다"}
}

// translate gives an error its status and sentence.
func translate(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	kind := fault.KindOf(err)
	p = &problem{code: string(kind), message: fault.HintOf(err), cause: err}
	var fallback string
	switch kind {
	case fault.Invalid:
		p.status, fallback = http.StatusBadRequest, "요청을 처리할 수 없습니다. 입력을 확인해 주세요"
	case fault.NotFound:
		p.status, fallback = http.StatusNotFound, "요청한 리소스를 찾을 수 없습니다"
	case fault.Unauthorized:
		p.status, fallback = http.StatusServiceUnavailable, "외부 서비스의 인증에 실패했습니다. 서버의 API 키를 확인해 주세요"
	case fault.Quota:
		p.status, fallback = http.StatusServiceUnavailable, "외부 서비스의 사용 한도를 모두 사용했습니다"
	case fault.RateLimited:
		p.status, p.retry, fallback = http.StatusServiceUnavailable, true, "외부 서비스의 요청이 많습니다. 잠시 후 다시 시도해 주세요"
	case fault.Busy:
		p.status, p.retry, fallback = http.StatusServiceUnavailable, true, "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요"
	case fault.Unavailable, fault.Unimplemented:
		p.status, fallback = http.StatusServiceUnavailable, "서비스를 사용할 수 없습니다. 잠시 후 다시 시도해 주세요"
	case fault.Unconfigured:
		p.status, fallback = http.StatusServiceUnavailable, "서버 설정이 필요한 기능입니다"
	case fault.Cancelled:
		p.status, fallback = http.StatusServiceUnavailable, "요청이 취소되었습니다"
	case fault.Internal:
		fallthrough
	default:
		p.status, fallback = http.StatusInternalServerError, "서버 내부 오류가 발생했습니다"
		p.message = "" // a defect's words are for the log
	}
	if p.message == "" {
		p.message = fallback
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
