package video

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// Sound is compressed speech being decoded while it comes: its Read gives 16-bit little-endian mono. Not safe for
// concurrent use.
type Sound struct {
	in     io.Closer
	out    io.ReadCloser
	run    *exec.Cmd
	said   tail
	ended  func() error
	cancel context.CancelFunc
}

// DecodeSound decodes a stream of a form that ffmpeg calls so (mp3, aac, ogg, flac, matroska) to a sample rate in Hz. It ends
// with ctx. Close closes in as well, and must be called.
func DecodeSound(ctx context.Context, ffmpeg string, in io.ReadCloser, form string, rate int) (*Sound, error) {
	if err := Find(ffmpeg); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	running, cancel := context.WithCancel(ctx)
	s := &Sound{in: in, cancel: cancel}
	s.run = command(running, ffmpeg, "-protocol_whitelist", "pipe", "-f", form, "-i", "pipe:0", "-vn",
		"-f", "s16le", "-ac", "1", "-ar", strconv.Itoa(rate), "pipe:1")
	s.run.Stdin, s.run.Stderr = in, &s.said
	out, err := s.run.StdoutPipe()
	if err == nil {
		err = s.run.Start()
	}
	if err != nil {
		cancel()
		return nil, errors.Join(explain(ctx, "decode sound", err, &s.said), in.Close())
	}
	s.out = out
	s.ended = func() error { return explain(ctx, "decode sound", s.run.Wait(), &s.said) }
	return s, nil
}

// Read implements io.Reader. What is no sound of its form is fault.Invalid; an error of the stream comes after what
// was read of it.
func (s *Sound) Read(p []byte) (int, error) {
	n, err := s.out.Read(p)
	if n > 0 || err == nil {
		return n, nil
	}
	if s.ended == nil {
		return 0, io.EOF
	}
	ended := s.ended
	s.ended = nil
	switch err := ended(); {
	case err == nil:
		return 0, io.EOF
	case fault.KindOf(err) == fault.Internal && s.run.ProcessState != nil && !s.run.ProcessState.Success():
		return 0, fault.New(fault.Invalid, "decode sound", "", err)
	default:
		return 0, err
	}
}

// Close ends the decoding.
func (s *Sound) Close() error {
	s.cancel()
	err := s.in.Close() // or the copy to ffmpeg would wait for it
	if s.ended != nil {
		_ = s.ended() // it was broken off, or its end was not read
		s.ended = nil
	}
	if err != nil {
		return fmt.Errorf("close sound: %w", err)
	}
	return nil
}

var _ io.ReadCloser = (*Sound)(nil)
