// Package sound cuts what the audio network makes of a speech into what the face network hears for each frame. It runs no
// network.
package sound

const (
	// Rate is what the audio network hears, in Hz.
	Rate = 16000
	// Segment is how much it hears at once, in samples.
	Segment = 480000
	// Features is how many features a second of sound has.
	Features = 50
	// Feature is how many values one has: five layers of 384.
	Feature = 5 * 384
	// Span is how many features a frame hears.
	Span = 10
	// before is how many of them lie before the frame's own.
	before = 4
	// Window is how many values a frame's sound has: 50 tokens of 384.
	Window = Span * Feature
)

// Pad gives a segment of a speech as the audio network wants it: samples from -1 to 1, silence to its end.
func Pad(pcm []int16) []float32 {
	out := make([]float32, Segment)
	for i, s := range pcm[:min(len(pcm), Segment)] {
		out[i] = float32(s) / 32768
	}
	return out
}

// Length is how many features of a segment are of so many samples; the rest is of the silence behind them.
func Length(samples int) int { return min(samples, Segment) * Features / Rate }

// End is the first feature behind those that a frame hears.
func End(frame, fps int) int { return frame*Features/fps - before + Span }

// Start is the first of them; it lies before the speech for its first frames.
func Start(frame, fps int) int { return frame*Features/fps - before }

// At cuts the sound of a frame into dst, of Window values: features 2i-4 to 2i+6 at 25 frames a second, silence where the
// speech has not begun or is over. The first feature that is given is the speech's feature from.
func At(dst, features []float32, from, frame, fps int) {
	clear(dst)
	first := Start(frame, fps) - from
	for n := range Span {
		at := first + n
		if at < 0 || (at+1)*Feature > len(features) {
			continue
		}
		copy(dst[n*Feature:], features[at*Feature:(at+1)*Feature])
	}
}

// Clamp fills what At left silent with the nearest feature.
func Clamp(dst, features []float32, from, frame, fps int) {
	count := len(features) / Feature
	if count == 0 {
		return
	}
	first := Start(frame, fps) - from
	for n := range Span {
		at := min(max(first+n, 0), count-1)
		copy(dst[n*Feature:(n+1)*Feature], features[at*Feature:])
	}
}

// Mirrored is the frame of a film that is played forwards and backwards without end.
func Mirrored(n, length int) int {
	if length == 1 {
		return 0
	}
	n %= 2*length - 2
	if n < length {
		return n
	}
	return 2*length - 2 - n
}
