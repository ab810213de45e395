package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/visavis-dev/visavis/plugins/tts-elevenlabs/internal/elevenlabs"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// Hints for people.
const (
	hintNoKey     = "ElevenLabs API 키가 없습니다. ELEVENLABS_API_KEY를 설정해 주세요."
	hintKey       = "ElevenLabs가 API 키를 거부했습니다. ELEVENLABS_API_KEY를 확인해 주세요."
	hintQuota     = "ElevenLabs 사용량이 모두 소진되었습니다. 요금제를 확인하거나 다른 음성 엔진을 사용해 주세요."
	hintBusy      = "ElevenLabs에 요청이 너무 많습니다. 잠시 후 다시 시도해 주세요."
	hintVoice     = "ElevenLabs에 없는 음성입니다. Custom, Rachel, Domi, Bella 또는 올바른 음성 ID를 사용해 주세요."
	hintModel     = "ElevenLabs 모델을 사용할 수 없습니다. ELEVENLABS_MODEL을 확인해 주세요."
	hintPaid      = "현재 ElevenLabs 요금제로는 이 음성을 API로 사용할 수 없습니다. 요금제를 올리거나 내 음성의 ID를 ELEVENLABS_VOICE_ID에 넣어 주세요."
	hintPlan      = "현재 ElevenLabs 요금제 또는 API 키 권한으로는 사용할 수 없는 기능입니다."
	hintRequest   = "ElevenLabs가 요청을 처리할 수 없습니다. 텍스트와 음성 설정을 확인해 주세요."
	hintDown      = "ElevenLabs에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요."
	hintAddress   = "ElevenLabs 주소가 올바르지 않습니다. ELEVENLABS_BASE_URL을 확인해 주세요."
	hintTooLong   = "텍스트는 5,000자까지 읽을 수 있습니다."
	hintModelLong = "텍스트가 ElevenLabs 모델의 한도보다 깁니다. 더 짧게 나누어 보내 주세요."
	hintNothing   = "읽을 수 있는 글자가 없습니다. 말할 내용을 입력해 주세요."
	hintLanguage  = "지원하지 않는 언어입니다."
)

// explain tells whose fault an error is. The caller's own leaving stays what it is.
func (e *Engine) explain(ctx context.Context, op string, err error) error {
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%s: %w", op, cause)
	}
	if _, gone := errors.AsType[*listenerError](err); gone {
		return fmt.Errorf("%s: %w", op, err)
	}
	var refused *elevenlabs.Error
	if !errors.As(err, &refused) {
		return fault.New(fault.Unavailable, op, hintDown, err)
	}
	kind, hint := judge(refused)
	return fault.New(kind, op, hint, err)
}

func judge(e *elevenlabs.Error) (kind fault.Kind, hint string) {
	switch {
	case e.Plan():
		return fault.Unauthorized, hintPaid
	case e.Quota():
		return fault.Quota, hintQuota
	case e.TooLong():
		return fault.Invalid, hintModelLong
	case e.Voice():
		return fault.Invalid, hintVoice
	case e.Model():
		return fault.Unconfigured, hintModel
	}
	switch {
	case e.Status == http.StatusUnauthorized && e.Code == "missing_permissions", e.Status == http.StatusForbidden:
		return fault.Unauthorized, hintPlan
	case e.Status == http.StatusUnauthorized:
		return fault.Unauthorized, hintKey
	case e.Status == http.StatusNotFound && e.Code == "":
		return fault.Unconfigured, hintAddress // another server than we think
	case e.Status == http.StatusTooManyRequests:
		return fault.RateLimited, hintBusy
	case e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError && e.Status != http.StatusRequestTimeout:
		return fault.Invalid, hintRequest
	default:
		return fault.Unavailable, hintDown
	}
}
