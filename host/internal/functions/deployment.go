// Package functions is the function host: it serves the functions of a deployment on instances of
// plugins, which it starts when they are needed, bounds, watches, replaces and stops. It
// knows neither HTTP nor avatars.
package functions

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
)

// Deployment says which plugin serves which function.
type Deployment []Function

// Function is one capability under an id.
type Function struct {
	ID     string
	Kind   manifest.Kind
	Plugin string
	// Label names the function for people; "" takes the plugin's title.
	Label string
	// Settings is a JSON object, checked against the plugin's schema.
	Settings json.RawMessage
	// Missing are variables that must be set before the function can serve.
	Missing []string
	Scale   Scale
	// MemoryMB and OpenFiles override the manifest's limits; 0 does not.
	MemoryMB, OpenFiles int
}

// Scale bounds the instances of a function. Zero values take the defaults beside them.
type Scale struct {
	// Min instances stay warm: 0.
	Min int
	// Max instances run at once: 1.
	Max int
	// Concurrency is the number of calls in one instance: 8.
	Concurrency int
	// Waiting calls may wait for a place: 256.
	Waiting int
	// Idle is how long an instance without calls stays: 10 minutes.
	Idle time.Duration
	// Start bounds the time to readiness: 20 s.
	Start time.Duration
	// Drain bounds how long calls may go on in an instance that is replaced: 10 minutes.
	Drain time.Duration
	// Stall bounds how long a call may go on without giving or taking anything: 2 minutes.
	Stall time.Duration
}

func (s Scale) withDefaults() Scale {
	orInt := func(v *int, fallback int) {
		if *v <= 0 {
			*v = fallback
		}
	}
	orTime := func(v *time.Duration, fallback time.Duration) {
		if *v <= 0 {
			*v = fallback
		}
	}
	orInt(&s.Max, max(1, s.Min))
	orInt(&s.Concurrency, 8)
	orInt(&s.Waiting, 256)
	orTime(&s.Idle, 10*time.Minute)
	orTime(&s.Start, 20*time.Second)
	orTime(&s.Drain, 10*time.Minute)
	orTime(&s.Stall, 2*time.Minute)
	return s
}

// contradiction says what in a function does not fit its plugin's manifest.
type contradiction struct {
	err error
	// reason says it for people, as the end of a sentence that begins with the plugin's name.
	reason string
	// kind is true when the two are of different kinds.
	kind bool
}

// Error implements error.
func (c *contradiction) Error() string { return c.err.Error() }

// Unwrap gives the cause.
func (c *contradiction) Unwrap() error { return c.err }

// checkScale refuses a scale that no function can have.
func (f Function) checkScale() error {
	if f.Scale.Min < 0 || f.Scale.Max < 0 || (f.Scale.Max > 0 && f.Scale.Min > f.Scale.Max) {
		return fmt.Errorf("function %q: scale: min %d and max %d do not fit", f.ID, f.Scale.Min, f.Scale.Max)
	}
	return nil
}

// check holds a function against its plugin's manifest; nil when they fit.
func (f Function) check(m *manifest.Manifest) *contradiction {
	switch {
	case m.Kind != f.Kind:
		return &contradiction{
			err:    fmt.Errorf("function %q: plugin %q is of kind %s, not %s", f.ID, f.Plugin, m.Kind, f.Kind),
			reason: fmt.Sprintf("의 종류가 %s여서 %s 기능에 쓸 수 없습니다", m.Kind, f.Kind), kind: true,
		}
	case len(f.Missing) > 0:
		return nil // its settings are not whole yet
	}
	if err := m.CheckSettings(f.settings()); err != nil {
		return &contradiction{err: fmt.Errorf("function %q: %w", f.ID, err), reason: "의 설정이 배포 파일의 값과 맞지 않습니다"}
	}
	return nil
}

func (f Function) settings() json.RawMessage {
	if len(f.Settings) == 0 {
		return json.RawMessage("{}")
	}
	return f.Settings
}

func (f Function) unconfigured() error {
	return fault.New(fault.Unconfigured, "use function "+f.ID,
		fmt.Sprintf("'%s'을(를) 사용하려면 환경 변수 %s 설정이 필요합니다", f.ID, join(f.Missing)), nil)
}
