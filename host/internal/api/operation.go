package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// call names an operation.
type call struct {
	id, method, path, tag, summary, description string
}

// operation describes one call. Bodies are checked by our own code: the contract wants its own sentences,
// ignores unknown fields, and takes null for "not given".
func operation(api huma.API, c call, statuses ...int) huma.Operation {
	op := huma.Operation{
		OperationID: c.id, Method: c.method, Path: c.path, Tags: []string{c.tag}, Summary: c.summary, Description: c.description,
		MaxBodyBytes: maxBody, SkipValidateBody: true, Responses: map[string]*huma.Response{},
	}
	failure := reflect.TypeFor[Failure]()
	if strings.HasPrefix(c.path, "/api/v2/") {
		failure = reflect.TypeFor[FailureV2]()
	}
	schema := api.OpenAPI().Components.Schemas.Schema(failure, true, "")
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: statusText(status),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
		}
	}
	return op
}

func statusText(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "잘못된 요청"
	case http.StatusUnauthorized:
		return "API 키가 필요합니다"
	case http.StatusNotFound:
		return "리소스를 찾을 수 없음"
	case http.StatusRequestEntityTooLarge:
		return "요청 본문이 너무 큼"
	case http.StatusInternalServerError:
		return "서버 내부 오류"
	case http.StatusServiceUnavailable:
		return "서비스 사용 불가"
	}
	return http.StatusText(status)
}

// streams documents an event stream as the answer of an operation: the schema of one event.
func streams(op huma.Operation, event *huma.Schema, example string) huma.Operation {
	op.Responses["200"] = &huma.Response{
		Description: "이벤트 스트림. Each event is a line \"data: \" with one JSON object and an empty line.",
		Headers:     map[string]*huma.Param{"X-Session-Id": {Description: "Session of this request", Schema: &huma.Schema{Type: "string"}}},
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: event, Example: example}},
	}
	return op
}
