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

// Frames is how many frames of a rate show so many samples, the last one perhaps in part.
func Frames(samples int64, fps int) int {
	return int((samples*int64(fps) + Rate - 1) / Rate)
}

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

// At cuts the sound of a frame into dst, of Window values: features 2i-4 to 2i+6 at 25 frames a second, silence where the
// speech has not begun or is over.
func At(dst, features []float32, frame, fps int) {
	clear(dst)
	first := frame*Features/fps - before
	for n := range Span {
		at := first + n
		if at < 0 || (at+1)*Feature > len(features) {
			continue
		}
		copy(dst[n*Feature:], features[at*Feature:(at+1)*Feature])
	}
}

const (
	// quiet is the loudest that counts as silence, of 32768: -50 dB.
	quiet = 104
	// reach is how many frames of silence a mouth is given to close, and to open again before it speaks.
	reach = 3
)

// Levels tells for each frame how much of the new face is seen, 0 to 1: none in silence, all while there is speech, and
// between them a fade, so that nobody stays with an open mouth.
func Levels(pcm []int16, frames, fps int) []float32 {
	loud := make([]bool, frames)
	for n := range loud {
		from, to := n*Rate/fps, min((n+1)*Rate/fps, len(pcm))
		for _, s := range pcm[min(from, to):to] {
			if s > quiet || s < -quiet {
				loud[n] = true
				break
			}
		}
	}
	levels := make([]float32, frames)
	for n := range levels {
		away := reach
		for d := range reach {
			if (n-d >= 0 && loud[n-d]) || (n+d < frames && loud[n+d]) {
				away = d
				break
			}
		}
		levels[n] = 1 - float32(away)/reach
	}
	fade(levels)
	return levels
}

// longestFade is in frames, as the documented engine has it.
const longestFade = 8

// fade takes the new face in at the beginning and out at the end.
func fade(levels []float32) {
	n := min(longestFade, len(levels)/4)
	for i := range n {
		share := float32(i+1) / float32(n+1)
		levels[i] = min(levels[i], share)
		levels[len(levels)-1-i] = min(levels[len(levels)-1-i], share)
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
