package e2e

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// fakeElevenLabs stands for the paid speech service: it speaks its streaming wire format with
// timestamps, a hum per character.
func fakeElevenLabs(t testing.TB) *httptest.Server {
	t.Helper()
	const rate, perCharacter = 22050, 0.12
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("xi-api-key") != "fake-key" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}`)
			return
		}
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"tier":"free","character_count":1,"character_limit":10000,"voices":[]}`)
			return
		}
		var body struct {
			Text string `json:"text"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		format, rateOf := r.URL.Query().Get("output_format"), float64(rate)
		if _, err := fmt.Sscanf(format, "pcm_%f", &rateOf); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"detail":{"status":"output_format_not_allowed","message":"only PCM here"}}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		for i, character := range []rune(body.Text) {
			pcm := hum(int(rateOf*perCharacter), rateOf)
			at := float64(i) * perCharacter
			line, _ := json.Marshal(map[string]any{
				"audio_base64": base64.StdEncoding.EncodeToString(pcm),
				"alignment": map[string]any{
					"characters":                    []string{string(character)},
					"character_start_times_seconds": []float64{at},
					"character_end_times_seconds":   []float64{at + perCharacter},
				},
			})
			_, _ = w.Write(append(line, '\n'))
			w.(http.Flusher).Flush()
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func hum(samples int, rate float64) []byte {
	raw := make([]byte, 2*samples)
	for i := range samples {
		envelope := math.Sin(math.Pi * float64(i) / float64(samples))
		value := int16(9000 * envelope * math.Sin(2*math.Pi*200*float64(i)/rate))
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(value))
	}
	return raw
}

// fakeLLM stands for an OpenAI-compatible server.
type fakeLLM struct {
	*httptest.Server
	calls atomic.Int64
	last  atomic.Pointer[map[string]any]
}

// fakeAnswer is how a fakeLLM behaves.
type fakeAnswer struct {
	Tokens []string
	// Status other than 200 answers an error at once.
	Status int
	// BreakAfter tokens the connection is cut; 0 never.
	BreakAfter int
	// Gate is waited for before each token, when there is one.
	Gate <-chan struct{}
}

func newFakeLLM(t testing.TB, a fakeAnswer) *fakeLLM {
	t.Helper()
	f := &fakeLLM{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/chat/completions") {
			_, _ = io.WriteString(w, `{"object":"list","data":[]}`)
			return
		}
		f.calls.Add(1)
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		f.last.Store(&body)
		if a.Status != 0 && a.Status != http.StatusOK {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(a.Status)
			_, _ = io.WriteString(w, `{"error":{"message":"no","type":"server_error","code":null}}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		send := func(delta map[string]any, finish any) {
			raw, _ := json.Marshal(map[string]any{
				"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"],
				"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}},
			})
			_, _ = fmt.Fprintf(w, "data: %s\n\n", raw)
			w.(http.Flusher).Flush()
		}
		send(map[string]any{"role": "assistant", "content": nil}, nil)
		for i, token := range a.Tokens {
			if a.Gate != nil {
				select {
				case <-a.Gate:
				case <-r.Context().Done():
					return
				}
			}
			if a.BreakAfter > 0 && i == a.BreakAfter {
				panic(http.ErrAbortHandler)
			}
			send(map[string]any{"content": token}, nil)
		}
		send(map[string]any{}, "stop")
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}))
	t.Cleanup(f.Close)
	return f
}

// url is the full address of chat/completions.
func (f *fakeLLM) url() string { return f.URL + "/v1/chat/completions" }
