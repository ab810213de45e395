// Package speech describes speech as it travels between engines: PCM, and
// marks that say what is spoken when. Time is counted in samples.
package speech

// MarkKind says what the marks of a speech name.
type MarkKind string

// The kinds of marks. NoMarks means that the engine cannot tell.
const (
	NoMarks    MarkKind = ""
	Phonemes   MarkKind = "phoneme"
	Characters MarkKind = "character"
)

// Bounds of a sample rate, in Hz.
const (
	MinSampleRate = 8000
	MaxSampleRate = 48000
)

// Format is told once, before the first chunk. Speech is always mono.
type Format struct {
	// SampleRate is in Hz, MinSampleRate to MaxSampleRate.
	SampleRate int
	Marks      MarkKind
}

// Mark says that a phoneme or a character is spoken from Start on.
type Mark struct {
	// Start is the first sample, counted from the start of the speech.
	Start int64
	// Length is in samples; 0 lasts until the next mark.
	Length int64
	// Text is a phoneme in IPA, or one character of the text. A pause is "".
	Text string
}

// Chunk is a piece of speech. Marks that start inside the chunk, or before
// its end, come with it or with an earlier one, in the order of their starts.
type Chunk struct {
	PCM   []int16
	Marks []Mark
}
