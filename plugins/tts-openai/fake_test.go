package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

const goodKey = "sk-right-0123456789"

// fakeOpenAI stands for the paid service. It speaks the documented wire format: 24 kHz, 50
// ms of a sawtooth for every character.
type fakeOpenAI struct {
	server *httptest.Server
	// whole stands in place of header and samples.
	whole []byte
	// header comes before the samples, and kind as Content-Type.
	header []byte
	kind   string
	// step is how many bytes are written and flushed at once; 0 writes all.
	step int
	// open answers without a key.
	open bool
	// answers are given, one a request, before speech: failures.
	answers []fakeAnswer
	// interrupt is called after 4,800 bytes; it may wait, or end the connection.
	interrupt func(w http.ResponseWriter, r *http.Request)

	mu       sync.Mutex
	requests []fakeRequest
}

type fakeAnswer struct {
	status int
	body   string
}

type fakeRequest struct {
	method, path, authorization string
	body                        map[string]any
}

func startFake(t *testing.T, f *fakeOpenAI) *fakeOpenAI {
	t.Helper()
	if f.kind == "" {
		f.kind = "audio/pcm"
	}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

func (f *fakeOpenAI) seen() []fakeRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]fakeRequest(nil), f.requests...)
}

func (f *fakeOpenAI) note(r *http.Request) (fakeRequest, *fakeAnswer) {
	request := fakeRequest{method: r.Method, path: r.URL.Path, authorization: r.Header.Get("Authorization")}
	raw, _ := io.ReadAll(r.Body) // to its end, or a client's leaving would go unnoticed
	_ = json.Unmarshal(raw, &request.body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, request)
	if len(f.answers) == 0 {
		return request, nil
	}
	answer := f.answers[0]
	f.answers = f.answers[1:]
	return request, &answer
}

// ServeHTTP implements http.Handler.
func (f *fakeOpenAI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, answer := f.note(r)
	switch {
	case answer != nil:
		w.Header().Set("Location", "http://127.0.0.1:1/steal")
		fail(w, answer.status, answer.body)
	case !f.open && request.authorization != "Bearer "+goodKey:
		fail(w, http.StatusUnauthorized, `{"error":{"message":"Incorrect API key provided: `+request.authorization+`","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`)
	case r.URL.Path == "/v1/models":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"object":"list","data":[{"id":"gpt-4o-mini-tts","object":"model"}]}`))
	case r.URL.Path != "/v1/audio/speech":
		fail(w, http.StatusNotFound, `{"error":{"message":"Invalid URL","type":"invalid_request_error","param":null,"code":null}}`)
	default:
		text, _ := request.body["input"].(string)
		f.speak(w, r, len([]rune(text)))
	}
}

func fail(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func (f *fakeOpenAI) speak(w http.ResponseWriter, r *http.Request, characters int) {
	w.Header().Set("Content-Type", f.kind)
	flusher, _ := w.(http.Flusher)
	raw := f.whole
	if raw == nil {
		raw = append(append([]byte(nil), f.header...), sawtooth(characters*1200)...)
	}
	step := f.step
	if f.interrupt != nil {
		step = 4800
	}
	if step == 0 {
		step = len(raw)
	}
	for at := 0; at < len(raw); at += step {
		_, _ = w.Write(raw[at:min(at+step, len(raw))])
		flusher.Flush()
		if f.interrupt != nil {
			f.interrupt(w, r)
		}
	}
}

// sawtooth is n samples that tell their own place.
func sawtooth(n int) []byte {
	raw := make([]byte, 2*n)
	for i := range n {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(i*7))
	}
	return raw
}
