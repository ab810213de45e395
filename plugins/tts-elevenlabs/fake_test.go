package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const goodKey = "sk_right-0123456789"

// fakeElevenLabs stands for the paid service. It speaks the documented wire format: 50 ms
// of a sawtooth for every character, a line for every few characters.
type fakeElevenLabs struct {
	server *httptest.Server
	// perLine is how many characters a line holds; oddBytes divides samples between lines.
	perLine  int
	oddBytes bool
	// step is how many bytes are written and flushed at once; 0 writes lines.
	step int
	// relative lets times count from the start of each line.
	relative bool
	// spoken, if any, is what the service makes of characters to speak them.
	spoken *strings.Replacer
	// answers are given, one a request, before speech: failures.
	answers []fakeAnswer
	// interrupt is called after the first line; it may wait, or end the connection.
	interrupt func(w http.ResponseWriter, r *http.Request)

	mu       sync.Mutex
	requests []fakeRequest
}

type fakeAnswer struct {
	status int
	body   string
	header map[string]string
}

type fakeRequest struct {
	method, path, query, key string
	body                     map[string]any
}

func startFake(t *testing.T, f *fakeElevenLabs) *fakeElevenLabs {
	t.Helper()
	if f.perLine == 0 {
		f.perLine = 4
	}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

func (f *fakeElevenLabs) seen() []fakeRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]fakeRequest(nil), f.requests...)
}

func (f *fakeElevenLabs) note(r *http.Request) (fakeRequest, *fakeAnswer) {
	request := fakeRequest{method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, key: r.Header.Get("xi-api-key")}
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
func (f *fakeElevenLabs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, answer := f.note(r)
	if answer != nil {
		for name, value := range answer.header {
			w.Header().Set(name, value)
		}
		fail(w, answer.status, answer.body)
		return
	}
	if request.key != goodKey {
		fail(w, http.StatusUnauthorized, `{"detail":{"status":"invalid_api_key","message":"Invalid API key `+request.key+`"}}`)
		return
	}
	if r.URL.Path == "/v1/user/subscription" {
		_, _ = w.Write([]byte(`{"tier":"free","character_count":12,"character_limit":10000}`))
		return
	}
	if strings.Contains(r.URL.Path, "missing") {
		fail(w, http.StatusNotFound, `{"detail":{"status":"voice_not_found","message":"A voice with voice_id missing was not found."}}`)
		return
	}
	text, _ := request.body["text"].(string)
	f.speak(w, r, []rune(text))
}

func fail(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func (f *fakeElevenLabs) speak(w http.ResponseWriter, r *http.Request, text []rune) {
	var rate int
	_, _ = fmt.Sscanf(r.URL.Query().Get("output_format"), "pcm_%d", &rate)
	w.Header().Set("Content-Type", "application/json")
	flusher, _ := w.(http.Flusher)
	pcm := sawtooth(rate / 20 * len(text))
	for start := 0; start < len(text); start += f.perLine {
		end := min(start+f.perLine, len(text))
		from, until := rate/20*2*start, rate/20*2*end
		if f.oddBytes && start > 0 {
			from--
		}
		if f.oddBytes && end < len(text) {
			until--
		}
		line := f.line(text[start:end], start, pcm[from:until])
		step := f.step
		if step == 0 {
			step = len(line)
		}
		for at := 0; at < len(line); at += step {
			_, _ = w.Write(line[at:min(at+step, len(line))])
			flusher.Flush()
		}
		if start == 0 && f.interrupt != nil {
			f.interrupt(w, r)
		}
	}
}

func (f *fakeElevenLabs) line(text []rune, place int, pcm []byte) []byte {
	var characters []string
	var starts, ends []float64
	for i, c := range text {
		at := float64(place+i) * 0.05
		if f.relative {
			at = float64(i) * 0.05
		}
		characters, starts, ends = append(characters, string(c)), append(starts, at), append(ends, at+0.05)
	}
	alignment := map[string]any{
		"characters": characters, "character_start_times_seconds": starts, "character_end_times_seconds": ends,
	}
	normalized := maps.Clone(alignment)
	if f.spoken != nil {
		words := make([]string, len(characters))
		for i, c := range characters {
			words[i] = f.spoken.Replace(c)
		}
		normalized["characters"] = words
	}
	line, _ := json.Marshal(map[string]any{
		"audio_base64": base64.StdEncoding.EncodeToString(pcm), "alignment": alignment, "normalized_alignment": normalized,
	})
	return append(line, '\n')
}

// sawtooth is n samples that tell their own place.
func sawtooth(n int) []byte {
	raw := make([]byte, 2*n)
	for i := range n {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(i*7))
	}
	return raw
}
