package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/visavis-dev/visavis/plugins/tts-openai/internal/remote"
	"github.com/visavis-dev/visavis/plugins/tts-openai/internal/sound"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// Hints for people.
const (
	hintKey     = "음성 서버가 API 키를 거부했습니다. OPENAI_TTS_KEY를 확인해 주세요."
	hintQuota   = "음성 서버의 사용량이 모두 소진되었습니다. 요금제를 확인하거나 다른 음성 엔진을 사용해 주세요."
	hintBusy    = "음성 서버에 요청이 너무 많습니다. 잠시 후 다시 시도해 주세요."
	hintVoice   = "음성 서버에 없는 음성입니다. Custom 또는 서버가 제공하는 음성 이름을 사용해 주세요."
	hintModel   = "음성 모델을 사용할 수 없습니다. OPENAI_TTS_MODEL을 확인해 주세요."
	hintRequest = "음성 서버가 요청을 처리할 수 없습니다. 텍스트와 음성 설정을 확인해 주세요."
	hintFormat  = "음성 서버의 응답을 소리로 읽을 수 없습니다. response_format 설정을 확인해 주세요."
	hintSilent  = "음성 서버가 소리를 보내지 않았습니다. 텍스트와 음성 설정을 확인해 주세요."
	hintDown    = "음성 서버에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요."
	hintAddress = "음성 서버 주소가 올바르지 않습니다. OPENAI_TTS_URL을 확인해 주세요."
	hintTooLong = "텍스트는 5,000자까지 읽을 수 있습니다."
	hintNothing = "읽을 수 있는 글자가 없습니다. 말할 내용을 입력해 주세요."
)

// explain tells whose fault an error is. The caller's own leaving stays what it is.
func explain(ctx context.Context, op string, err error) error {
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%s: %w", op, cause)
	}
	if _, gone := errors.AsType[*listenerError](err); gone {
		return fmt.Errorf("%s: %w", op, err)
	}
	if refused, ok := errors.AsType[*remote.Error](err); ok {
		kind, hint := judge(refused)
		return fault.New(kind, op, hint, err)
	}
	if errors.Is(err, sound.ErrFormat) {
		return fault.New(fault.Unavailable, op, hintFormat, err)
	}
	if fault.HintOf(err) != "" { // ffmpeg is missing
		return fmt.Errorf("%s: %w", op, err)
	}
	return fault.New(fault.Unavailable, op, hintDown, err)
}

func judge(e *remote.Error) (kind fault.Kind, hint string) {
	switch {
	case e.Code == remote.CodeFormat:
		return fault.Unavailable, hintFormat
	case e.Quota():
		return fault.Quota, hintQuota
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return fault.Unauthorized, hintKey
	case e.Status == http.StatusTooManyRequests:
		return fault.RateLimited, hintBusy
	case e.Model():
		return fault.Unconfigured, hintModel
	case e.Voice():
		return fault.Invalid, hintVoice
	case e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed:
		return fault.Unconfigured, hintAddress
	case e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError && e.Status != http.StatusRequestTimeout:
		return fault.Invalid, hintRequest
	default:
		return fault.Unavailable, hintDown
	}
}

// listenerError is an error of the sink: nobody listens any more.
type listenerError struct{ err error }

// Error implements error.
func (e *listenerError) Error() string { return fmt.Sprintf("send speech: %v", e.err) }

// Unwrap gives the sink's own error.
func (e *listenerError) Unwrap() error { return e.err }
