package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Sample formats of a WAV file, as its header numbers them.
const (
	formatPCM        = 1
	formatFloat      = 3
	formatExtensible = 0xfffe
)

const (
	maxChannels  = 32
	maxWAVRate   = 384000
	maxFmtChunk  = 4096
	maxChunks    = 1000
	readerFrames = 4096
)

// WAVReader reads a WAV file as mono PCM16 while it comes: channels are averaged, PCM of 8, 16, 24
// and 32 bits and floats of 32 and 64 become 16 bits. Not safe for concurrent use.
type WAVReader struct {
	in       io.Reader
	rate     int
	channels int
	decode   func([]byte) float64
	width    int
	// left counts the bytes of sound; -1 where the file does not know.
	left    int64
	scratch []byte
}

// NewWAVReader reads up to the sound. A size of 0 or 2³²−1, as streaming writers leave it, means: until the end.
func NewWAVReader(in io.Reader) (*WAVReader, error) {
	var riff [12]byte
	if _, err := io.ReadFull(in, riff[:]); err != nil {
		return nil, fmt.Errorf("read WAV: %w", err)
	}
	if string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return nil, errors.New("read WAV: no RIFF/WAVE header")
	}
	r := &WAVReader{in: in}
	for range maxChunks {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return nil, fmt.Errorf("read WAV: find sound: %w", unexpected(err))
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "fmt ":
			if err := r.readFormat(size); err != nil {
				return nil, err
			}
		case "data":
			return r, r.begin(size)
		default:
			if _, err := io.CopyN(io.Discard, in, size+size%2); err != nil {
				return nil, fmt.Errorf("read WAV: skip chunk: %w", unexpected(err))
			}
		}
	}
	return nil, errors.New("read WAV: too many chunks")
}

func (r *WAVReader) begin(size int64) error {
	if r.decode == nil {
		return errors.New("read WAV: no format before the sound")
	}
	r.left = size
	if size == 0 || size == math.MaxUint32 {
		r.left = -1
	}
	r.scratch = make([]byte, readerFrames*r.channels*r.width)
	return nil
}

func (r *WAVReader) readFormat(size int64) error {
	if size < 16 || size > maxFmtChunk {
		return fmt.Errorf("read WAV: format of %d bytes", size)
	}
	f := make([]byte, size+size%2)
	if _, err := io.ReadFull(r.in, f); err != nil {
		return fmt.Errorf("read WAV: format: %w", unexpected(err))
	}
	code := binary.LittleEndian.Uint16(f)
	if code == formatExtensible {
		if size < 40 {
			return errors.New("read WAV: extensible format is cut short")
		}
		code = binary.LittleEndian.Uint16(f[24:])
	}
	bits := int(binary.LittleEndian.Uint16(f[14:]))
	r.channels = int(binary.LittleEndian.Uint16(f[2:]))
	r.rate = int(binary.LittleEndian.Uint32(f[4:]))
	r.decode, r.width = decoder(code, bits), bits/8
	switch {
	case r.decode == nil:
		return fmt.Errorf("read WAV: format %d with %d bits is not supported", code, bits)
	case r.channels < 1 || r.channels > maxChannels:
		return fmt.Errorf("read WAV: %d channels", r.channels)
	case r.rate < 1 || r.rate > maxWAVRate:
		return fmt.Errorf("read WAV: sample rate %d", r.rate)
	case int(binary.LittleEndian.Uint16(f[12:])) != r.channels*r.width:
		return errors.New("read WAV: block size does not fit channels and bits")
	}
	return nil
}

// decoder gives a sample's value, in units of 1/32768.
func decoder(code uint16, bits int) func([]byte) float64 {
	switch {
	case code == formatPCM && bits == 8:
		return func(b []byte) float64 { return (float64(b[0]) - 128) * 256 }
	case code == formatPCM && bits == 16:
		return func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) } //nolint:gosec // the same bits
	case code == formatPCM && bits == 24:
		return func(b []byte) float64 {
			v := uint32(b[0])<<8 | uint32(b[1])<<16 | uint32(b[2])<<24
			return float64(int32(v)) / 65536 //nolint:gosec // the same bits
		}
	case code == formatPCM && bits == 32:
		return func(b []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(b))) / 65536 } //nolint:gosec // the same bits
	case code == formatFloat && bits == 32:
		return func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) * 32768 }
	case code == formatFloat && bits == 64:
		return func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) * 32768 }
	}
	return nil
}

// SampleRate is in Hz, as the file says it.
func (r *WAVReader) SampleRate() int { return r.rate }

// Read fills pcm and gives how many samples it holds; io.EOF comes with 0 after the last. A file
// that is cut short ends with io.ErrUnexpectedEOF after the samples that are there.
func (r *WAVReader) Read(pcm []int16) (int, error) {
	frame := r.channels * r.width
	want := min(len(pcm), readerFrames)
	if r.left >= 0 {
		want = int(min(int64(want), r.left/int64(frame)))
	}
	if len(pcm) == 0 {
		return 0, nil
	}
	if want == 0 {
		return 0, io.EOF
	}
	n, err := io.ReadFull(r.in, r.scratch[:want*frame])
	count := n / frame
	for i := range count {
		pcm[i] = r.mix(r.scratch[i*frame : (i+1)*frame])
	}
	if r.left > 0 {
		r.left -= int64(count * frame)
	}
	if err == nil || count > 0 {
		return count, nil
	}
	if r.left < 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return 0, io.EOF
	}
	return 0, fmt.Errorf("read WAV: sound: %w", unexpected(err))
}

// mix averages the channels of one frame; what is no number is silence.
func (r *WAVReader) mix(frame []byte) int16 {
	sum := 0.0
	for at := 0; at < len(frame); at += r.width {
		sum += r.decode(frame[at:])
	}
	return clip(sum / float64(r.channels))
}

func clip(v float64) int16 {
	switch {
	case v >= math.MaxInt16:
		return math.MaxInt16
	case v <= math.MinInt16:
		return math.MinInt16
	case v != v: // NaN
		return 0
	}
	return int16(math.Round(v))
}

// ReadWAV reads a whole file of at most limit samples.
func ReadWAV(in io.Reader, limit int) (pcm []int16, sampleRate int, err error) {
	r, err := NewWAVReader(in)
	if err != nil {
		return nil, 0, err
	}
	chunk := make([]int16, readerFrames)
	for {
		n, err := r.Read(chunk)
		if errors.Is(err, io.EOF) {
			return pcm, r.rate, nil
		}
		if err != nil {
			return nil, 0, err
		}
		if len(pcm)+n > limit {
			return nil, 0, fmt.Errorf("read WAV: more than %d samples", limit)
		}
		pcm = append(pcm, chunk[:n]...)
	}
}

// unexpected makes an end where more was promised an error of its own.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
