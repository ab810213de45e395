package mouth

import "fmt"

// Positions are whole numbers of 1/1024 of a pixel: a network's own rounding is coarser, and floats took longer.
const (
	fine = 10
	one  = 1 << fine
)

// tap is where a pixel lies between two places of a coarser grid.
type tap struct {
	before, after int
	share         int // of after, of one
}

// taps lays size pixels over places that are evenly spread; beyond the middle of the outermost place nothing changes.
func taps(size, places int) []tap {
	out := make([]tap, size)
	for i := range out {
		at := max(0, one*(2*i+1)*places/(2*size)-one/2)
		before := at / one
		out[i] = tap{before: before, after: min(before+1, places-1), share: at % one}
	}
	return out
}

// mover fetches the pixels of a plane from where they come from.
type mover struct {
	width, height int
	across, down  int // places of a shift
	columns, rows []tap
	x, y          []int // where the places of one row of pixels come from
	keep          []int // and how much of it is kept, of one
}

func newMover(width, height, across, down int) (*mover, error) {
	if across < 1 || down < 1 { // in a small video there may be more than pixels
		return nil, fmt.Errorf("a shift of %d x %d places is none", across, down)
	}
	return &mover{
		width: width, height: height, across: across, down: down,
		columns: taps(width, across), rows: taps(height, down),
		x: make([]int, across), y: make([]int, across), keep: make([]int, across),
	}, nil
}

// planes is how many a shift has: to the right, below, and what is kept.
const planes = 3

// row writes row y of a plane: each pixel is mixed of the four from around the place that it comes from, as much of it is kept as the
// shift says, and it gets what is added. The first two planes of a shift are in shares of width and height.
func (m *mover) row(out, from []byte, y int, shift, add []float32) {
	size := m.across * m.down
	m.places(m.x, shift[:size], m.rows[y], m.width)
	m.places(m.y, shift[size:2*size], m.rows[y], m.height)
	m.places(m.keep, shift[2*size:], m.rows[y], 1)
	lastX, lastY := (m.width-1)*one, (m.height-1)*one
	out, add = out[:m.width], add[:m.width]
	for x, c := range m.columns {
		fx := x*one + m.x[c.before] + ((m.x[c.after]-m.x[c.before])*c.share)>>fine
		fy := y*one + m.y[c.before] + ((m.y[c.after]-m.y[c.before])*c.share)>>fine
		fx, fy = min(max(fx, 0), lastX), min(max(fy, 0), lastY)
		right, below := fx&(one-1), fy&(one-1)
		at := (fy>>fine)*m.width + fx>>fine
		var v int
		switch {
		case right|below == 0:
			v = int(from[at]) << (2 * fine)
		case fx < lastX && fy < lastY:
			upper, lower := from[at:at+2], from[at+m.width:at+m.width+2]
			v = mixed([4]byte{upper[0], upper[1], lower[0], lower[1]}, right, below)
		default: // the last row or column has none beyond it
			beside, under := min(1, right), min(1, below)*m.width
			v = mixed([4]byte{from[at], from[at+beside], from[at+under], from[at+under+beside]}, right, below)
		}
		kept := m.keep[c.before] + ((m.keep[c.after]-m.keep[c.before])*c.share)>>fine
		out[x] = clamp(float32(v*kept)*(1.0/(one*one*one)) + add[x] + 0.5)
	}
}

// places gives what one plane says of the places of a row of pixels, from -1 to 1, times size.
func (m *mover) places(out []int, shift []float32, row tap, size int) {
	upper, lower := shift[row.before*m.across:][:m.across], shift[row.after*m.across:][:m.across]
	share, whole := float32(row.share)/one, float32(size)
	for i := range out {
		// What is no number is nothing, and is neither more nor less than any.
		s := upper[i] + (lower[i]-upper[i])*share
		if !(s >= -1 && s <= 1) {
			s = 0
		}
		out[i] = int(s * whole * one)
	}
}

// mixed mixes four neighbours, two above two, times one twice.
func mixed(of [4]byte, right, below int) int {
	upper := int(of[0])<<fine + (int(of[1])-int(of[0]))*right
	lower := int(of[2])<<fine + (int(of[3])-int(of[2]))*right
	return upper<<fine + (lower-upper)*below
}

// clamp gives the byte of what is rounded already; what is no number is 0.
func clamp(v float32) byte {
	if v >= 255 {
		return 255
	}
	if v > 0 {
		return byte(v)
	}
	return 0
}
