// Package mouth redraws the mouth of a resting face with the network of its pack. It knows neither sound nor files.
package mouth

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/onnx"
)

// broken is what people are told of a graph that draws no mouth.
const broken = "아바타 파일이 손상되었거나 지원하지 않는 형식입니다"

// Network is a pack's network. Safe for concurrent use; each rendering has a Painter of its own.
type Network struct {
	graph *onnx.Network
	// moves tells that the graph says where luma comes from and what to add to it; else it gives what is to be seen.
	moves bool
	// patience is how long it may take for one mouth.
	patience time.Duration
}

// usualPatience is a thousand times what a network of the studio takes.
const usualPatience = 10 * time.Second

// Open loads the graph of a pack (docs/packs.md says what it takes and gives); onnx.Load must have been called. A graph that is
// none is fault.Invalid.
func Open(graph []byte) (*Network, error) {
	inputs := []string{"y", "u", "v", "face"}
	loaded, err := onnx.Open(graph, inputs, []string{"y_add", "u_out", "v_out", "shift"}, 1)
	if err == nil {
		return &Network{graph: loaded, moves: true, patience: usualPatience}, nil
	}
	loaded, draws := onnx.Open(graph, inputs, []string{"y_out", "u_out", "v_out"}, 1)
	if draws == nil {
		return &Network{graph: loaded, patience: usualPatience}, nil
	}
	return nil, fault.New(fault.Invalid, "open mouth", broken, errors.Join(err, draws))
}

// Close lets the network go. No Painter may be at work.
func (n *Network) Close() error { return n.graph.Close() } //nolint:wrapcheck // it says what it was doing

// plane is one of the three of a box: what goes into the network, as it lies in a frame.
type plane struct {
	bytes  []byte
	tensor *ort.Tensor[uint8]
	width  int
	height int
}

// Painter redraws boxes of one size. Not safe for concurrent use.
type Painter struct {
	network *Network
	planes  [3]plane
	face    []float32
	inputs  []ort.Value
	mover   *mover // made when the first shift is seen
}

// Painter prepares to redraw boxes of width × height, both even.
func (n *Network) Painter(width, height int) (*Painter, error) {
	p := &Painter{network: n, face: make([]float32, face.Count)}
	for i, size := range [3][2]int{{width, height}, {width / 2, height / 2}, {width / 2, height / 2}} {
		bytes := make([]byte, size[0]*size[1])
		tensor, err := ort.NewTensor(ort.NewShape(1, 1, int64(size[1]), int64(size[0])), bytes)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("prepare painter: %w", err), p.Close())
		}
		p.planes[i] = plane{bytes: bytes, tensor: tensor, width: size[0], height: size[1]}
		p.inputs = append(p.inputs, tensor)
	}
	coefficients, err := ort.NewTensor(ort.NewShape(1, int64(face.Count)), p.face)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare painter: %w", err), p.Close())
	}
	p.inputs = append(p.inputs, coefficients)
	return p, nil
}

// Close lets go what Painter holds.
func (p *Painter) Close() error {
	var errs []error
	for _, v := range p.inputs {
		errs = append(errs, v.Destroy())
	}
	p.inputs = nil
	return errors.Join(errs...)
}

// still is what a coefficient must exceed to be seen; a face at rest is shown as it was filmed.
const still = 1.0 / 256

// Frame is a yuv420p picture of Width × Height.
type Frame struct {
	Pixels        []byte
	Width, Height int
}

// Paint redraws the mouth inside a box of a frame; the box is even, inside, and of the painter's size. A network that cannot, or takes for
// ever, is fault.Invalid.
func (p *Painter) Paint(ctx context.Context, frame Frame, box image.Rectangle, c face.Coefficients) error {
	rests := true
	for i, v := range c.Clamp() {
		p.face[i] = float32(v)
		rests = rests && v <= still
	}
	if rests {
		return nil
	}
	luma := frame.Width * frame.Height
	parts := [3]part{
		{frame.Pixels[:luma], frame.Width, box.Min.X, box.Min.Y},
		{frame.Pixels[luma:][:luma/4], frame.Width / 2, box.Min.X / 2, box.Min.Y / 2},
		{frame.Pixels[luma*5/4:], frame.Width / 2, box.Min.X / 2, box.Min.Y / 2},
	}
	for i, from := range parts {
		p.planes[i].each(from, func(in, out []byte) { copy(in, out) })
	}
	outputs := len(parts)
	if p.network.moves {
		outputs++
	}
	drawn := make([]ort.Value, outputs)
	running, cancel := context.WithTimeout(ctx, p.network.patience)
	defer cancel()
	if err := p.network.graph.RunFor(running, p.inputs, drawn); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("draw mouth: %w", ctx.Err())
		}
		return noMouth(err) // it wants other inputs, more memory than there is, or more time
	}
	defer func() {
		for _, v := range drawn {
			_ = v.Destroy()
		}
	}()
	for i, to := range parts {
		var err error
		if i == 0 && p.network.moves {
			err = p.move(to, drawn[0], drawn[3])
		} else {
			err = p.planes[i].lay(to, drawn[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lay copies what was drawn of a plane into the frame.
func (p plane) lay(to part, drawn ort.Value) error {
	tensor, ok := drawn.(*ort.Tensor[uint8])
	if !ok || len(tensor.GetData()) != len(p.bytes) {
		return noMouth(fmt.Errorf("a plane is not one of %d bytes", len(p.bytes)))
	}
	p.bytes = tensor.GetData()
	p.each(to, func(in, out []byte) { copy(out, in) })
	return nil
}

// move fetches luma from where the network says that it comes from, adds what is to be added, and writes it into the frame.
func (p *Painter) move(to part, add, shift ort.Value) error {
	y := p.planes[0]
	more, ok := add.(*ort.Tensor[float32])
	if !ok || len(more.GetData()) != len(y.bytes) {
		return noMouth(fmt.Errorf("what is added is not %d numbers", len(y.bytes)))
	}
	from, ok := shift.(*ort.Tensor[float32])
	if !ok || len(from.GetShape()) != 4 || from.GetShape()[0] != 1 || from.GetShape()[1] != planes {
		return noMouth(fmt.Errorf("a shift is not of shape %v", shift.GetShape()))
	}
	if p.mover == nil {
		m, err := newMover(y.width, y.height, int(from.GetShape()[3]), int(from.GetShape()[2]))
		if err != nil {
			return noMouth(err)
		}
		p.mover = m
	}
	if len(from.GetData()) != planes*p.mover.across*p.mover.down {
		return noMouth(fmt.Errorf("a shift changed to %v", from.GetShape()))
	}
	row := 0
	y.each(to, func(_, out []byte) {
		p.mover.row(out, y.bytes, row, from.GetData(), more.GetData()[row*y.width:][:y.width])
		row++
	})
	return nil
}

func noMouth(err error) error {
	return fault.New(fault.Invalid, "draw mouth", broken, fmt.Errorf("the network gives something else than a mouth: %w", err))
}

// part is where a plane's box lies in a frame.
type part struct {
	bytes        []byte
	stride, x, y int
}

// each gives the rows of a plane and of its place in a frame.
func (p plane) each(in part, row func(plane, frame []byte)) {
	for y := range p.height {
		row(p.bytes[y*p.width:][:p.width], in.bytes[(in.y+y)*in.stride+in.x:][:p.width])
	}
}
