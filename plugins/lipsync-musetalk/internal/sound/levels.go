package sound

const (
	// quiet is the loudest that counts as silence, of 32768: -50 dB.
	quiet = 104
	// reach is how many frames of silence a mouth is given to close, and to open again before it speaks.
	reach = 3
	// fadeIn and fadeOut are in frames. The second is a quarter of a speech that is short, as the documented engine has it;
	// the first is not, since nobody knows yet how long the speech will be.
	fadeIn, fadeOut = 8, 8
)

// Levels tells for each frame of a speech how much of the new face is seen, 0 to 1: none in silence, all while there is
// speech, and between them a fade, so that nobody stays with an open mouth. The speech comes in pieces. Not safe for
// concurrent use.
type Levels struct {
	fps int
	// loud are the frames that are heard; seen is how much of the next one is, and whether that was loud.
	loud  []bool
	seen  int
	voice bool
	total int
}

// NewLevels is for a speech that has not begun.
func NewLevels(fps int) *Levels { return &Levels{fps: fps, total: -1} }

// Add takes what is said next.
func (l *Levels) Add(pcm []int16) {
	for _, s := range pcm {
		l.voice = l.voice || s > quiet || s < -quiet
		if l.seen++; l.seen == Rate/l.fps {
			l.loud = append(l.loud, l.voice)
			l.seen, l.voice = 0, false
		}
	}
}

// Finish tells that the speech is over and how many frames it has.
func (l *Levels) Finish(frames int) {
	l.loud = append(l.loud, l.voice)
	for len(l.loud) < frames {
		l.loud = append(l.loud, false)
	}
	l.loud, l.total = l.loud[:frames], frames
}

// Known tells whether nothing that may still be said changes a frame's level.
func (l *Levels) Known(n int) bool {
	heard := len(l.loud)
	// A speech that ends now has the nearest fade.
	return l.total >= 0 || (heard >= n+reach && heard-1-n >= min(fadeOut, heard/4))
}

// At gives the level of a frame that is known.
func (l *Levels) At(n int) float32 {
	away := reach
	for d := range reach {
		if (n-d >= 0 && l.loud[n-d]) || (n+d < len(l.loud) && l.loud[n+d]) {
			away = d
			break
		}
	}
	level := 1 - float32(away)/reach
	if n < fadeIn && l.total != 1 {
		level = min(level, float32(n+1)/(fadeIn+1))
	}
	if out := min(fadeOut, l.total/4); l.total >= 0 && l.total-1-n < out {
		level = min(level, float32(l.total-n)/float32(out+1))
	}
	return level
}
