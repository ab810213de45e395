package api

import (
	"bytes"
	"net/http"
	"strings"
)

// authenticate asks for a key when there are any. Browsers that open a page are shown where to give one.
func (s *server) authenticate(next http.Handler) http.Handler {
	if !s.Keys.Needed() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/signin" && r.Method == http.MethodPost:
			s.signIn(w, r)
		case r.URL.Path == "/healthz", s.admits(r):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
			s.askForKey(w, "")
		default:
			w.Header().Set("WWW-Authenticate", `Bearer realm="visavis"`)
			fail(w, r, unauthorized())
		}
	})
}

// admits looks for a key. A player that is given a file's address can send no header, so files take it in the query too.
func (s *server) admits(r *http.Request) bool {
	if sent, known := s.Keys.Sent(r); sent {
		return known
	}
	return isFile(r.URL.Path) && s.Keys.Knows(r.URL.Query().Get("api_key")) || s.Keys.SignedIn(r)
}

func isFile(path string) bool {
	if avatar, is := strings.CutPrefix(path, "/api/avatars/"); is {
		return strings.HasSuffix(avatar, "/preview") || strings.Contains(avatar, "/loops/")
	}
	return strings.HasPrefix(path, "/video/") || strings.HasPrefix(path, "/assets/audio/")
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	key := strings.TrimSpace(r.PostFormValue("key"))
	if !s.Keys.Knows(key) {
		s.askForKey(w, "API 키가 맞지 않습니다 · Wrong key")
		return
	}
	http.SetCookie(w, s.Keys.Cookie(key))
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
