//go:build peers

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/servertest"
)

// peer is a running llama-server with a small model.
type peer struct {
	address string
	cmd     *exec.Cmd
}

const peerKey = "peer-key"

// startPeer runs one at an address, or at a free one, with room for so many tokens.
func startPeer(t *testing.T, address string, room int) *peer {
	t.Helper()
	dir := os.Getenv("VISAVIS_PEERS")
	require.NotEmpty(t, dir, "run `make test-peers`")
	if address == "" {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address = listener.Addr().String()
		require.NoError(t, listener.Close())
	}
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	p := &peer{address: address}
	p.cmd = exec.Command(filepath.Join(dir, "bin", "llama-server"), //nolint:noctx // the clean-up ends it
		"--model", filepath.Join(dir, "smollm2.gguf"), "--alias", "smollm2", "--host", "127.0.0.1", "--port", port,
		"--api-key", peerKey, "--ctx-size", fmt.Sprint(room), "--parallel", "1", "--threads", "1", "--slots")
	log := &servertest.Log{}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	deadline := time.Now().Add(time.Minute)
	for p.get("/health", nil) != nil {
		require.True(t, time.Now().Before(deadline), "llama-server did not start:\n%s", log)
		time.Sleep(50 * time.Millisecond)
	}
	return p
}

func (p *peer) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *peer) get(path string, into any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) //nolint:forbidigo // also asked while a test ends
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+peerKey)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

// busy tells whether it is making tokens.
func (p *peer) busy(t *testing.T) bool {
	t.Helper()
	var slots []struct {
		Busy bool `json:"is_processing"`
	}
	require.NoError(t, p.get("/slots", &slots))
	require.Len(t, slots, 1)
	return slots[0].Busy
}

func (p *peer) url() string { return "http://" + p.address + "/v1/chat/completions" }

// hostOf runs a host on a peer.
func hostOf(t *testing.T, url string, env map[string]string) *system {
	t.Helper()
	all := map[string]string{"LLM_API_URL": url, "LLM_MODEL": "smollm2", "LLM_API_KEY": peerKey}
	maps.Copy(all, env)
	return start(t, setup{Env: all})
}

var greeting = map[string]any{"message": "Hello, I am a baker. Please write three long sentences about bread.", "history": []any{}}

// spoken joins the tokens of a stream and gives its last event.
func spoken(events []map[string]any) (text string, tokens int, last map[string]any) {
	var all strings.Builder
	for _, e := range events {
		if e["type"] == "token" {
			all.WriteString(e["content"].(string))
			tokens++
		}
	}
	return all.String(), tokens, events[len(events)-1]
}

const (
	fromPeer  = "LLM API (smollm2)"
	fromOwn   = "visavis-interviewer"
	roomy     = 8192
	cramped   = 256
	manyWords = "500"
)

// Tokens come one by one, with and without a last chunk of usage and no choices.
func TestPeerStreams(t *testing.T) {
	p := startPeer(t, "", roomy)
	t.Run("plain", func(t *testing.T) {
		text, tokens, last := spoken(hostOf(t, p.url(), nil).events(t, "/api/chat/stream", greeting))
		assert.Greater(t, tokens, 1)
		assert.Equal(t, "done", last["type"], last)
		assert.Equal(t, fromPeer, last["llm_source"])
		assert.Equal(t, strings.TrimSpace(text), last["response"])
		assert.NotContains(t, text, "<|")
	})
	t.Run("usage", func(t *testing.T) {
		var seen atomic.Bool
		proxied := between(t, p, func(body map[string]any) { body["stream_options"] = map[string]any{"include_usage": true} }, func(_ int, raw []byte) {
			if bytes.Contains(raw, []byte(`"choices":[]`)) && bytes.Contains(raw, []byte(`"usage"`)) {
				seen.Store(true)
			}
		})
		text, _, last := spoken(hostOf(t, proxied, nil).events(t, "/api/chat/stream", greeting))
		eventually(t, "the server's usage", seen.Load)
		assert.Equal(t, "done", last["type"], last)
		assert.Equal(t, strings.TrimSpace(text), last["response"])
	})
}

// between stands between host and peer: it changes requests and sees answers, once they are whole.
func between(t *testing.T, p *peer, change func(map[string]any), see func(status int, raw []byte)) string {
	t.Helper()
	target, err := url.Parse("http://" + p.address)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Body = &witness{ReadCloser: r.Body, see: func(raw []byte) { see(r.StatusCode, raw) }}
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			var body map[string]any
			assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
			change(body)
			raw, err := json.Marshal(body)
			assert.NoError(t, err)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1/chat/completions"
}

// witness keeps what passes through it, and tells of it at the end.
type witness struct {
	io.ReadCloser

	raw bytes.Buffer
	see func([]byte)
}

// Read implements io.Reader.
func (w *witness) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.raw.Write(p[:n])
	return n, err
}

// Close implements io.Closer.
func (w *witness) Close() error {
	w.see(w.raw.Bytes())
	return w.ReadCloser.Close()
}

