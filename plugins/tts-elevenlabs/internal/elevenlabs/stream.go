package elevenlabs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
)

// maxLine bounds one line of a stream: three minutes of speech at 24 kHz.
const maxLine = 12 << 20

// errStalled means that the server has been silent for too long.
var errStalled = errors.New("service has stopped sending")

// Piece is one line of a stream.
type Piece struct {
	// PCM is little-endian 16-bit; a sample may be divided between two pieces.
	PCM []byte
	// Alignment is nil where the piece brings none.
	Alignment *Alignment
}

// Alignment tells when characters are spoken, in seconds. The three lists go together.
type Alignment struct {
	Characters []string  `json:"characters"`
	Starts     []float64 `json:"character_start_times_seconds"`
	Ends       []float64 `json:"character_end_times_seconds"`
}

func (a *Alignment) digits() bool {
	return slices.ContainsFunc(a.Characters, func(c string) bool { return strings.ContainsFunc(c, unicode.IsDigit) })
}

// Stream is speech as it comes. It is not safe for concurrent use.
type Stream struct {
	body    io.ReadCloser
	scanner *bufio.Scanner
	cancel  context.CancelCauseFunc
	cause   func() error
	stalled *time.Timer
	stall   time.Duration
	key     string
}

func (c *Client) newStream(ctx context.Context, cancel context.CancelCauseFunc, body io.ReadCloser) *Stream {
	s := &Stream{
		body: body, cancel: cancel, stall: c.stall, key: c.key,
		cause: func() error { return context.Cause(ctx) },
	}
	s.stalled = time.AfterFunc(c.stall, func() { cancel(errStalled) })
	s.scanner = bufio.NewScanner(body)
	s.scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	return s
}

// Close ends the stream and frees its connection.
func (s *Stream) Close() error {
	s.stalled.Stop()
	s.cancel(nil)
	if err := s.body.Close(); err != nil {
		return fmt.Errorf("close stream: %w", err)
	}
	return nil
}

// Next gives the next piece; io.EOF is the proper end of the speech.
func (s *Stream) Next() (Piece, error) {
	s.stalled.Reset(s.stall)
	for s.scanner.Scan() {
		line := bytes.TrimSpace(s.scanner.Bytes())
		if len(line) == 0 {
			s.stalled.Reset(s.stall)
			continue
		}
		return s.parse(line)
	}
	if err := s.scanner.Err(); err != nil {
		if cause := s.cause(); cause != nil {
			err = cause
		}
		return Piece{}, fmt.Errorf("read stream: %w", err)
	}
	return Piece{}, io.EOF
}

func (s *Stream) parse(line []byte) (Piece, error) {
	var answer struct {
		Audio      string          `json:"audio_base64"`
		Alignment  *Alignment      `json:"alignment"`
		Normalized *Alignment      `json:"normalized_alignment"`
		Detail     json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return Piece{}, fmt.Errorf("read stream: line is not what is documented: %w", err)
	}
	if len(answer.Detail) > 0 && answer.Audio == "" {
		code, message := readDetail(answer.Detail)
		return Piece{}, &Error{Code: code, Message: tidy(message, s.key)}
	}
	pcm, err := base64.StdEncoding.DecodeString(answer.Audio)
	if err != nil {
		return Piece{}, fmt.Errorf("read stream: decode sound: %w", err)
	}
	piece := Piece{PCM: pcm, Alignment: answer.Alignment}
	// Of a number the spoken words tell more than its digits do.
	if spoken := answer.Normalized; piece.Alignment == nil || spoken != nil && piece.Alignment.digits() && !spoken.digits() {
		piece.Alignment = spoken
	}
	if a := piece.Alignment; a != nil && (len(a.Starts) != len(a.Characters) || len(a.Ends) != len(a.Characters)) {
		return Piece{}, errors.New("read stream: alignment's lists differ in length")
	}
	return piece, nil
}
