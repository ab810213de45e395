package hearing

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// graph is made by models/voice.
//
//go:embed voice.onnx
var graph []byte

// graphVersion is that of the graph's inputs and outputs.
const graphVersion = 1

const (
	// rate is what the network hears, in Hz.
	rate = 16000
	// A block of samples gives two faces; lead is how many samples of the blocks before it are heard again.
	block, faces, lead = 640, 2, 352
	// facesPerSecond follows.
	facesPerSecond = rate * faces / block
	// delay is how many faces a face's time lies behind the end of the sound that made it.
	delay = 6
)

// Lookahead is how much sound after a moment its face needs at most, in seconds: delay, and the rest of a block.
const Lookahead = float64(delay+faces-1) / facesPerSecond

// memory is what the network remembers from block to block: the shapes of its tensors.
func memory() []ort.Shape {
	return []ort.Shape{ort.NewShape(1, 96, 4), ort.NewShape(1, 128, 2), ort.NewShape(1, 1, 128), ort.NewShape(1, 1, 128)}
}

// silence is what a band of the first input holds when nothing was heard: the logarithm of 1e-8, as the network scales it.
const silence = (-18.420680743952367 + 9) / 4

// Network is loaded once and shared. Safe for concurrent use.
type Network struct {
	session *ort.DynamicAdvancedSession
}

// environment is ONNX Runtime's own, of which a process has one.
var environment struct { //nolint:gochecknoglobals // the library's
	sync.Mutex
	library string
}

// Open loads the network with ONNX Runtime's shared library. Each way in which it fails is a fault with one sentence.
func Open(library string) (*Network, error) {
	if err := initialize(library); err != nil {
		return nil, err
	}
	session, err := session()
	if err != nil {
		return nil, unavailable(err, "음성을 듣는 모델을 읽지 못했습니다")
	}
	return &Network{session: session}, nil
}

// Close frees the network. No Ear may be in use.
func (n *Network) Close() error {
	if err := n.session.Destroy(); err != nil {
		return fmt.Errorf("free voice network: %w", err)
	}
	return nil
}

func initialize(library string) error {
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
	return fault.New(fault.Unavailable, "load voice network", hint, err)
}

// session opens the graph on one thread: a block takes a fraction of a millisecond, and many speeches are heard at once.
func session() (*ort.DynamicAdvancedSession, error) {
	if err := check(); err != nil {
		return nil, err
	}
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("prepare voice network: %w", err)
	}
	defer func() { _ = options.Destroy() }()
	if err := errors.Join(
		options.SetIntraOpNumThreads(1), options.SetInterOpNumThreads(1),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	); err != nil {
		return nil, fmt.Errorf("prepare voice network: %w", err)
	}
	names := []string{"first", "second", "memory", "deeper"}
	in, out := append([]string{"samples"}, names...), []string{"faces"}
	for _, name := range names {
		out = append(out, name+"_next")
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(graph, in, out, options)
	if err != nil {
		return nil, fmt.Errorf("load voice network: %w", err)
	}
	return s, nil
}

// check refuses a graph that was made for other coefficients or another program.
func check() error {
	m, err := ort.GetModelMetadataWithONNXData(graph)
	if err != nil {
		return fmt.Errorf("read voice network: %w", err)
	}
	defer func() { _ = m.Destroy() }()
	for key, want := range map[string]string{
		"format": "visavis-voice", "version": strconv.Itoa(graphVersion), "face": strconv.Itoa(face.Version),
		"coefficients": strings.Join(face.Names(), " "),
	} {
		got, _, err := m.LookupCustomMetadataMap(key)
		if err != nil || got != want {
			return fmt.Errorf("read voice network: its %s is %q, not %q", key, got, want)
		}
	}
	return nil
}
