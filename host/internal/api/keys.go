package api

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

// keyCookie holds the token of a browser that has signed in.
const keyCookie = "visavis_key"

// keyring knows the keys by their hashes. It lives as long as the host; tokens do not outlive it.
type keyring struct {
	hashes [][sha256.Size]byte
	secret [sha256.Size]byte
}

func newKeyring(keys []string) *keyring {
	k := &keyring{}
	for _, key := range keys {
		k.hashes = append(k.hashes, sha256.Sum256([]byte(key)))
	}
	_, _ = rand.Read(k.secret[:]) // it never fails
	return k
}

// knows compares with every key, so that the time taken tells nothing.
func (k *keyring) knows(key string) bool {
	sum := sha256.Sum256([]byte(key))
	found := 0
	for _, hash := range k.hashes {
		found |= subtle.ConstantTimeCompare(hash[:], sum[:])
	}
	return found == 1 && key != ""
}

// token stands for a key in a browser's cookie.
func (k *keyring) token(hash [sha256.Size]byte) []byte {
	mac := hmac.New(sha256.New, k.secret[:])
	mac.Write(hash[:])
	return mac.Sum(nil)
}

func (k *keyring) knowsToken(value string) bool {
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

// authenticate asks for a key when there are any. Browsers that open a page are shown where to give one.
func (s *server) authenticate(next http.Handler) http.Handler {
	if len(s.APIKeys) == 0 {
		return next
	}
	keys := newKeyring(s.APIKeys)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/signin" && r.Method == http.MethodPost:
			s.signIn(w, r, keys)
		case r.URL.Path == "/healthz", keys.admits(r):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
			s.askForKey(w, "")
		default:
			w.Header().Set("WWW-Authenticate", `Bearer realm="visavis"`)
			fail(w, r, unauthorized())
		}
	})
}

// admits looks for a key in the headers. A player that is given a file's address can send none, so files take it
// in the query too. A browser that has signed in bears a cookie, which counts for our own pages alone.
func (k *keyring) admits(r *http.Request) bool {
	if scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return k.knows(strings.TrimSpace(key))
	}
	if key := r.Header.Get("X-API-Key"); key != "" {
		return k.knows(key)
	}
	if isFile(r.URL.Path) && k.knows(r.URL.Query().Get("api_key")) {
		return true
	}
	cookie, err := r.Cookie(keyCookie)
	return err == nil && fromOwnPage(r) && k.knowsToken(cookie.Value)
}

func isFile(path string) bool {
	if avatar, is := strings.CutPrefix(path, "/api/avatars/"); is {
		return strings.HasSuffix(avatar, "/preview") || strings.Contains(avatar, "/loops/")
	}
	return strings.HasPrefix(path, "/video/") || strings.HasPrefix(path, "/assets/audio/")
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request, keys *keyring) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	key := strings.TrimSpace(r.PostFormValue("key"))
	if !keys.knows(key) {
		s.askForKey(w, "API 키가 맞지 않습니다")
		return
	}
	//nolint:gosec // Secure would lose it on the plain HTTP of a local host
	http.SetCookie(w, &http.Cookie{
		Name: keyCookie, Value: hex.EncodeToString(keys.token(sha256.Sum256([]byte(key)))), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// askForKey shows a page that needs nothing else to be readable.
func (s *server) askForKey(w http.ResponseWriter, complaint string) {
	page, err := pages.ReadFile("studio/signin.html")
	if err != nil {
		s.Logger.Error("read page", "error", err)
	}
	guardPage(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write(bytes.ReplaceAll(page, []byte("<!--complaint-->"), []byte(complaint)))
}
