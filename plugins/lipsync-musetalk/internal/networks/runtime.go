package networks

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/onnx"
)

// initialize loads the library, and what it needs for a graphics card where that lies beside it.
func initialize(library string) error {
	if err := preload(filepath.Dir(library)); err != nil {
		return Explain(CUDA, err)
	}
	return onnx.Load(library) //nolint:wrapcheck // a fault already
}

func unavailable(err error, hint string) error {
	return fault.New(fault.Unavailable, "load networks", hint, err)
}

// session is one graph, ready to run. Every run is on one thread of its own, one after the other: on a card ONNX Runtime plans attention
// anew for each thread, which takes seconds, and a second run at once would take the memory of one more.
type session struct {
	name  string
	ort   *ort.DynamicAdvancedSession
	calls chan func()
	// worker is the thread; close waits for it.
	worker sync.WaitGroup
}

func newSession(name string, graph *ort.DynamicAdvancedSession) *session {
	s := &session{name: name, ort: graph, calls: make(chan func())}
	s.worker.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for call := range s.calls {
			call()
		}
	})
	return s
}

// load makes a graph ready on one provider.
func (o Options) load(g graph, provider string, memory int64, in, out []string) (*session, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, unavailable(err, hintBroken)
	}
	defer func() { _ = options.Destroy() }()
	if err := o.prepare(options, provider, memory, g); err != nil {
		return nil, Explain(provider, err)
	}
	// Waiting threads would burn a core each between two faces.
	if err := options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); err != nil {
		return nil, unavailable(err, hintBroken)
	}
	s, err := ort.NewDynamicAdvancedSession(filepath.Join(o.Dir, g.File), in, out, options)
	if err != nil && provider != CPU {
		return nil, Explain(provider, fmt.Errorf("load %s: %w", g.File, err))
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("load %s: %w", g.File, err), hintBroken)
	}
	return newSession(g.File, s), nil
}

func (s *session) close() error {
	if s == nil {
		return nil
	}
	close(s.calls)
	s.worker.Wait()
	return s.ort.Destroy() //nolint:wrapcheck // the library's own words
}

// tensor is values of a shape.
func tensor[T ort.TensorData](values []T, shape ...int64) (ort.Value, error) {
	t, err := ort.NewTensor(ort.NewShape(shape...), values)
	if err != nil {
		return nil, fmt.Errorf("make a tensor of %v: %w", shape, err)
	}
	return t, nil
}

// run gives what a graph makes of its inputs, which it frees; the caller frees the outputs.
func (s *session) run(outputs int, inputs ...ort.Value) ([]ort.Value, error) {
	defer free(inputs)
	out := make([]ort.Value, outputs)
	done := make(chan error, 1)
	s.calls <- func() { done <- s.ort.Run(inputs, out) }
	if err := <-done; err != nil {
		free(out)
		return nil, fmt.Errorf("run %s: %w", s.name, err)
	}
	return out, nil
}

func free(values []ort.Value) {
	for _, v := range values {
		if v != nil {
			_ = v.Destroy()
		}
	}
}

// values copies an output; want is how many there must be, -1 for any number.
func values[T ort.TensorData](v ort.Value, want int) ([]T, error) {
	t, ok := v.(*ort.Tensor[T])
	if !ok || (want >= 0 && len(t.GetData()) != want) {
		return nil, errors.New("the graph gives something else than its kind does; it is of another version")
	}
	return append([]T(nil), t.GetData()...), nil
}
