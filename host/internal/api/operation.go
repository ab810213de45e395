package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// maxBody bounds a request's body, in bytes. huma refuses a body of exactly the bound.
const maxBody = 1<<20 + 1

// bodyWithin bounds how long a client may take to send its body.
const bodyWithin = 30 * time.Second

// call is an operation as the document shows it.
type call struct {
	id, method, path, tag string
	// summary is one line; description says it in Korean and in English.
	summary, description string
	// requests are bodies to try.
	requests []example
	// answer is the JSON of a good answer.
	answer string
	// fails are the statuses of errors besides 401 and 500.
	fails []int
	// wrong is what a bad request may be told; nil is the general sentence.
	wrong *problem
	// session says that the answer names the session and the request.
	session bool
	// open says that no key is asked for.
	open bool
}

// example is a JSON value with a name.
type example struct {
	name, summary, value string
}

// operation describes one call. Bodies are checked by our own code: the contract wants its own sentences,
// ignores unknown fields, and takes null for "not given".
func operation(api huma.API, c call) huma.Operation {
	op := huma.Operation{
		OperationID: c.id, Method: c.method, Path: c.path, Tags: []string{c.tag}, Summary: c.summary, Description: c.description,
		MaxBodyBytes: maxBody, BodyReadTimeout: bodyWithin, SkipValidateBody: true, Responses: map[string]*huma.Response{},
	}
	if len(c.requests) > 0 {
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Examples: examples(c.requests)}}}
	}
	op.Responses["200"] = &huma.Response{Description: "성공 (success)", Headers: map[string]*huma.Param{}}
	if c.answer != "" {
		op.Responses["200"].Content = map[string]*huma.MediaType{"application/json": {Example: json.RawMessage(c.answer)}}
	}
	if c.session {
		op.Responses["200"].Headers = sessionHeaders()
	}
	if c.open {
		op.Security = []map[string][]string{}
		return op
	}
	describeFailures(api, &op, c, append([]int{http.StatusUnauthorized, http.StatusInternalServerError}, c.fails...))
	return op
}

func describeFailures(api huma.API, op *huma.Operation, c call, statuses []int) {
	failure := reflect.TypeFor[Failure]()
	if strings.HasPrefix(op.Path, familyV2) {
		failure = reflect.TypeFor[FailureV2]()
	}
	schema := api.OpenAPI().Components.Schemas.Schema(failure, true, "")
	for _, status := range statuses {
		response := &huma.Response{
			Description: statusText(status),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schema, Example: c.failure(status).body(c.path)}},
		}
		if status == http.StatusServiceUnavailable {
			response.Headers = map[string]*huma.Param{"Retry-After": {
				Description: "Seconds, when the same request may succeed later", Schema: &huma.Schema{Type: huma.TypeInteger},
			}}
		}
		op.Responses[strconv.Itoa(status)] = response
	}
}

// failure is what a status may say.
func (c call) failure(status int) *problem {
	makesVideo := strings.Contains(c.path, "lipsync")
	switch {
	case status == http.StatusBadRequest && c.wrong != nil:
		return c.wrong
	case status == http.StatusUnauthorized:
		return unauthorized()
	case status == http.StatusNotFound && c.tag == "files":
		return noFile()
	case status == http.StatusNotFound && (makesVideo || c.tag == "catalogue"):
		return translate(fault.New(fault.NotFound, "", "아바타를 찾을 수 없습니다", nil))
	case status == http.StatusNotFound:
		return translate(fault.New(fault.NotFound, "", "", nil))
	case status == http.StatusServiceUnavailable && makesVideo:
		return translate(fault.New(fault.Unavailable, "", "립싱크 엔진이 로드되지 않았습니다", nil))
	case status == http.StatusServiceUnavailable:
		return translate(fault.New(fault.Unavailable, "", "", nil))
	}
	return ofStatus(status)
}

func examples(all []example) map[string]*huma.Example {
	named := map[string]*huma.Example{}
	for _, e := range all {
		named[e.name] = &huma.Example{Summary: e.summary, Value: json.RawMessage(e.value)}
	}
	return named
}

func sessionHeaders() map[string]*huma.Param {
	text := &huma.Schema{Type: huma.TypeString}
	return map[string]*huma.Param{
		sessionHeader: {Description: "이 요청의 세션. The session of this request; /api/cancel takes it as sid", Schema: text},
		requestHeader: {Description: "이 요청의 이름. The name of this request: 8 hex characters", Schema: text},
	}
}

func statusText(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "잘못된 요청 (bad request)"
	case http.StatusUnauthorized:
		return "API 키가 필요함, 서버에 API_KEYS가 설정된 경우 (a key is needed when the host has API_KEYS)"
	case http.StatusNotFound:
		return "리소스를 찾을 수 없음 (not found)"
	case http.StatusRequestEntityTooLarge:
		return "요청 본문이 1 MiB보다 큼 (body larger than 1 MiB)"
	case http.StatusRequestedRangeNotSatisfiable:
		return "파일에 없는 범위 (no such range)"
	case http.StatusInternalServerError:
		return "서버 내부 오류 (internal error)"
	case http.StatusServiceUnavailable:
		return "서비스 사용 불가: 엔진이나 저장 공간이 없거나 대기열이 가득 참 (no engine, no room on the disk, or the queue is full)"
	}
	return http.StatusText(status)
}

// streams documents an event stream as the answer of an operation: the schema of one event, and one of each type.
func streams(op huma.Operation, event *huma.Schema, events ...example) huma.Operation {
	op.Responses["200"].Description = "이벤트 스트림. Each event is \"data: \", one line of JSON, and an empty line; lines that begin with a colon are comments."
	op.Responses["200"].Content = map[string]*huma.MediaType{"text/event-stream": {Schema: event, Examples: examples(events)}}
	return op
}
