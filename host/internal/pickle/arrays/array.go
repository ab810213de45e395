// Package arrays understands the numpy arrays and torch tensors in a pickle.
package arrays

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/visavis-dev/visavis/host/internal/pickle"
)

// Type is that of an array's elements.
type Type string

// The types of elements, by numpy's names. All are little-endian.
const (
	Uint8   Type = "u1"
	Int32   Type = "i4"
	Int64   Type = "i8"
	Float16 Type = "f2"
	Float32 Type = "f4"
	Float64 Type = "f8"
)

// Size is how many bytes an element takes.
func (t Type) Size() int {
	switch t {
	case Uint8:
		return 1
	case Float16:
		return 2
	case Int32, Float32:
		return 4
	case Int64, Float64:
		return 8
	}
	return 0
}

// Array is an array in C order.
type Array struct {
	Type  Type
	Shape []int
	// Data are the elements, little-endian: a part of the pickle wherever that is possible.
	Data []byte
}

// Allow lists the names that arrays are made of: numpy 1 and 2, torch since 1.0.
func Allow(g pickle.Global) bool {
	switch g.Module {
	case "numpy.core.multiarray", "numpy._core.multiarray":
		return g.Name == "_reconstruct" || g.Name == "scalar"
	case "numpy.core.numeric", "numpy._core.numeric":
		return g.Name == "_frombuffer"
	case "numpy":
		return g.Name == "ndarray" || g.Name == "dtype"
	case "torch._utils":
		return g.Name == "_rebuild_tensor_v2"
	case "torch.storage":
		return g.Name == "_load_from_bytes"
	case "torch":
		return storageType(g) != ""
	case "collections":
		return g.Name == "OrderedDict"
	case "_codecs":
		return g.Name == "encode"
	case "__builtin__":
		return g.Name == "bytes" // how protocol 2 writes an empty byte string
	}
	return false
}

// Decode reads a pickle of values that hold arrays.
func Decode(raw []byte) (pickle.Value, error) {
	v, _, err := pickle.Decode(raw, pickle.Options{Allow: Allow})
	return v, err //nolint:wrapcheck // it says where
}

// elements is how many elements a shape has; an error when that is absurd.
func elements(shape []int) (int, error) {
	n := 1
	for _, side := range shape {
		if side < 0 || side > math.MaxInt32 {
			return 0, fmt.Errorf("an array has a side of %d", side)
		}
		if side > 0 && n > math.MaxInt32/side {
			return 0, errors.New("an array is absurdly large")
		}
		n *= side
	}
	return n, nil
}

// maxDimensions bounds what an array may have; numpy's own bound is 64.
const maxDimensions = 8

// shapeOf reads a tuple of sides.
func shapeOf(v pickle.Value) ([]int, error) {
	t, ok := v.(pickle.Tuple)
	if !ok || len(t) > maxDimensions {
		return nil, errors.New("an array's shape is none")
	}
	shape := make([]int, len(t))
	for i, side := range t {
		n, ok := side.(int64)
		if !ok || n < 0 || n > math.MaxInt32 {
			return nil, fmt.Errorf("an array has a side of %v", side)
		}
		shape[i] = int(n)
	}
	return shape, nil
}

// Int reads a whole number, Python's or numpy's.
func Int(v pickle.Value) (int64, error) {
	if n, ok := v.(int64); ok {
		return n, nil
	}
	c, ok := v.(*pickle.Call)
	if !ok || !isNumpy(c.Function, "multiarray", "scalar") || len(c.Args) != 2 {
		return 0, errors.New("a number is none")
	}
	t, err := typeOf(c.Args[0])
	if err != nil {
		return 0, err
	}
	raw, err := bytesOf(c.Args[1])
	if err != nil || len(raw) != t.Size() {
		return 0, errors.New("a number has another length than its type")
	}
	switch t {
	case Uint8:
		return int64(raw[0]), nil
	case Int32:
		return int64(int32(binary.LittleEndian.Uint32(raw))), nil //nolint:gosec // the sign is the point
	case Int64:
		return int64(binary.LittleEndian.Uint64(raw)), nil //nolint:gosec // as above
	case Float16, Float32, Float64:
	}
	return 0, errors.New("a number is not whole")
}

// Ints gives the elements of an array of whole numbers; an error for others.
func (a Array) Ints() ([]int, error) {
	size := a.Type.Size()
	all := make([]int, 0, len(a.Data)/size)
	for at := 0; at < len(a.Data); at += size {
		raw := a.Data[at : at+size]
		switch a.Type {
		case Uint8:
			all = append(all, int(raw[0]))
		case Int32:
			all = append(all, int(int32(binary.LittleEndian.Uint32(raw)))) //nolint:gosec // the sign is the point
		case Int64:
			all = append(all, int(binary.LittleEndian.Uint64(raw))) //nolint:gosec // as above
		case Float16, Float32, Float64:
			return nil, errors.New("an array's elements are not whole")
		}
	}
	return all, nil
}
