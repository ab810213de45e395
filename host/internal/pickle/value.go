// Package pickle reads what Python's pickle module wrote, protocols 2 to 5, as plain data: it imports nothing, calls
// nothing, and refuses every name that is not on its caller's list.
//
// What would be a call in Python becomes a Call, for the caller to understand. Byte strings and texts are parts of the
// input, not copies, so that a large file costs little more than itself.
package pickle

import (
	"errors"
	"fmt"
)

// Value is one of nil, bool, int64, *big.Int (what an int64 cannot hold), float64, Text, Bytes, *List, Tuple, *Dict, *Set,
// Global, *Call and Reference. Lists, dictionaries and calls may hold themselves: walk them with a bound.
type Value any

// Text is a string in UTF-8, a part of the input.
type Text []byte

// Bytes are a byte string, a part of the input.
type Bytes []byte

// List is a Python list.
type List struct{ Items []Value }

// Tuple is a Python tuple.
type Tuple []Value

// Set is a Python set or frozenset.
type Set struct{ Items []Value }

// Dict is a Python dictionary whose keys are texts or whole numbers.
type Dict struct {
	// Keys are strings and int64s, in the order of the file.
	Keys   []any
	values map[any]Value
}

// Get gives the value of a key, a string or an int64.
func (d *Dict) Get(key any) (Value, bool) {
	v, ok := d.values[key]
	return v, ok
}

func (d *Dict) set(key, value Value) error {
	var k any
	switch given := key.(type) {
	case Text:
		k = string(given)
	case int64:
		k = given
	default:
		return errors.New("a dictionary has a key that is neither a text nor a whole number")
	}
	if d.values == nil {
		d.values = map[any]Value{}
	}
	if _, known := d.values[k]; !known {
		d.Keys = append(d.Keys, k)
	}
	d.values[k] = value
	return nil
}

// Global is the name of something in a Python module. Nothing stands behind it here.
type Global struct{ Module, Name string }

// String gives the name as Python writes it.
func (g Global) String() string { return g.Module + "." + g.Name }

// Call is what Python would have made by calling Function with Args, then giving it State and Items.
type Call struct {
	Function Global
	Args     Tuple
	// State is nil when there is none.
	State Value
	// Items are nil when there are none.
	Items *Dict
}

// Reference stands for something kept outside the pickle, by what its writer called it.
type Reference struct{ ID Value }

// ErrTruncated says that the input ends too early.
var ErrTruncated = errors.New("it ends too early")

// Error says what is wrong with a pickle.
type Error struct {
	// Offset is the place in the input, in bytes.
	Offset int
	Err    error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("pickle, byte %d: %v", e.Offset, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ForbiddenError says that a pickle names something that is not allowed.
type ForbiddenError struct{ Global Global }

// Error implements error.
func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("it wants %s.%s, which is not among the names of an avatar", printable(e.Global.Module), printable(e.Global.Name))
}

// printable keeps a name short and harmless in a log.
func printable(name string) string {
	const longest = 80
	quoted := fmt.Sprintf("%+q", name)
	quoted = quoted[1 : len(quoted)-1]
	if len(quoted) > longest {
		quoted = quoted[:longest] + "…"
	}
	return quoted
}