// A backend that refuses before its first token is passed over.
func TestPeerRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		room   int
		env    map[string]string
		status int
		says   string
	}{
		"a wrong key":                    {roomy, map[string]string{"LLM_API_KEY": "wrong"}, http.StatusUnauthorized, "authentication_error"},
		"a conversation too long for it": {cramped, nil, http.StatusBadRequest, "exceed_context_size_error"},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPeer(t, "", tc.room)
			var refused atomic.Pointer[string]
			proxied := between(t, p, func(map[string]any) {}, func(status int, raw []byte) {
				said := fmt.Sprint(status, " ", string(raw))
				refused.Store(&said)
			})
			s := hostOf(t, proxied, tc.env)
			text, _, last := spoken(s.events(t, "/api/chat/stream", greeting))
			assert.Equal(t, "done", last["type"], last)
			assert.Contains(t, last["llm_source"], fromOwn)
			assert.NotEmpty(t, text)
			eventually(t, "the proxy to have seen the refusal", func() bool { return refused.Load() != nil })
			assert.Contains(t, *refused.Load(), fmt.Sprint(tc.status, " "))
			assert.Contains(t, *refused.Load(), tc.says)
			assert.NotContains(t, s.log.String(), peerKey, "keys are not logged")
		})
	}
}

// A client that goes away frees the server at once.
func TestPeerStopsWhenTheClientLeaves(t *testing.T) {
	p := startPeer(t, "", roomy)
	s := hostOf(t, p.url(), map[string]string{"LLM_MAX_TOKENS": manyWords})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	answer, err := s.request(ctx, http.MethodPost, "/api/chat/stream", endless)
	require.NoError(t, err)
	_, err = answer.Body.Read(make([]byte, 64))
	require.NoError(t, err)
	require.True(t, p.busy(t))
	leave()
	_ = answer.Body.Close()
	left := time.Now()
	for p.busy(t) {
		require.Less(t, time.Since(left), 3*time.Second, "it still makes tokens")
		time.Sleep(5 * time.Millisecond)
	}
	t.Log("free after", time.Since(left).Round(time.Millisecond))
}

// endless lets a small model talk for long.
var endless = map[string]any{
	"message": "Count from one to one thousand in words, one after the other, and never stop.",
	"history": []any{message("user", "Tell me a very long story about bread."), message("assistant", "Once upon a time there was a baker who "+strings.Repeat("baked and ", 60))},
}

// A schema holds even a small model to its form.
func TestPeerKeepsToASchema(t *testing.T) {
	p := startPeer(t, "", roomy)
	var asked atomic.Pointer[map[string]any]
	var answered atomic.Pointer[[]byte]
	proxied := between(t, p, func(body map[string]any) {
		shorten(body["response_format"]) // a model as small as this one would fill its first text for ever
		asked.Store(&body)
	}, func(_ int, raw []byte) { answered.Store(&raw) })
	s := hostOf(t, proxied, nil)
	r := s.do(t, http.MethodPost, "/api/interview/report", map[string]any{"job_name": "개발엔지니어링", "history": []any{
		message("assistant", "Tell me about a hard bug."), message("user", "I found a memory leak in our server and fixed it in two days."),
	}})
	require.Equal(t, http.StatusOK, r.Status, "%s", r.Body)
	format := (*asked.Load())["response_format"].(map[string]any)
	require.Equal(t, "json_schema", format["type"])
	eventually(t, "the proxy to have seen all", func() bool { return answered.Load() != nil })
	said, _, _ := chunksOf(t, *answered.Load())
	var value any
	require.NoError(t, json.Unmarshal([]byte(said), &value), said)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("schema.json", format["json_schema"].(map[string]any)["schema"]))
	schema, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(value), said)
	t.Log("the report is by", r.JSON(t)["method"])
}

// shorten bounds every text and list of a schema.
func shorten(schema any) {
	node, ok := schema.(map[string]any)
	if !ok {
		return
	}
	switch {
	case node["type"] == "string" && node["enum"] == nil:
		node["maxLength"] = 40
	case node["type"] == "array":
		node["maxItems"] = 2
	}
	for _, below := range node {
		shorten(below)
	}
}

// chunksOf joins what a server of completions streamed.
func chunksOf(t *testing.T, raw []byte) (text string, chunks int, finish string) {
	t.Helper()
	for line := range strings.SplitSeq(string(raw), "\n") {
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok || data == "[DONE]" {
			continue
		}
		var chunk struct {
			Choices []struct {
				Delta struct {
					Content string `json:"content"`
				} `json:"delta"`
				Finish string `json:"finish_reason"`
			} `json:"choices"`
		}
		require.NoError(t, json.Unmarshal([]byte(data), &chunk), data)
		for _, c := range chunk.Choices {
			text += c.Delta.Content
			chunks++
			finish += c.Finish
		}
	}
	return text, chunks, finish
}

// A server that dies in mid-answer ends that stream with an error; the next answer is the next backend's, and its own when it is back.
func TestPeerKilledInMidStream(t *testing.T) {
	p := startPeer(t, "", roomy)
	s := hostOf(t, p.url(), map[string]string{"LLM_MAX_TOKENS": manyWords})
	answer, err := s.request(t.Context(), http.MethodPost, "/api/chat/stream", endless)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	first := make([]byte, 256)
	n, err := answer.Body.Read(first)
	require.NoError(t, err)
	p.kill()
	rest, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	_, tokens, last := spoken(parseEvents(t, append(first[:n], rest...)))
	assert.Positive(t, tokens)
	assert.Equal(t, "error", last["type"], last)
	assert.Regexp(t, `[가-힣]`, last["message"])

	_, _, last = spoken(s.events(t, "/api/chat/stream", greeting))
	assert.Contains(t, last["llm_source"], fromOwn)
	startPeer(t, p.address, roomy)
	eventually(t, "the peer to answer again", func() bool {
		_, _, last = spoken(s.events(t, "/api/chat/stream", greeting))
		return last["llm_source"] == fromPeer
	})
}
