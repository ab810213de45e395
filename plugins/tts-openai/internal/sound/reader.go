// Package sound reads speech from a stream as it comes: raw samples, WAV, or what ffmpeg
// decodes. It knows nothing of servers.
package sound

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/visavis-dev/visavis/sdk/audio"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// ErrFormat means that the stream is of a kind that cannot be read.
var ErrFormat = errors.New("not readable sound")

// maxBytes bounds a stream: an hour of 48 kHz stereo.
const maxBytes = 700 << 20

// Reader gives mono samples. It is not safe for concurrent use.
type Reader struct {
	end    *watched
	closer io.Closer
	source *bufio.Reader
	// wav is nil for raw samples.
	wav   *audio.WAVReader
	raw   bool
	rate  int
	bytes []byte
}

// Open looks at the beginning of a stream: WAV and compressed sound are known by their first bytes, anything else
// is 16-bit little-endian mono at the given rate. Compressed sound is decoded by ffmpeg, at that rate too. The reader
// ends with ctx and closes the stream; when Open fails it has closed it.
func Open(ctx context.Context, in io.ReadCloser, rate int, ffmpeg string) (*Reader, error) {
	r := &Reader{end: &watched{in: io.LimitReader(in, maxBytes)}, closer: in, rate: rate}
	r.source = bufio.NewReaderSize(r.end, lookAhead)
	if magic, _ := r.source.Peek(4); string(magic) == "RIFF" { // what is shorter is raw
		if head, _ := r.source.Peek(wavHead); foreign(head) {
			return r, r.decode(ctx, "wav", ffmpeg)
		}
		return r, r.openWAV()
	}
	begin, _ := r.source.Peek(r.enough())
	if form := form(begin); form != "" {
		return r, r.decode(ctx, form, ffmpeg)
	}
	r.raw = true
	return r, nil
}

// wavHead is the beginning of a WAV file up to its sample rate, in bytes.
const wavHead = 28

// foreign tells whether a WAV file must be left to ffmpeg: one of a higher rate than speech may have, or coded (µ-law).
func foreign(head []byte) bool {
	if len(head) < wavHead || string(head[12:16]) != "fmt " {
		return false
	}
	code, rate := binary.LittleEndian.Uint16(head[20:]), binary.LittleEndian.Uint32(head[24:])
	const pcm, float, extensible = 1, 3, 0xfffe
	return rate > speech.MaxSampleRate || code != pcm && code != float && code != extensible
}

// enough is how much must be there to know the form: no more than a few bytes, unless they could begin a frame.
func (r *Reader) enough() int {
	const header = 4
	if begin, _ := r.source.Peek(header); len(begin) == header && begin[0] == 0xff && begin[1]&0xe0 == 0xe0 {
		return lookAhead
	}
	return header
}

func (r *Reader) openWAV() error {
	wav, err := audio.NewWAVReader(r.source)
	switch {
	case err != nil && r.end.broken:
		return errors.Join(fmt.Errorf("read sound: %w", err), r.Close())
	case err != nil:
		return errors.Join(fmt.Errorf("read sound: %w: %w", ErrFormat, err), r.Close())
	}
	r.wav, r.rate = wav, wav.SampleRate()
	return nil
}

func (r *Reader) decode(ctx context.Context, form, ffmpeg string) error {
	decoder, err := video.DecodeSound(ctx, ffmpeg, struct {
		io.Reader
		io.Closer
	}{r.source, r.closer}, form, r.rate)
	if err != nil {
		return fmt.Errorf("read sound: %w", err)
	}
	r.closer, r.source = decoder, bufio.NewReader(decoder)
	return nil
}

// Close ends the stream.
func (r *Reader) Close() error {
	if err := r.closer.Close(); err != nil {
		return fmt.Errorf("close sound: %w", err)
	}
	return nil
}

// Raw tells whether the stream is taken for raw samples, since it begins like nothing else.
func (r *Reader) Raw() bool { return r.raw }

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
		if fault.KindOf(err) == fault.Invalid { // ffmpeg's word
			err = errors.Join(ErrFormat, err)
		}
		return 0, fmt.Errorf("read sound: %w", err)
	}
	want := min(width*len(samples), r.source.Buffered()/width*width)
	if cap(r.bytes) < want {
		r.bytes = make([]byte, want)
	}
	n, err := io.ReadFull(r.source, r.bytes[:want])
	if err != nil {
		return 0, fmt.Errorf("read sound: %w", err)
	}
	for i := range n / width {
		samples[i] = int16(binary.LittleEndian.Uint16(r.bytes[width*i:])) //nolint:gosec // the bits are a signed sample
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
