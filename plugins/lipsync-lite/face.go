package main

import (
	"math"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/curve"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/hearing"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// face turns speech into poses: by its marks when it has any, else by ear.
type face struct {
	format speech.Format
	skip   int
	track  curve.Track
	ear    *hearing.Ear
	// held is a character whose end is not known before the next one comes.
	held *speech.Mark
	// heard is in samples; it counts where there are marks.
	heard int64
}

func newFace(format speech.Format, skip int) *face {
	f := &face{format: format, skip: skip}
	if format.Marks == speech.NoMarks {
		f.ear = hearing.NewEar(format.SampleRate)
	}
	return f
}

// listen takes the next piece of speech.
func (f *face) listen(chunk speech.Chunk) {
	if f.ear != nil {
		f.ear.Hear(chunk.PCM)
		return
	}
	f.heard += int64(len(chunk.PCM))
	for _, mark := range chunk.Marks {
		if f.format.Marks == speech.Phonemes {
			f.phoneme(mark)
			continue
		}
		f.release(mark.Start)
		f.held = &mark
	}
	if f.held != nil && (f.held.Length > 0 || f.seconds(f.heard-f.held.Start) >= longestCharacter) {
		f.release(f.heard)
	}
}

// firstVowel is the share of a diphthong's time that its first vowel has.
const firstVowel = 0.6

// phoneme adds a phoneme to the track. One that does not say how long it is cannot be taken apart.
func (f *face) phoneme(mark speech.Mark) {
	from, length := f.seconds(mark.Start), f.seconds(mark.Length)
	sounds := viseme.Phonemes(mark.Text)
	if len(sounds) == 2 && length > 0 {
		f.track.Add(from, from+firstVowel*length, sounds[0])
		f.track.Add(from+firstVowel*length, from+length, sounds[1])
		return
	}
	f.track.Add(from, from+length, sounds[len(sounds)-1])
}

// longestCharacter bounds a character that does not say how long it is, in seconds.
const longestCharacter = 0.35

// release speaks the held character, which ends at the latest where the next begins.
func (f *face) release(next int64) {
	if f.held == nil {
		return
	}
	from, length := f.seconds(f.held.Start), f.seconds(f.held.Length)
	if length <= 0 {
		length = math.Max(0, math.Min(f.seconds(next)-from, longestCharacter))
	}
	r, _ := utf8.DecodeRuneInString(norm.NFC.String(f.held.Text))
	parts := viseme.Character(r)
	if parts == nil {
		f.track.Add(from, from+length, viseme.Phoneme(""))
	}
	for _, p := range parts {
		f.track.Add(from+p.From*length, from+p.To*length, p.Target)
	}
	f.held = nil
}

// end says that nothing follows.
func (f *face) end() {
	if f.held != nil {
		f.release(math.MaxInt64)
	}
}

func (f *face) seconds(samples int64) float64 { return float64(samples) / float64(f.format.SampleRate) }

// lookahead is how much speech after a frame must be known, in seconds.
func (f *face) lookahead() float64 {
	skipped := float64(f.skip) / video.FrameRate
	if f.ear != nil {
		return hearing.Lookahead + 0.1 + skipped
	}
	if f.format.Marks == speech.Characters {
		return curve.Lookahead + longestCharacter + skipped
	}
	return curve.Lookahead + 0.02 + skipped
}

// pose is the mouth of a frame. With a frame skip, all but closures is taken from every n-th frame and interpolated.
func (f *face) pose(frame int) curve.Pose {
	own := f.at(frame)
	if f.skip == 1 {
		return own
	}
	first := frame - frame%f.skip
	share := float64(frame-first) / float64(f.skip)
	a, b := f.at(first), f.at(first+f.skip)
	return curve.Pose{
		Open: a.Open + share*(b.Open-a.Open), Shape: a.Shape + share*(b.Shape-a.Shape),
		Tongue: a.Tongue + share*(b.Tongue-a.Tongue), Press: own.Press, Bite: own.Bite,
	}
}

// at is the pose at the middle of a frame's time.
func (f *face) at(frame int) curve.Pose {
	now := (float64(frame) + 0.5) / video.FrameRate
	if f.ear != nil {
		return f.ear.At(now)
	}
	return f.track.At(now)
}
