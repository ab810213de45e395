// Package networks runs MuseTalk's graphs with ONNX Runtime. It knows no films and no speech but as numbers.
package networks

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	ort "github.com/yalue/onnxruntime_go"
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

// Silent is a loudness below all others.
const Silent = -10

const audioFile = "audio.onnx"

// What is not for faces of a card's memory, in bytes: the audio network's part, and what CUDA and cuDNN take beside what ONNX Runtime counts.
const (
	audioMemory = 1 << 30
	outside     = 1 << 30
)

// Options say where graphs and library lie and what runs them.
type Options struct {
	// Dir holds the graphs and their manifest.json; Library is ONNX Runtime's shared library.
	Dir, Library string
	// Provider is auto, tensorrt, cuda or cpu.
	Provider string
	// Threads of a graph on the CPU; 0 takes all.
	Threads int
	// Batch is how many faces are drawn at once at most; TensorRT builds for it.
	Batch int
	// Memory is what may be taken of a card, in bytes.
	Memory int64
	// Plain leaves out the graph in a card's own operators.
	Plain bool
}

// Set is MuseTalk's networks, ready to run. Safe for concurrent use.
type Set struct {
	// Provider is what runs them: tensorrt, cuda or cpu. Why says why no better one does; it may be nil.
	Provider string
	Why      error
	// Graph is which graph draws faces, Own in a card's operators. Instead says why a better one does not; it may be nil.
	Graph   string
	Instead error
	// First tells that sound is heard as MuseTalk 1.0 first did.
	First       bool
	face, audio *session
	example     example
}

// Own is the graph of faces in a card's own operators; it is twice as fast as the others there and runs nowhere else.
const Own = "face-card"

// faces are the graphs of faces for a provider, the best first.
func (o Options) faces(provider string) []string {
	switch {
	case provider == CPU:
		return []string{"face", "face-half"} // 16 bits are slower there
	case provider == CUDA && !o.Plain:
		return []string{Own, "face-half", "face"}
	}
	return []string{"face-half", "face"}
}

// Open loads the graphs. Each way in which it fails is a fault with one sentence.
func Open(o Options) (*Set, error) {
	m, err := readManifest(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := initialize(o.Library); err != nil {
		return nil, err
	}
	s := &Set{First: m.Features == "1.0"}
	if s.example, err = readExample(filepath.Join(o.Dir, m.Example.File)); err != nil {
		return nil, err
	}
	for _, provider := range candidates(o.Provider) {
		if err = s.load(o, m, provider); err == nil {
			s.Provider = provider
			return s, nil
		}
		s.Why = err
	}
	return nil, err
}

func (s *Set) load(o Options, m *manifest, provider string) error {
	if _, err := m.graph("audio"); err != nil {
		return err
	}
	err := s.loadFace(o, m, provider, o.faces(provider))
	if err != nil {
		return err
	}
	in, out := []string{"samples"}, []string{"features"}
	if s.First {
		in, out = []string{"samples", "loudest", "frames"}, []string{"features", "loudest_now"}
	}
	if s.audio, err = o.load(graph{File: audioFile}, provider, audioMemory, in, out); err != nil {
		return errors.Join(err, s.face.close())
	}
	return nil
}

// loadFace takes the first of some graphs that is there. One in a card's own operators may be of no use here; then it is the next.
func (s *Set) loadFace(o Options, m *manifest, provider string, names []string) error {
	s.Instead = nil
	if names[0] == Own {
		if s.Instead = s.loadOne(o, m, provider, Own); s.Instead == nil {
			return nil
		}
		names = names[1:]
	}
	name, err := m.first(names...)
	switch {
	case err != nil && s.Instead != nil:
		return s.Instead // it says more than that there is no other
	case err != nil:
		return err
	}
	return s.loadOne(o, m, provider, name)
}

func (s *Set) loadOne(o Options, m *manifest, provider, name string) error {
	g, err := m.graph(name)
	if err != nil {
		return err
	}
	s.Graph = name
	s.face, err = o.load(g, provider, o.Memory-audioMemory-outside, []string{"latent", "sound"}, []string{"picture"})
	return err
}

// Close frees the graphs. None may run.
func (s *Set) Close() error { return errors.Join(s.audio.close(), s.face.close()) }

// hop is how many samples a frame of a spectrogram stands for.
const hop = 160

// Hear makes features of a segment, of which the first samples are speech: Features × Feature values. Networks that hear as
// MuseTalk 1.0 did want to know how loud the speech was before, from Silent on; louder is how loud it is now.
func (s *Set) Hear(samples []float32, spoken int, loudest float32) (features []float32, louder float32, err error) {
	in := make([]ort.Value, 1, 3)
	if in[0], err = tensor(samples, 1, Segment); err != nil {
		return nil, 0, err
	}
	outputs := 1
	if s.First {
		outputs = 2
		loud, err := tensor([]float32{loudest}, 1)
		if err != nil {
			free(in)
			return nil, 0, err
		}
		in = append(in, loud)
		frames, err := tensor([]int64{int64((spoken + hop - 1) / hop)}, 1)
		if err != nil {
			free(in)
			return nil, 0, err
		}
		in = append(in, frames)
	}
	out, err := s.audio.run(outputs, in...)
	if err != nil {
		return nil, 0, fmt.Errorf("hear: %w", err)
	}
	defer free(out)
	if features, err = values[float32](out[0], Features*Feature); err != nil || !s.First {
		return features, Silent, err
	}
	now, err := values[float32](out[1], 1)
	if err != nil {
		return nil, 0, err
	}
	return features, now[0], nil
}

// Draw makes n faces of n latents and sounds, one after the other: n × Picture bytes of blue, green and red.
func (s *Set) Draw(latents, sounds []float32, n int) ([]byte, error) {
	latent, err := tensor(latents, int64(n), 8, 32, 32)
	if err != nil {
		return nil, err
	}
	sound, err := tensor(sounds, int64(n), 50, 384)
	if err != nil {
		free([]ort.Value{latent})
		return nil, err
	}
	out, err := s.face.run(1, latent, sound)
	if err != nil {
		return nil, fmt.Errorf("draw %d faces: %w", n, err)
	}
	defer free(out)
	return values[byte](out[0], n*Picture)
}

// example is a face that PyTorch drew in 32 bits when the graphs were made.
type example struct {
	latent, sound []float32
	picture       []byte
}

func readExample(path string) (example, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // in the folder that the operator names
	if err != nil || len(raw) != 4*(Latent+Sound)+Picture {
		return example{}, unavailable(fmt.Errorf("%s is no example of %d bytes: %w", path, 4*(Latent+Sound)+Picture, err), hintVersion)
	}
	floats := make([]float32, Latent+Sound)
	for i := range floats {
		floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return example{latent: floats[:Latent], sound: floats[Latent:], picture: raw[4*len(floats):]}, nil
}

// Check draws the example n times at once and tells how far the worst face is from PyTorch's: the mean difference, of 255.
// Norms in 16 bits make grey faces without any error, so that whoever runs graphs must look.
func (s *Set) Check(n int) (float64, error) {
	var latents, sounds []float32
	for range n {
		latents, sounds = append(latents, s.example.latent...), append(sounds, s.example.sound...)
	}
	faces, err := s.Draw(latents, sounds, n)
	if err != nil {
		return 0, err
	}
	worst := 0.0
	for i := range n {
		sum := 0
		for p, b := range s.example.picture {
			d := int(b) - int(faces[i*Picture+p])
			sum += max(d, -d)
		}
		worst = max(worst, float64(sum)/Picture)
	}
	return worst, nil
}
