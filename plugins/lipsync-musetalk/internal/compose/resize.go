package compose

// Bits of the weights, as OpenCV's 8-bit bilinear resize has them.
const (
	weightBits = 11
	weightOne  = 1 << weightBits
)

// tap is where an output pixel comes from: two neighbours and the weight of the second, in 1/2048.
type tap struct{ first, second, weight int32 }

// taps spreads side pixels over size, pixel centres on pixel centres.
func taps(size int) []tap {
	all := make([]tap, size)
	for i := range all {
		at := (float64(i)+0.5)*Side/float64(size) - 0.5
		first := int32(at)
		if at < 0 {
			first = -1
		}
		share := at - float64(first)
		switch {
		case first < 0:
			first, share = 0, 0
		case first >= Side-1:
			first, share = Side-1, 0
		}
		all[i] = tap{first: first, second: min(first+1, Side-1), weight: int32(share*weightOne + 0.5)}
	}
	return all
}

// Resize scales a face of 256 × 256 pixels bilinearly, with the rounding of OpenCV's whole numbers.
func Resize(face []byte, width, height int) []byte {
	across, down := taps(width), taps(height)
	out := make([]byte, 3*width*height)
	rows := [2][]int32{make([]int32, 3*width), make([]int32, 3*width)}
	held := [2]int32{-1, -1}
	row := func(y int32) []int32 {
		at := y & 1
		if held[at] != y {
			stretch(rows[at], face[3*Side*y:3*Side*(y+1)], across)
			held[at] = y
		}
		return rows[at]
	}
	for y, d := range down {
		upper := row(d.first)
		lower := upper
		if d.second != d.first {
			lower = row(d.second)
		}
		to := out[3*width*y:]
		for x := range 3 * width {
			v := ((weightOne-d.weight)*(upper[x]>>4))>>16 + (d.weight*(lower[x]>>4))>>16
			to[x] = byte((v + 2) >> 2) //nolint:gosec // it lies between two bytes
		}
	}
	return out
}

// stretch scales one row; its values are 2,048 times those of the picture.
func stretch(to []int32, from []byte, across []tap) {
	for x, a := range across {
		for c := range int32(3) {
			to[3*int32(x)+c] = int32(from[3*a.first+c])*(weightOne-a.weight) + int32(from[3*a.second+c])*a.weight
		}
	}
}
