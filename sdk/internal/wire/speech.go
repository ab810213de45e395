package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/visavis-dev/visavis/sdk/fault"
	speechv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/speech/v1"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// MaxSamples is how many samples travel in one message; more are sent in several.
const MaxSamples = 1 << 19

// ToFormat checks and encodes a format. A wrong one is a defect of whoever speaks: no client chooses it.
func ToFormat(f speech.Format) (*speechv1.Format, error) {
	if f.SampleRate < speech.MinSampleRate || f.SampleRate > speech.MaxSampleRate {
		return nil, fault.New(fault.Internal, "start speech", "",
			fmt.Errorf("sample rate %d Hz is outside %d to %d", f.SampleRate, speech.MinSampleRate, speech.MaxSampleRate))
	}
	out := &speechv1.Format{SampleRate: uint32(f.SampleRate)}
	switch f.Marks {
	case speech.Phonemes:
		out.Marks = speechv1.MarkKind_MARK_KIND_PHONEME
	case speech.Characters:
		out.Marks = speechv1.MarkKind_MARK_KIND_CHARACTER
	case speech.NoMarks:
	default:
		return nil, fault.New(fault.Internal, "start speech", "", fmt.Errorf("unknown kind of marks %q", f.Marks))
	}
	return out, nil
}

// FromFormat decodes and checks a format.
func FromFormat(f *speechv1.Format) (speech.Format, error) {
	out := speech.Format{SampleRate: int(f.GetSampleRate())}
	switch f.GetMarks() {
	case speechv1.MarkKind_MARK_KIND_PHONEME:
		out.Marks = speech.Phonemes
	case speechv1.MarkKind_MARK_KIND_CHARACTER:
		out.Marks = speech.Characters
	case speechv1.MarkKind_MARK_KIND_UNSPECIFIED:
	}
	if _, err := ToFormat(out); err != nil {
		return speech.Format{}, err
	}
	return out, nil
}

// ToChunks encodes a chunk, in several messages when it is large.
func ToChunks(c speech.Chunk) []*speechv1.Chunk {
	marks := make([]*speechv1.Mark, 0, len(c.Marks))
	for _, m := range c.Marks {
		marks = append(marks, &speechv1.Mark{Start: m.Start, Length: m.Length, Text: m.Text})
	}
	if len(c.PCM) == 0 && len(marks) == 0 {
		return nil
	}
	first := c.PCM[:min(len(c.PCM), MaxSamples)]
	out := []*speechv1.Chunk{{Pcm: ToPCM(first), Marks: marks}}
	for rest := c.PCM[len(first):]; len(rest) > 0; {
		n := min(len(rest), MaxSamples)
		out = append(out, &speechv1.Chunk{Pcm: ToPCM(rest[:n])})
		rest = rest[n:]
	}
	return out
}

// FromChunk decodes a chunk.
func FromChunk(c *speechv1.Chunk) (speech.Chunk, error) {
	raw := c.GetPcm()
	if len(raw)%2 != 0 {
		return speech.Chunk{}, fault.New(fault.Internal, "read speech", "", fmt.Errorf("%d bytes are no 16-bit samples", len(raw)))
	}
	out := speech.Chunk{PCM: make([]int16, len(raw)/2)}
	for i := range out.PCM {
		out.PCM[i] = int16(binary.LittleEndian.Uint16(raw[2*i:])) //nolint:gosec // the bits are a signed sample
	}
	for _, m := range c.GetMarks() {
		out.Marks = append(out.Marks, speech.Mark{Start: m.GetStart(), Length: m.GetLength(), Text: m.GetText()})
	}
	return out, nil
}

// ToPCM writes samples as little-endian bytes.
func ToPCM(samples []int16) []byte {
	raw := make([]byte, 2*len(samples))
	for i, s := range samples {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(s)) //nolint:gosec // the bits are a signed sample
	}
	return raw
}
