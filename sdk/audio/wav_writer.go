package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/visavis-dev/visavis/sdk/speech"
)

const (
	headerSize = 44
	// maxData is what the 32-bit sizes of a WAV file can tell.
	maxData = math.MaxUint32 - headerSize
)

// WAVWriter writes mono PCM16 as a WAV file, as it comes. Not safe for concurrent use.
type WAVWriter struct {
	out     io.WriteSeeker
	rate    int
	bytes   int64
	scratch []byte
	closed  bool
}

// NewWAVWriter writes the header at the current place of out, which must be its
// start. sampleRate is in Hz.
func NewWAVWriter(out io.WriteSeeker, sampleRate int) (*WAVWriter, error) {
	if sampleRate < speech.MinSampleRate || sampleRate > speech.MaxSampleRate {
		return nil, fmt.Errorf("start WAV: sample rate %d is not %d to %d", sampleRate, speech.MinSampleRate, speech.MaxSampleRate)
	}
	w := &WAVWriter{out: out, rate: sampleRate}
	if _, err := out.Write(header(sampleRate, 0)); err != nil {
		return nil, fmt.Errorf("write WAV header: %w", err)
	}
	return w, nil
}

// Write appends samples; it does not keep the slice.
func (w *WAVWriter) Write(pcm []int16) error {
	size := int64(len(pcm)) * 2
	switch {
	case w.closed:
		return errors.New("write WAV: it is closed")
	case w.bytes+size > maxData:
		return errors.New("write WAV: more than 4 GiB")
	}
	w.scratch = AppendBytes(w.scratch[:0], pcm)
	n, err := w.out.Write(w.scratch)
	w.bytes += int64(n)
	if err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}

// Close writes the sizes into the header and leaves out positioned at its end. It does not close out.
func (w *WAVWriter) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	if _, err := w.out.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("seek WAV header: %w", err)
	}
	if _, err := w.out.Write(header(w.rate, uint32(w.bytes))); err != nil { //nolint:gosec // Write bounds it
		return fmt.Errorf("write WAV header: %w", err)
	}
	if _, err := w.out.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("seek WAV end: %w", err)
	}
	return nil
}

func header(rate int, data uint32) []byte {
	h := make([]byte, 0, headerSize)
	h = append(h, "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, data+headerSize-8)
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, 16)
	h = binary.LittleEndian.AppendUint16(h, formatPCM)
	h = binary.LittleEndian.AppendUint16(h, 1)
	h = binary.LittleEndian.AppendUint32(h, uint32(rate))   //nolint:gosec // NewWAVWriter bounds it
	h = binary.LittleEndian.AppendUint32(h, uint32(rate*2)) //nolint:gosec // NewWAVWriter bounds it
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint16(h, 16)
	h = append(h, "data"...)
	return binary.LittleEndian.AppendUint32(h, data)
}

// AppendBytes appends samples as little-endian bytes.
func AppendBytes(dst []byte, pcm []int16) []byte {
	for _, s := range pcm {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(s)) //nolint:gosec // the same bits
	}
	return dst
}
