package pickle

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"
)

// The instructions of Python's pickletools that protocols 2 to 5 write. Those of protocols 0 and 1, those that build
// instances of classes and those for extension codes and buffers outside are not among them.
const (
	opProto           = 0x80
	opStop            = '.'
	opMark            = '('
	opPop             = '0'
	opPopMark         = '1'
	opDup             = '2'
	opFrame           = 0x95
	opNone            = 'N'
	opTrue            = 0x88
	opFalse           = 0x89
	opInt4            = 'J'
	opInt1            = 'K'
	opInt2            = 'M'
	opLong1           = 0x8a
	opLong4           = 0x8b
	opFloat           = 'G'
	opText1           = 0x8c
	opText4           = 'X'
	opText8           = 0x8d
	opBytes1          = 'C'
	opBytes4          = 'B'
	opBytes8          = 0x8e
	opByteArray8      = 0x96
	opEmptyTuple      = ')'
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opTuple           = 't'
	opEmptyList       = ']'
	opAppend          = 'a'
	opAppends         = 'e'
	opEmptyDict       = '}'
	opSetItem         = 's'
	opSetItems        = 'u'
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opGlobal          = 'c'
	opStackGlobal     = 0x93
	opReduce          = 'R'
	opBuild           = 'b'
	opPersistent      = 'Q'
	opPut1            = 'q'
	opPut4            = 'r'
	opGet1            = 'h'
	opGet4            = 'j'
	opMemoize         = 0x94
	longestWholeBytes = 128
)

// constants are values that stand in the instruction.
func (m *machine) constants(op byte) (known bool, err error) {
	switch op {
	case opNone:
		m.push(nil)
	case opTrue, opFalse:
		m.push(op == opTrue)
	case opInt1, opInt2, opInt4:
		var n uint64
		n, err = m.number(width(op))
		if op == opInt4 {
			n = uint64(int32(n)) //nolint:gosec // the sign is the point
		}
		m.push(int64(n)) //nolint:gosec // four bytes at most, or a sign
	case opLong1, opLong4:
		err = m.long(width(op))
	case opFloat:
		var part []byte
		if part, err = m.take(8); err == nil {
			m.push(math.Float64frombits(binary.BigEndian.Uint64(part)))
		}
	default:
		return false, nil
	}
	return true, err
}

// long reads a whole number of any length, in two's complement.
func (m *machine) long(lengthBytes uint64) error {
	part, err := m.counted(lengthBytes)
	if err != nil {
		return err
	}
	if len(part) > longestWholeBytes {
		return errors.New("it has a number of absurd length")
	}
	digits := slices.Clone(part)
	slices.Reverse(digits)
	n := new(big.Int).SetBytes(digits)
	if len(digits) > 0 && digits[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(digits))))
	}
	if n.IsInt64() {
		m.push(n.Int64())
	} else {
		m.push(n)
	}
	return nil
}

// strings are texts and byte strings.
func (m *machine) strings(op byte) (known bool, err error) {
	var part []byte
	switch op {
	case opText1, opText4, opText8:
		part, err = m.counted(width(op))
		if err == nil && !utf8.Valid(part) {
			err = errors.New("a text in it is not UTF-8")
		}
		m.push(Text(part))
	case opBytes1, opBytes4, opBytes8, opByteArray8:
		part, err = m.counted(width(op))
		m.push(Bytes(part))
	default:
		return false, nil
	}
	return true, err
}

// containers are tuples, lists, dictionaries and sets.
func (m *machine) containers(op byte) (known bool, err error) {
	switch op {
	case opEmptyTuple:
		m.push(Tuple{})
	case opTuple1, opTuple2, opTuple3:
		err = m.tuple(int(op-opTuple1) + 1)
	case opTuple:
		var items []Value
		items, err = m.popMark()
		m.push(Tuple(items))
	case opEmptyList:
		m.push(&List{})
	case opAppend:
		var v Value
		if v, err = m.pop(); err == nil {
			err = m.extend([]Value{v})
		}
	case opAppends, opAddItems:
		var items []Value
		if items, err = m.popMark(); err == nil {
			err = m.extend(items)
		}
	case opEmptyDict:
		m.push(&Dict{})
	case opSetItem:
		err = m.setItem()
	case opSetItems:
		var items []Value
		if items, err = m.popMark(); err == nil {
			err = m.setItems(items)
		}
	case opEmptySet:
		m.push(&Set{})
	case opFrozenSet:
		var items []Value
		items, err = m.popMark()
		m.push(&Set{Items: items})
	default:
		return false, nil
	}
	return true, err
}

func (m *machine) tuple(length int) error {
	t := make(Tuple, length)
	for i := range t {
		v, err := m.pop()
		if err != nil {
			return err
		}
		t[length-1-i] = v
	}
	m.push(t)
	return nil
}

func (m *machine) extend(items []Value) error {
	onto, err := m.top()
	if err != nil {
		return err
	}
	switch c := onto.(type) {
	case *List:
		c.Items = append(c.Items, items...)
	case *Set:
		c.Items = append(c.Items, items...)
	default:
		return errors.New("it appends to something that is no list")
	}
	return nil
}

func (m *machine) setItem() error {
	value, err := m.pop()
	if err != nil {
		return err
	}
	key, err := m.pop()
	if err != nil {
		return err
	}
	return m.setItems([]Value{key, value})
}

func (m *machine) setItems(items []Value) error {
	onto, err := m.top()
	if err != nil {
		return err
	}
	var d *Dict
	switch c := onto.(type) {
	case *Dict:
		d = c
	case *Call:
		if c.Items == nil {
			c.Items = &Dict{}
		}
		d = c.Items
	default:
		return errors.New("it sets an item of something that is no dictionary")
	}
	if len(items)%2 != 0 {
		return errors.New("a dictionary has a key without a value")
	}
	for pair := range slices.Chunk(items, 2) {
		if err := d.set(pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

// width is how many bytes the number behind an instruction has.
func width(op byte) uint64 {
	switch op {
	case opInt2:
		return 2
	case opInt4, opLong4, opText4, opBytes4, opPut4, opGet4:
		return 4
	case opText8, opBytes8, opByteArray8:
		return 8
	}
	return 1
}
