package engineio

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// refusal is why a request has no session, in the protocol's own numbers.
type refusal struct {
	status  int
	Code    int    `json:"code"`
	Message string `json:"message"`
}

//nolint:gochecknoglobals // constants, but for their type
var (
	unknownTransport = refusal{http.StatusBadRequest, 0, "Transport unknown"}
	unknownSession   = refusal{http.StatusBadRequest, 1, "Session ID unknown"}
	badHandshake     = refusal{http.StatusBadRequest, 2, "Bad handshake method"}
	badRequest       = refusal{http.StatusBadRequest, 3, "Bad request"}
	tooLarge         = refusal{http.StatusRequestEntityTooLarge, 3, "Payload too large"}
	tooMany          = refusal{http.StatusServiceUnavailable, 4, "Too many sessions"}
	badVersion       = refusal{http.StatusBadRequest, 5, "Unsupported protocol version"}
)

func refuse(w http.ResponseWriter, r refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if r.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(r)
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
