package compose

import (
	"encoding/binary"
	"math"
)

// unity is a share of 1; a sum of bytes with such shares fits in 16 bits.
const unity = 1 << 8

// picture is a picture of a mix with its share, 1 to unity.
type picture struct {
	bytes []byte
	share uint64
}

// mix adds pictures up by their shares, which sum up to 1, into out or gives the only one.
func mix(out []byte, stack [][]byte, picks []pick) []byte {
	var room [16]picture
	pictures := room[:0]
	left, largest := uint64(unity), 0
	for _, p := range picks {
		share := min(left, uint64(math.Round(p.share*unity)))
		if share == 0 {
			continue
		}
		left -= share
		pictures = append(pictures, picture{stack[p.frame], share})
		if share > pictures[largest].share {
			largest = len(pictures) - 1
		}
	}
	if len(pictures) == 0 {
		return stack[picks[len(picks)-1].frame]
	}
	pictures[largest].share += left // what rounding left over
	if len(pictures) == 1 {
		return pictures[0].bytes
	}
	out = out[:len(stack[0])]
	add(out, pictures)
	return out
}

// add works on eight bytes at once: those at even and at odd places, each in 16 bits.
func add(out []byte, pictures []picture) {
	const bytes, half = 0x00FF00FF00FF00FF, 0x0080008000800080
	at := 0
	for ; at+8 <= len(out); at += 8 {
		even, odd := uint64(half), uint64(half)
		for _, p := range pictures {
			v := binary.LittleEndian.Uint64(p.bytes[at:])
			even += v & bytes * p.share
			odd += v >> 8 & bytes * p.share
		}
		binary.LittleEndian.PutUint64(out[at:], even>>8&bytes|odd&^bytes)
	}
	for ; at < len(out); at++ {
		sum := uint64(unity / 2)
		for _, p := range pictures {
			sum += uint64(p.bytes[at]) * p.share
		}
		out[at] = byte(sum / unity)
	}
}

// mask lets a picture through.
type mask struct {
	width int
	// alpha is 0 to 255, row by row.
	alpha []byte
	runs  []run
}

// run is a part of a row that the picture covers, wholly or in part.
type run struct {
	row, from, to int
	opaque        bool
}

// newMask finds the runs of a mask; without alpha it is opaque.
func newMask(alpha []byte, width, height int) mask {
	m := mask{width: width, alpha: alpha}
	for row := range height {
		if alpha == nil {
			m.runs = append(m.runs, run{row: row, to: width, opaque: true})
			continue
		}
		line := alpha[row*width:][:width]
		for from := 0; from < width; {
			to := from + 1
			for to < width && kind(line[to]) == kind(line[from]) {
				to++
			}
			if line[from] != 0 {
				m.runs = append(m.runs, run{row, from, to, line[from] == math.MaxUint8})
			}
			from = to
		}
	}
	return m
}

// kind tells the alphas apart that are drawn in different ways.
func kind(alpha byte) int {
	switch alpha {
	case 0:
		return 0
	case math.MaxUint8:
		return 2
	}
	return 1
}

// draw lays a picture of the mask's size over out, whose rows are stride apart.
func (m *mask) draw(out []byte, stride int, picture []byte) {
	for _, r := range m.runs {
		from := picture[r.row*m.width:][r.from:r.to]
		to := out[r.row*stride:][r.from:r.to]
		if r.opaque {
			copy(to, from)
			continue
		}
		alpha := m.alpha[r.row*m.width:][r.from:r.to]
		for i, v := range from {
			a := uint32(alpha[i])
			// (v·a + to·(255-a)) / 255, rounded
			to[i] = byte((uint32(v)*a + uint32(to[i])*(math.MaxUint8-a) + 127) / math.MaxUint8) //nolint:gosec // a mean of bytes
		}
	}
}
