// Package hearing moves a face by the sound alone, for voices that do not tell what they say: a small network hears the
// sound and gives the coefficients. It knows neither words nor pictures.
package hearing

import (
	"errors"
	"fmt"
	"math"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/visavis-dev/visavis/sdk/audio"
	"github.com/visavis-dev/visavis/sdk/face"
)

// Ear listens to a stream of samples. What it gives does not depend on the pieces in which they come. Not safe for
// concurrent use; it must be closed.
type Ear struct {
	network   *Network
	resampler *audio.Resampler
	// pending is resampled sound: lead samples that were heard and those that wait for their block to be full.
	pending []int16
	// in and out are the network's tensors. Memory goes from out to in by a swap.
	in, out []ort.Value
	samples *ort.Tensor[float32]
	given   *ort.Tensor[float32]
	// known are the faces from number first on; face n stands for n - delay + 1 faces' time.
	known []face.Coefficients
	first int
}

// NewEar listens at a sample rate in Hz.
func (n *Network) NewEar(sampleRate int) (*Ear, error) {
	resampler, err := audio.NewResampler(sampleRate, rate)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	e := &Ear{network: n, resampler: resampler, pending: make([]int16, lead)}
	if err := e.allocate(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Ear) allocate() error {
	var err error
	if e.samples, err = tensor(&e.in, ort.NewShape(1, lead+block)); err != nil {
		return err
	}
	if e.given, err = tensor(&e.out, ort.NewShape(1, faces, int64(face.Count))); err != nil {
		return err
	}
	for i, shape := range memory() {
		t, err := tensor(&e.in, shape)
		if err != nil {
			return err
		}
		if _, err := tensor(&e.out, shape); err != nil {
			return err
		}
		for k := range t.GetData() {
			if i == 0 {
				t.GetData()[k] = silence
			}
		}
	}
	return nil
}

// tensor appends one of zeros to a list.
func tensor(list *[]ort.Value, shape ort.Shape) (*ort.Tensor[float32], error) {
	t, err := ort.NewEmptyTensor[float32](shape)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	*list = append(*list, t)
	return t, nil
}

// Close frees the tensors.
func (e *Ear) Close() error {
	var errs []error
	for _, t := range append(e.in, e.out...) {
		errs = append(errs, t.Destroy())
	}
	e.in, e.out = nil, nil
	return errors.Join(errs...)
}

// Hear takes the next samples.
func (e *Ear) Hear(pcm []int16) error {
	e.pending = e.resampler.Write(e.pending, pcm)
	return e.run()
}

// End says that nothing follows but silence.
func (e *Ear) End() error {
	e.pending = e.resampler.Flush(e.pending)
	e.pending = append(e.pending, make([]int16, (delay/faces+2)*block)...)
	return e.run()
}

// run hears every block that is full.
func (e *Ear) run() error {
	at := 0
	for ; len(e.pending)-at >= lead+block; at += block {
		into := e.samples.GetData()
		for i, s := range e.pending[at : at+lead+block] {
			into[i] = float32(s) / (1 << 15)
		}
		if err := e.network.graph.Run(e.in, e.out); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		for n := range faces {
			var c face.Coefficients
			for i, v := range e.given.GetData()[n*face.Count : (n+1)*face.Count] {
				c[i] = float64(v)
			}
			e.known = append(e.known, c.Clamp())
		}
		for i := 1; i < len(e.in); i++ {
			e.in[i], e.out[i] = e.out[i], e.in[i]
		}
	}
	e.pending = e.pending[:copy(e.pending, e.pending[at:])]
	return nil
}

// Faces that lie this far back are forgotten, in faces: nobody asks for them again.
const kept = 2 * facesPerSecond

// At gives the face at a time, between the two that stand around it. Times rise by and large. Past what was heard the face
// is at rest.
func (e *Ear) At(now float64) face.Coefficients {
	place := now*facesPerSecond + delay - 1
	n := int(math.Floor(place))
	share := place - float64(n)
	if n-e.first > 2*kept {
		drop := min(n-e.first-kept, len(e.known))
		e.known = e.known[:copy(e.known, e.known[drop:])]
		e.first += drop
	}
	from, to := e.face(n), e.face(n+1)
	for i := range from {
		from[i] += share * (to[i] - from[i])
	}
	return from
}

func (e *Ear) face(n int) face.Coefficients {
	if n < e.first || n-e.first >= len(e.known) {
		return face.Coefficients{}
	}
	return e.known[n-e.first]
}
