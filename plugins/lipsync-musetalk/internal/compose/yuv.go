package compose

import "image"

// Even widens a rectangle to even corners, inside a frame whose sides are even.
func Even(r, frame image.Rectangle) image.Rectangle {
	if r.Empty() {
		return image.Rectangle{}
	}
	r.Min.X, r.Min.Y = r.Min.X&^1, r.Min.Y&^1
	r.Max.X, r.Max.Y = (r.Max.X+1)&^1, (r.Max.Y+1)&^1
	return r.Intersect(frame)
}

// BT.709 in the limited range, in 1/65536.
const (
	yR, yG, yB = 11966, 40254, 4064
	uR, uG, uB = -6596, -22189, 28784
	vR, vG, vB = 28784, -26145, -2639
)

// Into writes a patch with even corners into a yuv420p frame of a size. Colour is the mean of each four pixels.
func (p Patch) Into(frame []byte, width, height int) {
	luma, u := frame[:width*height], frame[width*height:]
	v := u[width*height/4:]
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y += 2 {
		upper, lower := p.row(p.Rect.Min.X, y), p.row(p.Rect.Min.X, y+1)
		for x := p.Rect.Min.X; x < p.Rect.Max.X; x += 2 {
			at := 3 * (x - p.Rect.Min.X)
			var sum [3]int32
			for n, pixel := range [][]byte{upper[at:], upper[at+3:], lower[at:], lower[at+3:]} {
				b, g, r := int32(pixel[0]), int32(pixel[1]), int32(pixel[2])
				sum[0], sum[1], sum[2] = sum[0]+b, sum[1]+g, sum[2]+r
				luma[(y+n/2)*width+x+n%2] = byte(16 + (yR*r+yG*g+yB*b+1<<15)>>16) //nolint:gosec // 16 to 235
			}
			to := y/2*width/2 + x/2
			u[to] = byte(128 + (uR*sum[2]+uG*sum[1]+uB*sum[0]+1<<17)>>18) //nolint:gosec // 16 to 240
			v[to] = byte(128 + (vR*sum[2]+vG*sum[1]+vB*sum[0]+1<<17)>>18) //nolint:gosec // 16 to 240
		}
	}
}

// BGR gives a yuv420p frame as 8 bits of blue, green and red.
func BGR(frame []byte, width, height int) []byte {
	u := frame[width*height:]
	v := u[width*height/4:]
	out := make([]byte, 3*width*height)
	for y := range height {
		for x := range width {
			at := y/2*width/2 + x/2
			luma := 76309 * (int32(frame[y*width+x]) - 16)
			cb, cr := int32(u[at])-128, int32(v[at])-128
			p := out[3*(y*width+x):]
			p[0] = narrow(luma + 138438*cb)
			p[1] = narrow(luma - 13975*cb - 34925*cr)
			p[2] = narrow(luma + 117489*cr)
		}
	}
	return out
}

// narrow rounds 1/65536 to a byte.
func narrow(v int32) byte { return byte(min(max((v+1<<15)>>16, 0), 255)) }
