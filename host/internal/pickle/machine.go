package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// DefaultMaxOps is enough for forty thousand frames; each costs a hundred bytes at most.
const DefaultMaxOps = 4_000_000

// Options bound what is read.
type Options struct {
	// Allow says which names may occur; required.
	Allow func(Global) bool
	// References allows what is kept outside.
	References bool
	// MaxOps bounds the instructions, and with them time and memory: DefaultMaxOps.
	MaxOps int
}

// machine is Python's pickle machine without its arms.
type machine struct {
	raw  []byte
	at   int
	o    Options
	ops  int
	memo []Value
	// stack holds values, marks the heights at which tuples and the like begin.
	stack []Value
	marks []int
	done  bool
}

// Decode reads one pickle at the beginning of raw and tells how many bytes it takes. Errors are *Error.
func Decode(raw []byte, o Options) (value Value, length int, err error) {
	if o.MaxOps == 0 {
		o.MaxOps = DefaultMaxOps
	}
	m := &machine{raw: raw, o: o}
	if err := m.header(); err != nil {
		return nil, 0, &Error{Offset: 0, Err: err}
	}
	for !m.done {
		start := m.at
		if err := m.step(); err != nil {
			return nil, 0, &Error{Offset: start, Err: err}
		}
	}
	value, err = m.pop()
	if err != nil {
		return nil, 0, &Error{Offset: m.at, Err: err}
	}
	if len(m.stack) > 0 || len(m.marks) > 0 {
		return nil, 0, &Error{Offset: m.at, Err: errors.New("it ends in the middle of something")}
	}
	return value, m.at, nil
}

// header wants the protocol first, as every protocol since 2 does.
func (m *machine) header() error {
	start, err := m.take(2)
	if err != nil {
		return err
	}
	if start[0] != opProto || start[1] < 2 || start[1] > 5 {
		return errors.New("it is no pickle of protocol 2 to 5")
	}
	return nil
}

func (m *machine) step() error {
	if m.ops++; m.ops > m.o.MaxOps {
		return fmt.Errorf("it has more than %d instructions", m.o.MaxOps)
	}
	op, err := m.take(1)
	if err != nil {
		return err
	}
	for _, group := range []func(byte) (bool, error){m.constants, m.strings, m.containers, m.objects, m.flow} {
		if known, err := group(op[0]); known || err != nil {
			return err
		}
	}
	return fmt.Errorf("instruction %#x is none that protocols 2 to 5 write", op[0])
}

// take gives the next n bytes.
func (m *machine) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.raw)-m.at) { //nolint:gosec // it is never beyond the end
		return nil, ErrTruncated
	}
	part := m.raw[m.at : m.at+int(n) : m.at+int(n)] //nolint:gosec // it is not longer than the input
	m.at += int(n)                                  //nolint:gosec // as above
	return part, nil
}

// number reads a little-endian number of so many bytes.
func (m *machine) number(bytes uint64) (uint64, error) {
	part, err := m.take(bytes)
	if err != nil {
		return 0, err
	}
	var whole [8]byte
	copy(whole[:], part)
	return binary.LittleEndian.Uint64(whole[:]), nil
}

// counted reads a length of so many bytes, and then as much.
func (m *machine) counted(bytes uint64) ([]byte, error) {
	n, err := m.number(bytes)
	if err != nil {
		return nil, err
	}
	return m.take(n)
}

// line reads to the end of a line.
func (m *machine) line() (string, error) {
	const longest = 1000
	rest := m.raw[m.at:]
	end := slices.Index(rest[:min(longest, len(rest))], '\n')
	if end < 0 {
		return "", ErrTruncated
	}
	m.at += end + 1
	return string(rest[:end]), nil
}

func (m *machine) push(v Value) { m.stack = append(m.stack, v) }

// floor is the height below which the stack belongs to something that is not finished.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

var errEmpty = errors.New("it takes more from its stack than lies there")

func (m *machine) pop() (Value, error) {
	if len(m.stack) <= m.floor() {
		return nil, errEmpty
	}
	top := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return top, nil
}

// top is the value that lies highest below the last mark.
func (m *machine) top() (Value, error) {
	if len(m.stack) <= m.floor() {
		return nil, errEmpty
	}
	return m.stack[len(m.stack)-1], nil
}

// popMark takes everything above the last mark.
func (m *machine) popMark() ([]Value, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("it ends something that it did not begin")
	}
	from := m.floor()
	items := slices.Clone(m.stack[from:])
	m.stack, m.marks = m.stack[:from], m.marks[:len(m.marks)-1]
	return items, nil
}

// keep puts the top into the memo.
func (m *machine) keep(at uint64) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if at > uint64(len(m.memo)) {
		// Python counts up; a gap would let a few bytes claim gigabytes.
		const widest = 1024
		if at > uint64(len(m.memo))+widest {
			return errors.New("it keeps a value far away from all others")
		}
		m.memo = append(m.memo, make([]Value, at-uint64(len(m.memo)))...)
	}
	if at == uint64(len(m.memo)) {
		m.memo = append(m.memo, v)
		return nil
	}
	m.memo[at] = v
	return nil
}

func (m *machine) recall(at uint64) error {
	if at >= uint64(len(m.memo)) || m.memo[at] == nil {
		return errors.New("it recalls a value that it did not keep")
	}
	m.push(m.memo[at])
	return nil
}
