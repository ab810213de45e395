// Package onnx loads ONNX Runtime, and runs small networks with it on the CPU. What it runs, and what goes in and comes
// out, is its caller's business.
package onnx

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Library is where the fetched native parts have ONNX Runtime.
func Library(nativesDir string) string {
	return filepath.Join(nativesDir, "onnxruntime", "libonnxruntime.so")
}

// environment is the library's: it is loaded once in a process and for good.
var environment struct { //nolint:gochecknoglobals // the library's
	sync.Mutex
	library string
}

// Load loads the shared library. Errors are fault.Unavailable.
func Load(library string) error {
	if _, err := os.Stat(library); err != nil {
		return unavailable(err, "ONNX Runtime이 없습니다. 'make natives'로 내려받아 주세요")
	}
	environment.Lock()
	defer environment.Unlock()
	if environment.library == library {
		return nil
	}
	if environment.library != "" {
		return unavailable(fmt.Errorf("%s is loaded already", environment.library), "ONNX Runtime은 하나만 쓸 수 있습니다")
	}
	ort.SetSharedLibraryPath(library)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return unavailable(err, "ONNX Runtime을 시작하지 못했습니다")
	}
	environment.library = library
	return nil
}

func unavailable(err error, hint string) error {
	return fault.New(fault.Unavailable, "load network", hint, err)
}

// Network is a loaded graph. Safe for concurrent use.
type Network struct {
	session *ort.DynamicAdvancedSession
}

// Open loads a graph from memory; Load must have been called. It runs on threads of the CPU that sleep when there is nothing to do.
// A graph that does not load, or has other inputs and outputs, is fault.Invalid.
func Open(graph []byte, inputs, outputs []string, threads int) (*Network, error) {
	const op = "open network"
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	defer func() { _ = options.Destroy() }()
	// Waiting threads would burn a core each between two frames.
	err = errors.Join(
		options.SetIntraOpNumThreads(threads), options.SetInterOpNumThreads(1),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if err := named(graph, inputs, outputs); err != nil {
		return nil, fault.New(fault.Invalid, op, "", err)
	}
	session, err := ort.NewDynamicAdvancedSessionWithONNXData(graph, inputs, outputs, options)
	if err != nil {
		return nil, fault.New(fault.Invalid, op, "", err)
	}
	return &Network{session: session}, nil
}

// named checks that a graph has the inputs and outputs that are asked for.
func named(graph []byte, inputs, outputs []string) error {
	if len(graph) == 0 {
		return errors.New("the graph is empty")
	}
	has, gives, err := ort.GetInputOutputInfoWithONNXData(graph)
	if err != nil {
		return fmt.Errorf("read graph: %w", err)
	}
	for _, want := range []struct {
		names []string
		are   []ort.InputOutputInfo
	}{{inputs, has}, {outputs, gives}} {
		there := map[string]bool{}
		for _, info := range want.are {
			there[info.Name] = true
		}
		for _, name := range want.names {
			if !there[name] {
				return fmt.Errorf("the graph has no %q", name)
			}
		}
	}
	return nil
}

// Run fills outputs, in the order of Open; one that is nil is made, and is the caller's to destroy.
func (n *Network) Run(inputs, outputs []ort.Value) error {
	if err := n.session.Run(inputs, outputs); err != nil {
		return fmt.Errorf("run network: %w", err)
	}
	return nil
}

// RunFor is Run, but ends with ctx, between two nodes of the graph: one of strangers may go round for ever.
func (n *Network) RunFor(ctx context.Context, inputs, outputs []ort.Value) error {
	const op = "run network"
	options, err := ort.NewRunOptions()
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		_ = options.Terminate()
	})
	err = n.session.RunWithOptions(inputs, outputs, options)
	if !stop() {
		<-told // the options are in use until then
	}
	_ = options.Destroy()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", op, ctx.Err())
	}
	return fmt.Errorf("%s: %w", op, err)
}

// Close lets the graph go. Nothing may run in it.
func (n *Network) Close() error {
	if err := n.session.Destroy(); err != nil {
		return fmt.Errorf("close network: %w", err)
	}
	return nil
}
