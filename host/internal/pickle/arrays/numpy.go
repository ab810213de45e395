package arrays

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/host/internal/pickle"
)

func isNumpy(g pickle.Global, module, name string) bool {
	return g.Name == name && (g.Module == "numpy.core."+module || g.Module == "numpy._core."+module)
}

// NumPy reads a numpy array.
func NumPy(v pickle.Value) (Array, error) {
	c, ok := v.(*pickle.Call)
	switch {
	case ok && isNumpy(c.Function, "multiarray", "_reconstruct"):
		return reconstructed(c)
	case ok && isNumpy(c.Function, "numeric", "_frombuffer"):
		return fromBuffer(c)
	}
	return Array{}, errors.New("a value is no numpy array")
}

// reconstructed reads the state (version, shape, type, is Fortran, elements) of protocols 2 to 4.
func reconstructed(c *pickle.Call) (Array, error) {
	state, ok := c.State.(pickle.Tuple)
	if !ok || len(state) != 5 {
		return Array{}, errors.New("a numpy array has no state")
	}
	fortran, ok := state[3].(bool)
	if !ok {
		return Array{}, errors.New("a numpy array does not tell its order")
	}
	return assemble(state[1], state[2], state[4], fortran)
}

// fromBuffer reads the arguments (elements, type, shape, order) of protocol 5.
func fromBuffer(c *pickle.Call) (Array, error) {
	if len(c.Args) != 4 {
		return Array{}, errors.New("a numpy array lacks arguments")
	}
	order, ok := c.Args[3].(pickle.Text)
	if !ok || (string(order) != "C" && string(order) != "F") {
		return Array{}, errors.New("a numpy array does not tell its order")
	}
	return assemble(c.Args[2], c.Args[1], c.Args[0], string(order) == "F")
}

func assemble(shape, elementType, data pickle.Value, fortran bool) (a Array, err error) {
	if a.Shape, err = shapeOf(shape); err != nil {
		return a, err
	}
	if a.Type, err = typeOf(elementType); err != nil {
		return a, err
	}
	if a.Data, err = bytesOf(data); err != nil {
		return a, err
	}
	n, err := elements(a.Shape)
	if err != nil {
		return a, err
	}
	if n*a.Type.Size() != len(a.Data) {
		return a, fmt.Errorf("a numpy array of shape %v holds %d bytes", a.Shape, len(a.Data))
	}
	if fortran && len(a.Shape) > 1 {
		a = turned(a)
	}
	return a, nil
}

// turned gives an array in Fortran order its C order.
func turned(a Array) Array {
	strides := make([]int, len(a.Shape))
	step := 1
	for i, side := range a.Shape {
		strides[i] = step
		step *= side
	}
	return Array{Type: a.Type, Shape: a.Shape, Data: gather(a.Data, a.Shape, strides, a.Type.Size())}
}

// gather copies elements by their strides, in elements, into C order. The caller has checked that all lie in data.
func gather(data []byte, shape, strides []int, size int) []byte {
	n := 1
	for _, side := range shape {
		n *= side
	}
	out := make([]byte, 0, n*size)
	index := make([]int, len(shape))
	for range n {
		at := 0
		for i, x := range index {
			at += x * strides[i]
		}
		out = append(out, data[at*size:(at+1)*size]...)
		for i := len(index) - 1; i >= 0; i-- {
			if index[i]++; index[i] < shape[i] {
				break
			}
			index[i] = 0
		}
	}
	return out
}

// typeOf reads a dtype: numpy.dtype('f2', …) with a state whose second part is the byte order.
func typeOf(v pickle.Value) (Type, error) {
	c, ok := v.(*pickle.Call)
	if !ok || c.Function != (pickle.Global{Module: "numpy", Name: "dtype"}) || len(c.Args) == 0 {
		return "", errors.New("a type of elements is none")
	}
	name, ok := c.Args[0].(pickle.Text)
	t := Type(name)
	if !ok || t.Size() == 0 {
		return "", fmt.Errorf("elements of type %.20q are none of an avatar", string(name))
	}
	state, ok := c.State.(pickle.Tuple)
	if !ok || len(state) < 2 {
		return "", errors.New("a type of elements has no state")
	}
	order, ok := state[1].(pickle.Text)
	if !ok || !slices.Contains([]string{"<", "|", "="}, string(order)) {
		return "", errors.New("elements are not little-endian")
	}
	return t, nil
}

// bytesOf reads a byte string, also as protocol 2 writes it: as a text whose characters are the bytes.
func bytesOf(v pickle.Value) ([]byte, error) {
	if b, ok := v.(pickle.Bytes); ok {
		return b, nil
	}
	c, ok := v.(*pickle.Call)
	if ok && c.Function == (pickle.Global{Module: "__builtin__", Name: "bytes"}) && len(c.Args) == 0 {
		return []byte{}, nil
	}
	if !ok || c.Function != (pickle.Global{Module: "_codecs", Name: "encode"}) || len(c.Args) != 2 {
		return nil, errors.New("a byte string is none")
	}
	text, isText := c.Args[0].(pickle.Text)
	codec, named := c.Args[1].(pickle.Text)
	if !isText || !named || (string(codec) != "latin1" && string(codec) != "latin-1") {
		return nil, errors.New("a byte string is written in another way than Python's")
	}
	out := make([]byte, 0, utf8.RuneCount(text))
	for _, r := range string(text) {
		if r > 0xff {
			return nil, errors.New("a byte string holds a character that is no byte")
		}
		out = append(out, byte(r)) //nolint:gosec // looked at above
	}
	return out, nil
}
