package process

import (
	"bufio"
	"bytes"
	"io"
	"os"
)

// maxHandshake bounds the line of the handshake, in bytes.
const maxHandshake = 16 << 10

// handshake gives go-plugin the first line of a program's standard output. What follows goes to the log: go-plugin
// would stop reading at a long line, and the program would block for ever.
type handshake struct {
	file  *os.File
	lines *bufio.Reader
	log   *lineLog
	first bytes.Buffer
	read  bool
}

func newHandshake(file *os.File, log *lineLog) *handshake {
	return &handshake{file: file, lines: bufio.NewReaderSize(file, maxHandshake), log: log}
}

// Read implements io.Reader.
func (h *handshake) Read(p []byte) (int, error) {
	if !h.read {
		h.read = true
		line, err := h.lines.ReadSlice('\n')
		if err != nil && len(line) == 0 {
			return 0, io.EOF
		}
		h.first.Write(line)
	}
	if h.first.Len() > 0 {
		return h.first.Read(p) //nolint:wrapcheck // it is not empty
	}
	h.log.consume(h.lines)
	return 0, io.EOF
}

// Close implements io.Closer.
func (h *handshake) Close() error { return nil } // Wait closes the file
