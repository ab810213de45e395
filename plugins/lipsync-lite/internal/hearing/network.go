package hearing

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/onnx"
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
	// A face's bands are two spectra's; width is what each of the network's layers gives.
	bands, width = 96, 192
	// delay is how many faces a face's time lies behind the end of the sound that made it.
	delay = 6
)

// Lookahead is how much sound after a moment its face needs at most, in seconds: delay, and the rest of a block.
const Lookahead = float64(delay+faces-1) / facesPerSecond

// memory is what the network remembers from block to block: the shapes of its tensors.
func memory() []ort.Shape {
	return []ort.Shape{
		ort.NewShape(1, bands, 4), ort.NewShape(1, width, 2), ort.NewShape(1, 1, width), ort.NewShape(1, 1, width),
	}
}

// silence is what a band of the first input holds when nothing was heard: the logarithm of 1e-8, as the network scales it.
const silence = (-18.420680743952367 + 9) / 4

// Network is loaded once and shared. Safe for concurrent use.
type Network struct {
	graph *onnx.Network
}

// Open loads the network with ONNX Runtime's shared library. Each way in which it fails is a fault with one sentence.
func Open(library string) (*Network, error) {
	if err := onnx.Load(library); err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	if err := check(); err != nil {
		return nil, unreadable(err)
	}
	names := []string{"first", "second", "memory", "deeper"}
	in, out := append([]string{"samples"}, names...), []string{"faces"}
	for _, name := range names {
		out = append(out, name+"_next")
	}
	// One thread: a block takes a fraction of a millisecond, and many speeches are heard at once.
	loaded, err := onnx.Open(graph, in, out, 1)
	if err != nil {
		return nil, unreadable(err)
	}
	return &Network{graph: loaded}, nil
}

func unreadable(err error) error {
	return fault.New(fault.Unavailable, "load voice network", "음성을 듣는 모델을 읽지 못했습니다", err)
}

// Close frees the network. No Ear may be in use.
func (n *Network) Close() error { return n.graph.Close() } //nolint:wrapcheck // it says what it was doing

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
