package generation

import (
	"fmt"
	"runtime/debug"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Contain turns a panic of what runs into an error, because those who were sent an event can only be told the end by an event.
func Contain(run func() error) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fault.New(fault.Internal, "generate", "", fmt.Errorf("panic: %v\n%s", panicked, debug.Stack()))
		}
	}()
	return run()
}
