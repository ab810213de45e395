package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// kind is the first character of a packet.
type kind byte

const (
	connect      kind = '0'
	disconnect   kind = '1'
	event        kind = '2'
	ack          kind = '3'
	connectError kind = '4'
	binaryEvent  kind = '5'
	binaryAck    kind = '6'
)

// packet is what a message says.
type packet struct {
	kind      kind
	namespace string
	// id is asked to be acknowledged: digits, or "".
	id   string
	data json.RawMessage
}

// root is the only namespace that is served.
const root = "/"

// maxID bounds the digits of what is to be acknowledged.
const maxID = 19

var errMalformed = errors.New("malformed packet")

func parsePacket(text string) (packet, error) {
	if text == "" || text[0] < byte(connect) || text[0] > byte(binaryAck) {
		return packet{}, fmt.Errorf("%w: unknown kind", errMalformed)
	}
	p := packet{kind: kind(text[0]), namespace: root}
	rest := text[1:]
	if p.kind == binaryEvent || p.kind == binaryAck {
		count := digits(rest)
		if count == "" || !strings.HasPrefix(rest[len(count):], "-") {
			return p, fmt.Errorf("%w: number of attachments", errMalformed)
		}
		rest = rest[len(count)+1:]
	}
	if strings.HasPrefix(rest, "/") {
		p.namespace, rest, _ = strings.Cut(rest, ",")
		p.namespace, _, _ = strings.Cut(p.namespace, "?")
	}
	p.id = digits(rest)
	if len(p.id) > maxID {
		return p, fmt.Errorf("%w: id", errMalformed)
	}
	p.data = json.RawMessage(rest[len(p.id):])
	if len(p.data) > 0 && !json.Valid(p.data) {
		return p, fmt.Errorf("%w: data", errMalformed)
	}
	return p, nil
}

func digits(text string) string {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return text[:n]
}

// call gives the name and the arguments of an event.
func (p packet) call() (name string, args []json.RawMessage, err error) {
	if err := json.Unmarshal(p.data, &args); err != nil || len(args) == 0 {
		return "", nil, fmt.Errorf("%w: an event is a list", errMalformed)
	}
	if err := json.Unmarshal(args[0], &name); err != nil {
		return "", nil, fmt.Errorf("%w: name of event", errMalformed)
	}
	return name, args[1:], nil
}

// format writes a packet with its data as JSON, Korean as it is; nil is no data.
func format(k kind, namespace, id string, data any) (string, error) {
	var text bytes.Buffer
	text.WriteByte(byte(k))
	if namespace != root {
		text.WriteString(namespace + ",")
	}
	text.WriteString(id)
	if data == nil {
		return text.String(), nil
	}
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(data); err != nil {
		return "", fmt.Errorf("encode packet: %w", err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}
