package engineio

import (
	"errors"
	"fmt"
	"strings"
)

// kind is the first character of a packet.
type kind byte

const (
	open    kind = '0'
	closing kind = '1'
	ping    kind = '2'
	pong    kind = '3'
	message kind = '4'
	upgrade kind = '5'
	noop    kind = '6'
	// binary is a message of bytes in a poll, as base64.
	binary kind = 'b'
)

// packet is what the transports carry.
type packet struct {
	kind kind
	data string
}

func (p packet) String() string { return string(rune(p.kind)) + p.data }

// separator stands between the packets of a poll.
const separator = "\x1e"

var errMalformed = errors.New("malformed packet")

func parsePacket(text string) (packet, error) {
	if text == "" {
		return packet{}, fmt.Errorf("%w: it is empty", errMalformed)
	}
	p := packet{kind: kind(text[0]), data: text[1:]}
	switch p.kind {
	case open, closing, ping, pong, message, upgrade, noop, binary:
		return p, nil
	}
	return packet{}, fmt.Errorf("%w: unknown kind %q", errMalformed, text[0])
}

// parsePayload reads the packets of a poll.
func parsePayload(body string) ([]packet, error) {
	var all []packet
	for text := range strings.SplitSeq(body, separator) {
		p, err := parsePacket(text)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func formatPayload(packets []packet) string {
	texts := make([]string, len(packets))
	for i, p := range packets {
		texts[i] = p.String()
	}
	return strings.Join(texts, separator)
}
