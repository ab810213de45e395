package api

import (
	"net/http"

	"github.com/visavis-dev/visavis/host/internal/request"
)

// admit refuses work while the host ends.
func (s *server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		looks := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		switch {
		case r.URL.Path == "/readyz" && !s.Door.IsOpen():
			fail(w, r, translate(request.Ending()))
		case looks || r.URL.Path == "/api/cancel":
			next.ServeHTTP(w, r)
		case s.Door.Enter():
			defer s.Door.Leave()
			next.ServeHTTP(w, r)
		default:
			fail(w, r, translate(request.Ending()))
		}
	})
}
