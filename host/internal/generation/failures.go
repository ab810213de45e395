package generation

import (
	"errors"
	"fmt"
	"strings"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// failure is why a language backend did not answer.
type failure struct {
	function string
	err      error
}

// passedOver are the backends that did not answer, in the order they were asked.
type passedOver []failure

func (all passedOver) join() error {
	var errs []error
	for _, f := range all {
		errs = append(errs, f.err)
	}
	return errors.Join(errs...)
}

// kind is Busy when that is all that is wrong: then it is worth trying again soon.
func (all passedOver) kind() fault.Kind {
	busy := false
	for _, f := range all {
		switch fault.KindOf(f.err) { //nolint:exhaustive // the rest is alike
		case fault.Busy:
			busy = true
		case fault.Unconfigured:
		default:
			return fault.Unavailable
		}
	}
	if busy {
		return fault.Busy
	}
	return fault.Unavailable
}

// reasons say for people which backend failed and why, as the rest of a sentence. One that is not configured is told of only
// when there is no other.
func (all passedOver) reasons() string {
	var told, unconfigured []string
	for _, f := range all {
		reason := fault.HintOf(f.err)
		if reason == "" {
			reason = "오류가 발생했습니다"
		}
		if !strings.Contains(reason, "'"+f.function+"'") {
			reason = fmt.Sprintf("'%s' 엔진: %s", f.function, reason)
		}
		if fault.KindOf(f.err) == fault.Unconfigured {
			unconfigured = append(unconfigured, reason)
		} else {
			told = append(told, reason)
		}
	}
	if len(told) == 0 {
		told = unconfigured
	}
	if len(told) == 0 {
		return ""
	}
	return ". " + strings.Join(told, ". ")
}
