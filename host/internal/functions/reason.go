package functions

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/visavis-dev/visavis/host/internal/process"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// unavailable is the fault of a function that cannot serve: which one, and why.
func unavailable(id, reason string, err error) error {
	return fault.New(fault.Unavailable, "use function "+id, fmt.Sprintf("'%s' 엔진을 사용할 수 없습니다: %s", id, reason), err)
}

// paused is what a client is told while nothing is started after too many deaths.
func (p *pool) paused() error {
	return unavailable(p.wanted.Function.ID, reasonOf(p.circuit.last)+". 반복되어 잠시 멈췄으니 잠시 후 다시 시도해 주세요", p.circuit.last)
}

// reasonOf says for people why an instance did not start or did not stay: in the engine's own words when it has some.
func reasonOf(err error) string {
	var exit *process.ExitError
	switch hint := fault.HintOf(err); {
	case hint != "":
		return hint
	case errors.Is(err, process.ErrChecksum):
		return "플러그인의 실행 파일이 plugin.json의 체크섬과 다릅니다"
	case errors.Is(err, process.ErrProtocol):
		return "플러그인의 프로토콜 버전이 서버와 맞지 않습니다"
	case errors.Is(err, fs.ErrNotExist):
		return "플러그인의 실행 파일이 없습니다"
	case errors.As(err, &exit) && exit.Signal != 0:
		return fmt.Sprintf("플러그인이 강제로 종료되었습니다 (시그널 %d)", int(exit.Signal))
	case errors.As(err, &exit):
		return fmt.Sprintf("플러그인이 종료되었습니다 (종료 코드 %d)", exit.Status)
	case errors.Is(err, context.DeadlineExceeded):
		return "제한 시간 안에 시작되지 않았습니다"
	case errors.Is(err, process.ErrHandshake): // one that is ended in time does not shake hands either
		return "플러그인이 연결 정보를 알리지 않았습니다"
	}
	return "플러그인을 시작하지 못했습니다"
}
