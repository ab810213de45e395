// Package access decides who may call: by keys, by the origins of pages and by the names of the host, until a door is closed. It
// does not know what for.
package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

// cookieName is that of the cookie that holds the token of a browser that has signed in.
const cookieName = "visavis_key"

// Keys are known by their hashes. They live as long as the host; tokens do not outlive them. Safe for concurrent use.
type Keys struct {
	hashes [][sha256.Size]byte
	secret [sha256.Size]byte
}

// NewKeys takes the keys that count; without any, nobody needs one.
func NewKeys(keys []string) *Keys {
	k := &Keys{}
	for _, key := range keys {
		k.hashes = append(k.hashes, sha256.Sum256([]byte(key)))
	}
	_, _ = rand.Read(k.secret[:]) // it never fails
	return k
}

// Needed tells whether a key is asked for.
func (k *Keys) Needed() bool { return len(k.hashes) > 0 }

// Knows compares with every key, so that the time taken tells nothing.
func (k *Keys) Knows(key string) bool {
	sum := sha256.Sum256([]byte(key))
	found := 0
	for _, hash := range k.hashes {
		found |= subtle.ConstantTimeCompare(hash[:], sum[:])
	}
	return found == 1 && key != ""
}

// Sent looks for a key in the headers: sent tells whether there is one, known whether it counts.
func (k *Keys) Sent(r *http.Request) (sent, known bool) {
	if scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return true, k.Knows(strings.TrimSpace(key))
	}
	if key := r.Header.Get("X-API-Key"); key != "" {
		return true, k.Knows(key)
	}
	return false, false
}

// SignedIn tells whether a browser bears the cookie of one that has signed in, which counts for our own pages alone.
func (k *Keys) SignedIn(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName)
	return err == nil && FromOwnPage(r) && k.knowsToken(cookie.Value)
}

// Cookie signs a browser in that has given a key.
func (k *Keys) Cookie(key string) *http.Cookie {
	//nolint:gosec // Secure would lose it on the plain HTTP of a local host
	return &http.Cookie{
		Name: cookieName, Value: hex.EncodeToString(k.token(sha256.Sum256([]byte(key)))), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// token stands for a key in a browser's cookie.
func (k *Keys) token(hash [sha256.Size]byte) []byte {
	mac := hmac.New(sha256.New, k.secret[:])
	mac.Write(hash[:])
	return mac.Sum(nil)
}

func (k *Keys) knowsToken(value string) bool {
	token, err := hex.DecodeString(value)
	if err != nil {
		return false
	}
	found := 0
	for _, hash := range k.hashes {
		found |= subtle.ConstantTimeCompare(k.token(hash), token)
	}
	return found == 1
}
