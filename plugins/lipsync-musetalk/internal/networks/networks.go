// Package networks runs MuseTalk's graphs with ONNX Runtime. It knows no films and no speech but as numbers.
package networks

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Sizes of what goes in and comes out.
const (
	Segment  = 480000        // samples that the audio network hears at once
	Features = 1500          // features that it makes of them
	Feature  = 5 * 384       // values of one
	Sound    = 50 * 384      // values of a frame's sound
	Latent   = 8 * 32 * 32   // values of a frame's latent
	Picture  = 256 * 256 * 3 // bytes of a drawn face
)

// Options say where graphs and library lie and what runs them.
type Options struct {
	// Dir holds the graphs and their manifest.json; Library is ONNX Runtime's shared library.
	Dir, Library string
	// Provider is auto, cuda or cpu.
	Provider string
	// Threads of a graph on the CPU; 0 takes all.
	Threads int
}

// Set is MuseTalk's networks, ready to run. Safe for concurrent use.
type Set struct {
	// Provider is what runs them: cuda or cpu.
	Provider string
	audio    *ort.DynamicAdvancedSession
	face     *ort.DynamicAdvancedSession
}

// environment is ONNX Runtime's own, of which a process has one.
var environment struct { //nolint:gochecknoglobals // the library's
	sync.Mutex
	library string
}

// Open loads the graphs. Each way in which it fails is a fault with one sentence.
func Open(o Options) (*Set, error) {
	if err := initialize(o.Library); err != nil {
		return nil, err
	}
	file, err := faceFile(o)
	if err != nil {
		return nil, err
	}
	s := &Set{}
	if s.face, s.Provider, err = session(o, file, []string{"latent", "sound"}, []string{"picture"}); err != nil {
		return nil, err
	}
	if s.audio, _, err = session(o, "audio.onnx", []string{"samples"}, []string{"features"}); err != nil {
		return nil, errors.Join(err, s.face.Destroy())
	}
	return s, nil
}

// Close frees the graphs. None may run.
func (s *Set) Close() error {
	return errors.Join(s.audio.Destroy(), s.face.Destroy())
}

func initialize(library string) error {
	if _, err := os.Stat(library); err != nil {
		return unavailable(err, "ONNX Runtime이 없습니다. 'make musetalk-natives'로 내려받아 주세요")
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
	return fault.New(fault.Unavailable, "load networks", hint, err)
}

// manifest is the part of manifest.json that is of use here.
type manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Graphs  map[string]struct {
		File string `json:"file"`
	} `json:"graphs"`
}

// maxManifest bounds it, in bytes.
const maxManifest = 1 << 20

// faceFile picks the graph that draws: of 16 bits on a graphics card where there is one, else of 32.
func faceFile(o Options) (string, error) {
	const missing = "MuseTalk 모델이 없습니다. 'make musetalk-export MUSETALK_PATH=…'로 만들어 주세요"
	path := filepath.Join(o.Dir, "manifest.json")
	if info, err := os.Stat(path); err != nil || info.Size() > maxManifest {
		return "", unavailable(fmt.Errorf("no manifest at %s: %w", path, err), missing)
	}
	raw, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return "", unavailable(err, missing)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil || m.Format != "visavis-musetalk" || m.Version != 1 {
		return "", unavailable(fmt.Errorf("%s is of another kind or version: %w", path, err), "MuseTalk 모델의 형식이 맞지 않습니다. 다시 내보내 주세요")
	}
	names := []string{"face", "face-half"}
	if o.Provider != "cpu" {
		names = []string{"face-half", "face"}
	}
	for _, name := range names {
		if g, ok := m.Graphs[name]; ok && filepath.IsLocal(g.File) {
			return g.File, nil
		}
	}
	return "", unavailable(fmt.Errorf("%s names no graph of faces", path), missing)
}

func session(o Options, file string, in, out []string) (*ort.DynamicAdvancedSession, string, error) {
	path := filepath.Join(o.Dir, file)
	if o.Provider != "cpu" {
		s, err := open(o, path, in, out, true)
		if err == nil {
			return s, "cuda", nil
		}
		if o.Provider == "cuda" {
			return nil, "", unavailable(err, "CUDA로 MuseTalk을 실행할 수 없습니다. 드라이버와 CUDA 라이브러리를 확인해 주세요")
		}
	}
	s, err := open(o, path, in, out, false)
	if err != nil {
		return nil, "", unavailable(err, "MuseTalk 모델을 읽지 못했습니다. 다시 내보내 주세요")
	}
	return s, "cpu", nil
}

func open(o Options, path string, in, out []string, cuda bool) (*ort.DynamicAdvancedSession, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", filepath.Base(path), err)
	}
	defer func() { _ = options.Destroy() }()
	if cuda {
		if err := withCUDA(options); err != nil {
			return nil, err
		}
	} else if o.Threads > 0 {
		if err := options.SetIntraOpNumThreads(o.Threads); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", filepath.Base(path), err)
		}
	}
	// Waiting threads would burn a core each between two faces.
	if err := options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", filepath.Base(path), err)
	}
	s, err := ort.NewDynamicAdvancedSession(path, in, out, options)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", filepath.Base(path), err)
	}
	return s, nil
}

func withCUDA(options *ort.SessionOptions) error {
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return fmt.Errorf("prepare CUDA: %w", err)
	}
	defer func() { _ = cuda.Destroy() }()
	if err := options.AppendExecutionProviderCUDA(cuda); err != nil {
		return fmt.Errorf("use CUDA: %w", err)
	}
	return nil
}

// Hear makes features of a segment: Features × Feature values.
func (s *Set) Hear(samples []float32) ([]float32, error) {
	in, err := ort.NewTensor(ort.NewShape(1, Segment), samples)
	if err != nil {
		return nil, fmt.Errorf("hear: %w", err)
	}
	defer func() { _ = in.Destroy() }()
	out := []ort.Value{nil}
	if err := s.audio.Run([]ort.Value{in}, out); err != nil {
		return nil, fmt.Errorf("hear: %w", err)
	}
	defer func() { _ = out[0].Destroy() }()
	features, ok := out[0].(*ort.Tensor[float32])
	if !ok || len(features.GetData()) != Features*Feature {
		return nil, errors.New("hear: the graph of sounds gives something else")
	}
	return append([]float32(nil), features.GetData()...), nil
}

// Draw makes n faces of n latents and sounds, one after the other: n × Picture bytes of blue, green and red.
func (s *Set) Draw(latents, sounds []float32, n int) ([]byte, error) {
	latent, err := ort.NewTensor(ort.NewShape(int64(n), 8, 32, 32), latents)
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	defer func() { _ = latent.Destroy() }()
	sound, err := ort.NewTensor(ort.NewShape(int64(n), 50, 384), sounds)
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	defer func() { _ = sound.Destroy() }()
	out := []ort.Value{nil}
	if err := s.face.Run([]ort.Value{latent, sound}, out); err != nil {
		return nil, fmt.Errorf("draw %d faces: %w", n, err)
	}
	defer func() { _ = out[0].Destroy() }()
	faces, ok := out[0].(*ort.Tensor[uint8])
	if !ok || len(faces.GetData()) != n*Picture {
		return nil, errors.New("draw: the graph of faces gives something else")
	}
	return append([]byte(nil), faces.GetData()...), nil
}
