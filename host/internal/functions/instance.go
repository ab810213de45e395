package functions

import (
	"slices"
	"time"
)

// State is where an instance is in its life.
type State string

// The states. Starting leads to ready or failed; ready and busy alternate; both lead to draining
// when the instance is not wanted any more, or to failed when its process dies; draining leads to stopped.
const (
	Absent   State = "absent"
	Starting State = "starting"
	Ready    State = "ready"
	Busy     State = "busy"
	Draining State = "draining"
	Stopped  State = "stopped"
	Failed   State = "failed"
)

// next lists where each state can lead.
func (s State) next() []State {
	switch s {
	case Absent:
		return []State{Starting}
	case Starting:
		return []State{Ready, Failed, Stopped}
	case Ready:
		return []State{Busy, Draining, Failed}
	case Busy:
		return []State{Ready, Draining, Failed}
	case Draining:
		return []State{Stopped, Failed}
	case Stopped, Failed:
		return nil
	}
	return nil
}

// instance is one running plugin and the calls in it. Its pool guards it.
type instance struct {
	state   State
	running Running
	calls   int
	// suspect is set when a client left: the engine may not have noticed. deaf counts the looks that found it in more calls than
	// it was given.
	suspect bool
	deaf    int
	// hung says that it was killed because it gave no sign of life.
	hung bool
	// idleTimer stops the instance when it has had no call for long enough.
	idleTimer *time.Timer
}

// to moves to a state; false when the life of an instance does not lead there.
func (i *instance) to(next State) bool {
	if !slices.Contains(i.state.next(), next) {
		return false
	}
	i.state = next
	return true
}

// enter counts a call in; false when the instance takes none.
func (i *instance) enter(concurrency int) bool {
	if (i.state != Ready && i.state != Busy) || i.calls >= concurrency {
		return false
	}
	i.calls++
	i.to(Busy)
	if i.idleTimer != nil {
		i.idleTimer.Stop()
	}
	return true
}

// leave counts a call out and tells whether the instance now has none.
func (i *instance) leave() (idle bool) {
	i.calls--
	if i.calls > 0 {
		return false
	}
	i.to(Ready)
	return true
}
