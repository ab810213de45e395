package request

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// CheckSID gives a session's name as it is used; "" was not given.
func CheckSID(sid string) (string, error) {
	sid = strings.TrimSpace(sid)
	if len(sid) > 128 || strings.ContainsFunc(sid, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", Invalid("invalid_sid", "sid는 영문, 숫자, 기호 128자까지 사용할 수 있습니다")
	}
	return sid, nil
}

// NewID makes the name of a request: 8 hex characters.
func NewID() string {
	raw := make([]byte, 4)
	_, _ = rand.Read(raw) // it never fails
	return hex.EncodeToString(raw)
}
