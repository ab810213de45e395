package functions

import (
	"fmt"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
)

// Status is how a function is at a moment.
type Status struct {
	ID     string
	Kind   manifest.Kind
	Plugin string
	// Title is the label, or the plugin's title.
	Title string
	// Version of the plugin; "" when it is missing.
	Version string
	// Manifest is nil when the plugin is missing.
	Manifest *manifest.Manifest
	Function Function
	// State is that of the most active instance, Absent without one.
	State     State
	Instances []InstanceStatus
	// Waiting counts the calls that wait for a place.
	Waiting int
	// Starts counts the instances started so far.
	Starts int
	// Problem is why the function cannot serve, for people; "" when it can.
	Problem string
	// Refused is why what was deployed last was not taken and an older version goes on, for people; "" when it was.
	Refused string
}

// InstanceStatus is how an instance is at a moment.
type InstanceStatus struct {
	PID   int
	State State
	Calls int
}

// List gives every function in the deployment's order.
func (h *Host) List() []Status {
	h.mu.RLock()
	deployment := h.deployment
	functions := make([]*function, 0, len(deployment))
	for _, spec := range deployment {
		if f := h.functions[spec.ID]; f != nil {
			functions = append(functions, f)
		}
	}
	h.mu.RUnlock()
	all := make([]Status, 0, len(functions))
	for _, f := range functions {
		all = append(all, h.status(f))
	}
	return all
}

func (h *Host) status(f *function) Status {
	s := Status{
		ID: f.spec.ID, Kind: f.spec.Kind, Plugin: f.spec.Plugin, Title: f.spec.Label, State: Absent,
		Function: f.spec, Manifest: f.entry.manifest,
	}
	if m := f.entry.manifest; m != nil {
		s.Version = m.Version
		if s.Title == "" {
			s.Title = m.Title
		}
	}
	if err := h.Available(f.spec.ID); err != nil {
		s.Problem = fault.HintOf(err)
	}
	if f.refused != "" {
		s.Refused = fmt.Sprintf("'%s'의 바뀐 내용을 적용하지 못해 이전 것으로 계속합니다: %s", f.spec.ID, f.refused)
	}
	if f.pool != nil {
		f.pool.describe(&s)
	}
	return s
}

func (p *pool) describe(s *Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Starts, s.Waiting = p.starts, len(p.waiters)
	if p.starting > 0 {
		s.State = Starting
	}
	for _, in := range p.instances {
		s.Instances = append(s.Instances, InstanceStatus{PID: in.running.PID(), State: in.state, Calls: in.calls})
		if in.state == Busy || (in.state == Ready && s.State != Busy) {
			s.State = in.state
		}
	}
	if s.State == Absent && p.circuit.last != nil {
		s.State = Failed
	}
}
