package main

import (
	"math"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/curve"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/hearing"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/viseme"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// mimic turns speech into faces: by its marks when it has any, else by ear.
type mimic struct {
	format speech.Format
	skip   int
	// articulation is how many times as far the jaw opens.
	articulation float64
	table        *viseme.Table
	track        *curve.Track
	ear          *hearing.Ear
	// held is a character whose end is not known before the next one comes.
	held *speech.Mark
	// heard is in samples; it counts where there are marks.
	heard int64
}

func newMimic(format speech.Format, skip int, articulation float64, table *viseme.Table, network *hearing.Network) (*mimic, error) {
	f := &mimic{format: format, skip: skip, articulation: articulation, table: table, track: curve.New(table)}
	if format.Marks == speech.NoMarks {
		ear, err := network.NewEar(format.SampleRate)
		if err != nil {
			return nil, err //nolint:wrapcheck // it says what it was doing
		}
		f.ear = ear
	}
	return f, nil
}

// close frees what listens.
func (f *mimic) close() error {
	if f.ear == nil {
		return nil
	}
	return f.ear.Close() //nolint:wrapcheck // it says what it was doing
}

// listen takes the next piece of speech.
func (f *mimic) listen(chunk speech.Chunk) error {
	if f.ear != nil {
		return f.ear.Hear(chunk.PCM) //nolint:wrapcheck // it says what it was doing
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
	if f.held != nil && (f.held.Length > 0 || f.seconds(f.heard-f.held.Start) >= curve.Longest) {
		f.release(f.heard)
	}
	return nil
}

// phoneme adds a phoneme to the track. One that does not say how long it is cannot be taken apart.
func (f *mimic) phoneme(mark speech.Mark) {
	from, length := f.seconds(mark.Start), f.seconds(mark.Length)
	sounds := f.table.Phonemes(mark.Text)
	if len(sounds) == 2 && length > 0 {
		change := from + f.table.Movement.FirstVowel*length
		f.track.Add(from, change, sounds[0])
		f.track.Add(change, from+length, sounds[1])
		return
	}
	f.track.Add(from, from+length, sounds[len(sounds)-1])
}

// release speaks the held character, which ends at the latest where the next begins.
func (f *mimic) release(next int64) {
	if f.held == nil {
		return
	}
	from, length := f.seconds(f.held.Start), f.seconds(f.held.Length)
	if length <= 0 {
		length = math.Max(0, math.Min(f.seconds(next)-from, curve.Longest))
	}
	r, _ := utf8.DecodeRuneInString(norm.NFC.String(f.held.Text))
	parts := f.table.Character(r)
	if parts == nil {
		f.track.Add(from, from+length, f.table.Phoneme(""))
	}
	for _, p := range parts {
		f.track.Add(from+p.From*length, from+p.To*length, p.Target)
	}
	f.held = nil
}

// end says that nothing follows.
func (f *mimic) end() error {
	if f.ear != nil {
		return f.ear.End() //nolint:wrapcheck // it says what it was doing
	}
	if f.held != nil {
		f.release(math.MaxInt64)
	}
	return nil
}

func (f *mimic) seconds(samples int64) float64 {
	return float64(samples) / float64(f.format.SampleRate)
}

// resampling is how much sound the change of the sample rate holds back at most, in seconds.
const resampling = 0.005

// lookahead is how much speech after a frame must be known, in seconds.
func (f *mimic) lookahead() float64 {
	skipped := float64(f.skip) / video.FrameRate
	if f.ear != nil {
		return hearing.Lookahead + resampling + 0.5/video.FrameRate + skipped
	}
	if f.format.Marks == speech.Characters {
		return f.table.Movement.Lookahead + curve.Longest + skipped
	}
	return f.table.Movement.Lookahead + 0.02 + skipped
}

// face is that of a frame. With a frame skip, all but closures is taken from every n-th frame and interpolated.
func (f *mimic) face(frame int) face.Coefficients {
	own := f.at(frame)
	if f.skip == 1 {
		return own
	}
	first := frame - frame%f.skip
	share := float64(frame-first) / float64(f.skip)
	given, next := f.at(first), f.at(first+f.skip)
	for i := range given {
		given[i] += share * (next[i] - given[i])
	}
	for _, c := range f.table.Movement.Closures {
		given[c.Coefficient] = own[c.Coefficient]
	}
	return given
}

// at is the face at the middle of a frame's time.
func (f *mimic) at(frame int) face.Coefficients {
	now := (float64(frame) + 0.5) / video.FrameRate
	var given face.Coefficients
	if f.ear != nil {
		given = f.ear.At(now)
	} else {
		given = f.track.At(now)
	}
	given[face.JawOpen] = math.Min(1, f.articulation*given[face.JawOpen])
	return given
}
