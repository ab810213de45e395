package networks

import (
	"errors"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// Sizes of what the networks that prepare avatars look at.
const (
	PersonWidth  = 288
	PersonHeight = 384
	Points       = 133
	ParsedSide   = 512
	EncodedSide  = 256
	// HalfLatent is half a frame's latent: of the masked face, or of the whole one.
	HalfLatent = 4 * 32 * 32
)

// memoryEach is what each of them may take of a card, in bytes.
const memoryEach = 2 << 30

// Preparation is the networks that prepare avatars. Safe for concurrent use.
type Preparation struct {
	// Provider is what runs them.
	Provider string
	encoder  *session
	// The others may be missing.
	detector, landmarks, parser *session
}

// OpenPreparation loads them: the encoder at least; finds tells whether detector and landmarks are there too.
func OpenPreparation(o Options) (*Preparation, error) {
	m, err := readManifest(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := initialize(o.Library); err != nil {
		return nil, err
	}
	if o.Provider == TensorRT {
		o.Provider = CUDA // a film is not worth minutes of building
	}
	for _, provider := range candidates(o.Provider) {
		p := &Preparation{Provider: provider}
		if err = p.load(o, m); err == nil {
			return p, nil
		}
		err = errors.Join(err, p.Close())
	}
	return nil, err
}

func (p *Preparation) load(o Options, m *manifest) error {
	for _, g := range []struct {
		name, in, out string
		to            **session
		needed        bool
	}{
		{"encoder", "picture", "latent", &p.encoder, true},
		{"detector", "picture", "places", &p.detector, false},
		{"landmarks", "picture", "points", &p.landmarks, false},
		{"parser", "picture", "classes", &p.parser, false},
	} {
		written, err := m.graph(g.name)
		if err != nil && g.needed {
			return err
		}
		if err != nil {
			continue
		}
		if *g.to, err = o.load(written, p.Provider, memoryEach, []string{g.in}, []string{g.out}); err != nil {
			return err
		}
	}
	return nil
}

// Close frees the networks.
func (p *Preparation) Close() error {
	return errors.Join(p.encoder.close(), p.detector.close(), p.landmarks.close(), p.parser.close())
}

// Finds tells whether faces can be found; Parses whether their parts can be told apart.
func (p *Preparation) Finds() bool { return p.detector != nil && p.landmarks != nil }

// Parses is described at Finds.
func (p *Preparation) Parses() bool { return p.parser != nil }

// Place is where a face may be, in pixels, and how sure that is, 0 to 1.
type Place struct{ Left, Top, Right, Bottom, Score float32 }

// Detect looks at a picture of blue, green and red.
func (p *Preparation) Detect(picture []byte, width, height int) ([]Place, error) {
	out, err := ask(p.detector, picture, 1, int64(height), int64(width), 3)
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	defer free(out)
	all, err := values[float32](out[0], -1)
	if err != nil {
		return nil, err
	}
	places := make([]Place, len(all)/5)
	for i := range places {
		v := all[5*i:]
		places[i] = Place{v[0], v[1], v[2], v[3], v[4]}
	}
	return places, nil
}

// Find gives the points of a person, across and down in pixels of the picture, which has the person's size.
func (p *Preparation) Find(picture []byte) ([][2]float32, error) {
	out, err := ask(p.landmarks, picture, 1, PersonHeight, PersonWidth, 3)
	if err != nil {
		return nil, fmt.Errorf("find points: %w", err)
	}
	defer free(out)
	all, err := values[float32](out[0], 2*Points)
	if err != nil {
		return nil, err
	}
	points := make([][2]float32, Points)
	for i := range points {
		points[i] = [2]float32(all[2*i : 2*i+2])
	}
	return points, nil
}

// Parse gives the class of each pixel of a picture with ParsedSide.
func (p *Preparation) Parse(picture []byte) ([]byte, error) {
	out, err := ask(p.parser, picture, 1, ParsedSide, ParsedSide, 3)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	defer free(out)
	return values[byte](out[0], ParsedSide*ParsedSide)
}

// Encode gives the latents of n pictures, planes of red, green and blue from -1 to 1 with EncodedSide.
func (p *Preparation) Encode(pictures []float32, n int) ([]float32, error) {
	out, err := ask(p.encoder, pictures, int64(n), 3, EncodedSide, EncodedSide)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	defer free(out)
	return values[float32](out[0], n*HalfLatent)
}

func ask[T ort.TensorData](s *session, input []T, shape ...int64) ([]ort.Value, error) {
	in, err := tensor(input, shape...)
	if err != nil {
		return nil, err
	}
	return s.run(1, in)
}
