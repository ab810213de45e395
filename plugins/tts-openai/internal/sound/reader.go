// Package sound reads speech from a stream as it comes: raw samples, or WAV. It knows
// nothing of servers.
package sound

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/visavis-dev/visavis/sdk/audio"
)

// ErrFormat means that the stream is a WAV file of a kind that cannot be read.
var ErrFormat = errors.New("not a readable WAV file")

// maxBytes bounds a stream: an hour of 48 kHz stereo.
const maxBytes = 700 << 20

// Reader gives mono samples. It is not safe for concurrent use.
type Reader struct {
	end    *watched
	source *bufio.Reader
	// wav is nil for raw samples.
	wav  *audio.WAVReader
	rate int
	raw  []byte
}

// Open looks at the beginning of a stream: WAV is known by its first bytes, anything else
// is 16-bit little-endian mono at the given rate.
func Open(in io.Reader, rate int) (*Reader, error) {
	r := &Reader{end: &watched{in: io.LimitReader(in, maxBytes)}, rate: rate}
	r.source = bufio.NewReader(r.end)
	if magic, _ := r.source.Peek(4); string(magic) != "RIFF" { // what is shorter is no WAV file
		return r, nil
	}
	wav, err := audio.NewWAVReader(r.source)
	switch {
	case err != nil && r.end.broken:
		return nil, fmt.Errorf("read sound: %w", err)
	case err != nil:
		return nil, fmt.Errorf("read sound: %w: %w", ErrFormat, err)
	}
	r.wav, r.rate = wav, wav.SampleRate()
	return r, nil
}

// Rate is the sample rate in Hz.
func (r *Reader) Rate() int { return r.rate }

// Read fills samples with at least one, waiting for it. io.EOF is the end.
func (r *Reader) Read(samples []int16) (int, error) {
	if r.wav == nil {
		return r.readRaw(samples)
	}
	n, err := r.wav.Read(samples)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && !r.end.broken:
		// Servers that do not know the length yet write a wrong one.
		return 0, io.EOF
	default:
		return 0, fmt.Errorf("read sound: %w", err)
	}
}

// readRaw reads what is there, but whole samples; half a one at the end is dropped.
func (r *Reader) readRaw(samples []int16) (int, error) {
	const width = 2
	if _, err := r.source.Peek(width); err != nil {
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		return 0, fmt.Errorf("read sound: %w", err)
	}
	want := min(width*len(samples), r.source.Buffered()/width*width)
	if cap(r.raw) < want {
		r.raw = make([]byte, want)
	}
	n, err := io.ReadFull(r.source, r.raw[:want])
	if err != nil {
		return 0, fmt.Errorf("read sound: %w", err)
	}
	for i := range n / width {
		samples[i] = int16(binary.LittleEndian.Uint16(r.raw[width*i:])) //nolint:gosec // the bits are a signed sample
	}
	return n / width, nil
}

// watched remembers whether a stream failed, or just ended.
type watched struct {
	in     io.Reader
	broken bool
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.broken = true
	}
	return n, err //nolint:wrapcheck // io.EOF stays what it is
}
