package arrays_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/pickle"
	"github.com/visavis-dev/visavis/host/internal/pickle/arrays"
)

func load(t testing.TB, name string) *pickle.Dict {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	v, err := arrays.Decode(raw)
	require.NoError(t, err)
	require.IsType(t, &pickle.Dict{}, v)
	return v.(*pickle.Dict)
}

func at(t testing.TB, d *pickle.Dict, key string) pickle.Value {
	t.Helper()
	v, ok := d.Get(key)
	require.True(t, ok, key)
	return v
}

// numbers gives an array's elements.
func numbers(t testing.TB, a arrays.Array) []float64 {
	t.Helper()
	var all []float64
	for i := 0; i < len(a.Data); i += a.Type.Size() {
		e := a.Data[i : i+a.Type.Size()]
		switch a.Type {
		case arrays.Uint8:
			all = append(all, float64(e[0]))
		case arrays.Int32:
			all = append(all, float64(int32(binary.LittleEndian.Uint32(e))))
		case arrays.Int64:
			all = append(all, float64(int64(binary.LittleEndian.Uint64(e))))
		case arrays.Float16:
			bits := binary.LittleEndian.Uint16(e)
			if bits == 0 {
				all = append(all, 0)
				continue
			}
			all = append(all, math.Ldexp(1+float64(bits&0x3ff)/1024, int(bits>>10&31)-15)) // all are normal
		case arrays.Float32:
			all = append(all, float64(math.Float32frombits(binary.LittleEndian.Uint32(e))))
		case arrays.Float64:
			all = append(all, math.Float64frombits(binary.LittleEndian.Uint64(e)))
		}
	}
	return all
}

func counting(n int) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = float64(i)
	}
	return all
}

func TestNumPy(t *testing.T) {
	t.Parallel()
	for _, numpy := range []int{1, 2} {
		for protocol := 2; protocol <= 5; protocol++ {
			t.Run(fmt.Sprintf("numpy %d, protocol %d", numpy, protocol), func(t *testing.T) {
				t.Parallel()
				d := load(t, fmt.Sprintf("numpy%d-protocol%d.pkl", numpy, protocol))
				for key, shape := range map[string][]int{
					"u1": {2, 4, 3}, "i4": {4, 6}, "i8": {24}, "f2": {1, 2, 3, 4}, "f4": {24, 1}, "f8": {3, 8}, "fortran": {2, 4, 3},
				} {
					a, err := arrays.NumPy(at(t, d, key))
					require.NoError(t, err, key)
					assert.Equal(t, shape, a.Shape, key)
					assert.Equal(t, counting(24), numbers(t, a), key)
				}
				part, err := arrays.NumPy(at(t, d, "part"))
				require.NoError(t, err)
				assert.Equal(t, append(counting(12), 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35), numbers(t, part))
				empty, err := arrays.NumPy(at(t, d, "empty"))
				require.NoError(t, err)
				assert.Equal(t, []int{0, 3}, empty.Shape)
				scalars(t, at(t, d, "scalars").(*pickle.List).Items, protocol)
			})
		}
	}
}

func scalars(t *testing.T, items []pickle.Value, protocol int) {
	t.Helper()
	for i, want := range []int64{-3, 1 << 40, 200, 7} {
		n, err := arrays.Int(items[i])
		require.NoError(t, err)
		assert.Equal(t, want, n)
	}
	_, err := arrays.Int(items[4])
	require.Error(t, err, "a truth is no number here")
	assert.Equal(t, []pickle.Value{true, nil, 1.5, pickle.Text("가나다"), pickle.Tuple{int64(1), int64(2)}}, items[4:9])
	if protocol > 2 {
		assert.Equal(t, pickle.Bytes{0, 0xff}, items[9])
	}
}

func TestTorch(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 4, 5} {
		d := load(t, fmt.Sprintf("torch-protocol%d.pkl", protocol))
		half, err := arrays.Torch(at(t, d, "half"), nil)
		require.NoError(t, err)
		assert.Equal(t, arrays.Float16, half.Type)
		assert.Equal(t, []int{1, 2, 3, 4}, half.Shape)
		assert.Equal(t, counting(24), numbers(t, half))
		whole, err := arrays.Torch(at(t, d, "float"), nil)
		require.NoError(t, err)
		assert.Equal(t, counting(24), numbers(t, whole))
		turned, err := arrays.Torch(at(t, d, "turned"), nil)
		require.NoError(t, err)
		assert.Equal(t, []int{6, 4}, turned.Shape)
		assert.Equal(t, []float64{0, 6, 12, 18, 1, 7}, numbers(t, turned)[:6])
		part, err := arrays.Torch(at(t, d, "part"), nil)
		require.NoError(t, err)
		assert.InDelta(t, 24, numbers(t, part)[0], 0)
		list := at(t, d, "list").(*pickle.List).Items
		require.Len(t, list, 3)
		assert.Nil(t, list[1])
		_, err = arrays.Torch(list[1], nil)
		assert.Error(t, err)
	}
}

func TestTorchFile(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/latents.pt")
	require.NoError(t, err)
	v, outside, err := arrays.DecodeTorch(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	items := v.(*pickle.List).Items
	require.Len(t, items, 2)
	for _, item := range items {
		a, err := arrays.Torch(item, outside)
		require.NoError(t, err)
		assert.Equal(t, []int{1, 2, 3, 4}, a.Shape)
		assert.Equal(t, counting(24), numbers(t, a))
	}
	_, err = arrays.Torch(items[0], nil)
	require.Error(t, err, "nobody brings what lies outside")
	for cut := 0; cut < len(raw); cut += 37 {
		_, _, err := arrays.DecodeTorch(bytes.NewReader(raw[:cut]), int64(cut))
		assert.Error(t, err, cut)
	}
}

// Whatever is changed in a file, it is read or refused.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.pkl")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(_ *testing.T, raw []byte) {
		v, err := arrays.Decode(raw)
		if d, ok := v.(*pickle.Dict); ok && err == nil {
			for _, key := range d.Keys {
				v, _ := d.Get(key)
				_, _ = arrays.NumPy(v)
				_, _ = arrays.Torch(v, nil)
				_, _ = arrays.Int(v)
			}
		}
	})
}
