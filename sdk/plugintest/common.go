package plugintest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// leaveWithin is how soon a call must end after its client left: 200 ms by contract,
// with room for a loaded machine.
const leaveWithin = time.Second

// leaveSilent is when an engine that has given nothing yet is left.
const leaveSilent = 2 * time.Second

func commonCases() []Case {
	return []Case{
		{
			Name: "starts and checks", Why: "the host starts engines when the first request comes",
			Run: func(ctx context.Context, s Subject) error {
				in, err := start(ctx, s)
				if err != nil {
					return err
				}
				defer in.close()
				_, err = plugin.NewClient(in.conn).Check(ctx)
				if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.Unimplemented {
					return fmt.Errorf("check: %w", err)
				}
				return in.alive()
			},
		},
		{
			Name: "refuses unknown settings", Why: "a misspelt setting would silently have no effect",
			Run: func(ctx context.Context, s Subject) error {
				unknown := []byte(`{"no_such_setting_exists": 1}`)
				if s.Manifest.CheckSettings(unknown) == nil {
					return errors.New("the manifest's schema allows any setting: add additionalProperties: false")
				}
				in, err := launch(s)
				if err != nil {
					return err
				}
				defer in.close()
				if in.configure(ctx, s, unknown) == nil {
					return errors.New("the engine opened with a setting that it cannot know")
				}
				return in.alive()
			},
		},
		{
			Name: "opens once", Why: "an engine that opens twice holds its memory twice",
			Run: func(ctx context.Context, s Subject) error {
				in, err := start(ctx, s)
				if err != nil {
					return err
				}
				defer in.close()
				if in.configure(ctx, s, s.Settings) == nil {
					return errors.New("a second Configure was accepted")
				}
				return in.alive()
			},
		},
	}
}

// leaves checks that a call ends soon after its context does, in the plugin too: the caller's end of the connection ends at
// once whatever the engine does. call reports through begun that it is under way; an engine that gives nothing for a while is
// left then. One that finishes by itself first proves nothing and passes.
func leaves(ctx context.Context, in *instance, call func(ctx context.Context, begun func()) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	begun, ended := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() { ended <- call(ctx, func() { once.Do(func() { close(begun) }) }) }()
	select {
	case <-begun:
	case <-time.After(leaveSilent):
	case err := <-ended:
		return err
	}
	cancel()
	left := time.Now()
	if err := <-ended; err != nil && fault.KindOf(err) != fault.Cancelled {
		return fmt.Errorf("a cancelled call ended as %q: %w", fault.KindOf(err), err)
	}
	return in.idle(context.WithoutCancel(ctx), left)
}

// idle waits until the engine is in no call any more.
func (in *instance) idle(ctx context.Context, left time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, left.Add(leaveWithin))
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		running, err := plugin.NewClient(in.conn).Calls(ctx)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("the engine went on for more than %v after its client had left", leaveWithin)
		case err != nil:
			return fmt.Errorf("count calls: %w", err)
		case running == 0:
			return nil
		}
		<-tick.C
	}
}

// together runs a call several times at once and gives the first error.
func together(n int, call func(i int) error) error {
	errs := make(chan error, n)
	for i := range n {
		go func() { errs <- call(i) }()
	}
	var all []error
	for range n {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}
