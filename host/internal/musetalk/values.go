package musetalk

import (
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/visavis-dev/visavis/host/internal/pickle"
	"github.com/visavis-dev/visavis/host/internal/pickle/arrays"
)

// field gives the first of some names that a dictionary has; nil when it has none.
func field(d *pickle.Dict, names ...string) pickle.Value {
	for _, name := range names {
		if v, ok := d.Get(name); ok {
			return v
		}
	}
	return nil
}

// items gives what is in a list or tuple.
func items(v pickle.Value, what string) ([]pickle.Value, error) {
	switch c := v.(type) {
	case *pickle.List:
		return c.Items, nil
	case pickle.Tuple:
		return c, nil
	case nil:
		return nil, fmt.Errorf("it has no %s", what)
	}
	return nil, fmt.Errorf("its %s are no list", what)
}

// whole reads a whole number, also one that is written as 0.0.
func whole(v pickle.Value) (int, error) {
	if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) < math.MaxInt32 {
		return int(f), nil
	}
	n, err := arrays.Int(v)
	if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
		return 0, errors.New("a coordinate is no whole number")
	}
	return int(n), nil
}

// rectangle reads x1, y1, x2, y2.
func rectangle(v pickle.Value) (image.Rectangle, error) {
	var at [4]int
	if c, ok := v.(*pickle.Call); ok { // an array of numpy
		return fromArray(c)
	}
	corners, err := items(v, "coordinates")
	if err != nil {
		return image.Rectangle{}, err
	}
	if len(corners) != len(at) {
		return image.Rectangle{}, fmt.Errorf("a box has %d coordinates", len(corners))
	}
	for i, c := range corners {
		if at[i], err = whole(c); err != nil {
			return image.Rectangle{}, err
		}
	}
	return box(at), nil
}

func fromArray(c *pickle.Call) (image.Rectangle, error) {
	a, err := arrays.NumPy(c)
	if err != nil {
		return image.Rectangle{}, err //nolint:wrapcheck // it says what is wrong
	}
	values, err := a.Ints()
	if err != nil || len(values) != 4 {
		return image.Rectangle{}, errors.New("a box has no four whole coordinates")
	}
	return box([4]int(values)), nil
}

// box keeps the corners as they are written: a box that is inside out is wrong, and is told so.
func box(at [4]int) image.Rectangle {
	return image.Rectangle{Min: image.Pt(at[0], at[1]), Max: image.Pt(at[2], at[3])}
}

// isNone tells whether a box stands for no face: (0, 0, 0, 0), to whose lower edge some writers added a margin.
func isNone(r image.Rectangle) bool { return r.Min == image.Point{} && r.Max.X == 0 }
