package arrays

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/visavis-dev/visavis/host/internal/pickle"
)

// The head of torch's older format, by torch/serialization.py.
const (
	legacyProtocol = 1001
	legacyMagic    = "1950a86a20f9469cfc6c" // in hexadecimal
)

// storageType is the type of elements of a torch storage; "" for others.
func storageType(g pickle.Global) Type {
	if g.Module != "torch" {
		return ""
	}
	switch g.Name {
	case "HalfStorage":
		return Float16
	case "FloatStorage":
		return Float32
	}
	return ""
}

// Storages finds what a pickle keeps outside of itself, by its key.
type Storages func(key string) ([]byte, error)

// Torch reads a tensor. Storages is asked for what lies outside the pickle; without it, elements must lie inside.
func Torch(v pickle.Value, outside Storages) (Array, error) {
	c, ok := v.(*pickle.Call)
	if !ok || c.Function != (pickle.Global{Module: "torch._utils", Name: "_rebuild_tensor_v2"}) || len(c.Args) < 4 {
		return Array{}, errors.New("a value is no tensor")
	}
	s, err := storageOf(c.Args[0], outside)
	if err != nil {
		return Array{}, err
	}
	offset, err := Int(c.Args[1])
	if err != nil {
		return Array{}, err
	}
	shape, err := shapeOf(c.Args[2])
	if err != nil {
		return Array{}, err
	}
	strides, err := shapeOf(c.Args[3])
	if err != nil || len(strides) != len(shape) {
		return Array{}, errors.New("a tensor's strides are none")
	}
	return s.view(offset, shape, strides)
}

// storage is elements that tensors share.
type storage struct {
	kind Type
	data []byte
}

func (s storage) view(offset int64, shape, strides []int) (Array, error) {
	n, err := elements(shape)
	if err != nil {
		return Array{}, err
	}
	size := s.kind.Size()
	has := len(s.data) / size
	if offset < 0 || offset > int64(has) {
		return Array{}, errors.New("a tensor begins outside its storage")
	}
	if n == 0 {
		return Array{Type: s.kind, Shape: shape}, nil
	}
	last, contiguous, step := offset, true, 1
	for i, side := range slices.Backward(shape) {
		if side > 1 {
			contiguous = contiguous && strides[i] == step
			if last += int64(side-1) * int64(strides[i]); last >= int64(has) {
				return Array{}, errors.New("a tensor reaches outside its storage")
			}
		}
		step *= side
	}
	if last >= int64(has) {
		return Array{}, errors.New("a tensor reaches outside its storage")
	}
	data := s.data[int(offset)*size:]
	if contiguous {
		return Array{Type: s.kind, Shape: shape, Data: data[:n*size]}, nil
	}
	if n > has {
		return Array{}, errors.New("a tensor repeats its storage") // a few bytes could claim gigabytes
	}
	return Array{Type: s.kind, Shape: shape, Data: gather(data, shape, strides, size)}, nil
}

// storageOf reads a storage inside, as torch's older format nested into the pickle, or one outside.
func storageOf(v pickle.Value, outside Storages) (storage, error) {
	switch s := v.(type) {
	case *pickle.Call:
		if s.Function != (pickle.Global{Module: "torch.storage", Name: "_load_from_bytes"}) || len(s.Args) != 1 {
			return storage{}, errors.New("a tensor has no storage")
		}
		raw, err := bytesOf(s.Args[0])
		if err != nil {
			return storage{}, err
		}
		return legacy(raw)
	case pickle.Reference:
		if outside == nil {
			break
		}
		r, err := readReference(s)
		if err != nil {
			return storage{}, err
		}
		data, err := outside(r.key)
		if err != nil {
			return storage{}, err
		}
		return r.holding(data)
	}
	return storage{}, errors.New("a tensor has no storage")
}

// reference is how torch names a storage that lies outside.
type reference struct {
	kind     Type
	key      string
	elements int64
}

// readReference reads ('storage', type, key, device, elements[, view]).
func readReference(ref pickle.Reference) (r reference, err error) {
	id, ok := ref.ID.(pickle.Tuple)
	if !ok || len(id) < 5 || len(id) > 6 || (len(id) == 6 && id[5] != nil) {
		return r, errors.New("a storage has no name")
	}
	label, isText := id[0].(pickle.Text)
	kind, isName := id[1].(pickle.Global)
	key, hasKey := id[2].(pickle.Text)
	if !isText || string(label) != "storage" || !isName || !hasKey {
		return r, errors.New("a storage has no name")
	}
	if r.elements, err = Int(id[4]); err != nil || r.elements < 0 || r.elements > math.MaxInt32 {
		return r, fmt.Errorf("a storage has %v elements", id[4])
	}
	r.kind, r.key = storageType(kind), string(key)
	return r, nil
}

func (r reference) holding(data []byte) (storage, error) {
	if r.kind == "" || int64(len(data)) != r.elements*int64(r.kind.Size()) {
		return storage{}, fmt.Errorf("a storage of %d elements holds %d bytes", r.elements, len(data))
	}
	return storage{kind: r.kind, data: data}, nil
}

// legacy reads a storage in torch's older format: five pickles (a magic number, a version, the machine, the storage, the
// keys), then a count, then the elements.
func legacy(raw []byte) (storage, error) {
	var parts [5]pickle.Value
	for i := range parts {
		v, n, err := pickle.Decode(raw, pickle.Options{Allow: Allow, References: true})
		if err != nil {
			return storage{}, fmt.Errorf("a tensor's storage: %w", err)
		}
		parts[i], raw = v, raw[n:]
	}
	magic, ok := parts[0].(*big.Int)
	if !ok || magic.Text(16) != legacyMagic || parts[1] != pickle.Value(int64(legacyProtocol)) {
		return storage{}, errors.New("a tensor's storage is of an unknown format")
	}
	if machine, ok := parts[2].(*pickle.Dict); ok {
		if little, told := machine.Get("little_endian"); told && little != pickle.Value(true) {
			return storage{}, errors.New("a tensor's storage is not little-endian")
		}
	}
	ref, ok := parts[3].(pickle.Reference)
	if !ok {
		return storage{}, errors.New("a tensor's storage is none")
	}
	r, err := readReference(ref)
	if err != nil {
		return storage{}, err
	}
	keys, ok := parts[4].(*pickle.List)
	if !ok || len(keys.Items) != 1 {
		return storage{}, errors.New("a tensor's storage is not one")
	}
	if key, ok := keys.Items[0].(pickle.Text); !ok || string(key) != r.key {
		return storage{}, errors.New("a tensor's storage has another name than its elements")
	}
	if len(raw) < 8 || binary.LittleEndian.Uint64(raw) != uint64(r.elements) { //nolint:gosec // it is not negative
		return storage{}, errors.New("a tensor's storage has another number of elements than it says")
	}
	return r.holding(raw[8:])
}
