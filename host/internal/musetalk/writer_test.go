package musetalk_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// pickled writes values as Python would, so that tests can make avatars that are wrong in one thing.
type pickled struct{ bytes.Buffer }

// raw is instructions that are written as they are.
type raw string

// tuple is a Python tuple.
type tuple []any

// entry is a pair of a dictionary.
type entry struct {
	key   string
	value any
}

func dump(v any) []byte {
	var p pickled
	p.WriteString("\x80\x04")
	p.value(v)
	p.WriteByte('.')
	return p.Bytes()
}

func (p *pickled) value(v any) {
	switch v := v.(type) {
	case nil:
		p.WriteByte('N')
	case raw:
		p.WriteString(string(v))
	case int:
		p.WriteByte('J')
		_ = binary.Write(p, binary.LittleEndian, int32(v))
	case float64:
		p.WriteByte('G')
		_ = binary.Write(p, binary.BigEndian, v)
	case string:
		p.WriteByte('X')
		_ = binary.Write(p, binary.LittleEndian, uint32(len(v)))
		p.WriteString(v)
	case []byte:
		p.WriteByte('B')
		_ = binary.Write(p, binary.LittleEndian, uint32(len(v)))
		p.Write(v)
	case tuple:
		p.WriteByte('(')
		for _, item := range v {
			p.value(item)
		}
		p.WriteByte('t')
	case []any:
		p.WriteString("](")
		for _, item := range v {
			p.value(item)
		}
		p.WriteByte('e')
	case []entry:
		p.WriteString("}(")
		for _, e := range v {
			p.value(e.key)
			p.value(e.value)
		}
		p.WriteByte('u')
	default:
		panic(fmt.Sprintf("cannot pickle %T", v))
	}
}

func text(v any) raw {
	var p pickled
	p.value(v)
	return raw(p.String())
}

// array is a numpy array.
func array(kind string, data []byte, shape ...any) raw {
	dtype := raw("cnumpy\ndtype\n") + text(tuple{kind}) + "R" + text(tuple{3, "<", nil, nil, nil, -1, -1, 0}) + "b"
	return raw("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n") + text(tuple{0}) + text([]byte("b")) + "tR" +
		text(tuple{1, tuple(shape), dtype, raw("\x89"), data}) + "b"
}

// tensor is one of half precision.
func tensor(data []byte, shape ...any) raw {
	strides := make(tuple, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= shape[i].(int)
	}
	var legacy bytes.Buffer
	legacy.WriteString("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.")
	legacy.Write(dump([]entry{{"little_endian", raw("\x88")}}))
	legacy.WriteString("\x80\x02" + string(text(tuple{"storage", raw("ctorch\nHalfStorage\n"), "0", "cuda:0", len(data) / 2, nil})) + "Q.")
	legacy.Write(dump([]any{"0"}))
	_ = binary.Write(&legacy, binary.LittleEndian, int64(len(data)/2))
	legacy.Write(data)
	return raw("ctorch._utils\n_rebuild_tensor_v2\n(ctorch.storage\n_load_from_bytes\n") + text(tuple{legacy.Bytes()}) + "R" +
		text(0) + text(tuple(shape)) + text(strides) + "\x89ccollections\nOrderedDict\n)RtR"
}
