package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/plugintest"
)

const secret = "sk-fake-secret"

// fakeOpenAI answers chat completions with the bytes that a case gives.
func fakeOpenAI(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	return server
}

// chunks writes stream events; each is a delta's content, or raw JSON when it begins with a brace.
func chunks(w http.ResponseWriter, all ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, c := range all {
		if strings.HasPrefix(c, ":") {
			_, _ = fmt.Fprintf(w, "%s\n\n", c)
			continue
		}
		if !strings.HasPrefix(c, "{") && c != "[DONE]" {
			content, _ := json.Marshal(c)
			c = fmt.Sprintf(`{"choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}`, content)
		}
		_, _ = fmt.Fprintf(w, "data: %s\n\n", c)
		_ = http.NewResponseController(w).Flush()
	}
}

const (
	opening = `{"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}`
	stop    = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	usage   = `{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`
)

type listener struct {
	text    strings.Builder
	tokens  int
	onToken func()
}

// Token implements llm.Sink.
func (l *listener) Token(text string) error {
	l.text.WriteString(text)
	l.tokens++
	if l.onToken != nil {
		l.onToken()
	}
	return nil
}

func ask(ctx context.Context, t *testing.T, s settings, l *listener) (string, error) {
	t.Helper()
	model, err := open(ctx, s, plugin.Env{})
	require.NoError(t, err)
	return model.Chat(ctx, llm.Request{
		Messages: []llm.Message{{Role: llm.System, Content: "면접관"}, {Role: llm.User, Content: "네"}}, MaxTokens: 200, Temperature: 0.7,
	}, l)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stream []string
		want   string
	}{
		"tokens":         {[]string{opening, "안녕", "하세요.", stop, "[DONE]"}, "안녕하세요."},
		"usage":          {[]string{opening, "네", stop, usage, "[DONE]"}, "네"},
		"no done":        {[]string{"네", stop}, "네"},
		"length":         {[]string{"네", `{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}`, "[DONE]"}, "네"},
		"thoughts":       {[]string{"<thi", "nk>음", "…</th", "ink>\n\n", "네", stop, "[DONE]"}, "네"},
		"control tokens": {[]string{"네<|im", "_end|>", stop, "[DONE]"}, "네"},
		"comments":       {append(slices.Repeat([]string{": busy"}, 400), "네", stop, "[DONE]"), "네"},
		"reasoning":      {[]string{`{"choices":[{"index":0,"delta":{"reasoning_content":"음"},"finish_reason":null}]}`, "네", stop, "[DONE]"}, "네"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fakeOpenAI(t, func(w http.ResponseWriter, _ *http.Request) { chunks(w, tc.stream...) })
			var l listener
			model, err := ask(t.Context(), t, settings{URL: server.URL + "/v1/chat/completions", Model: "m"}, &l)
			require.NoError(t, err)
			assert.Equal(t, "m", model)
			assert.Equal(t, tc.want, l.text.String())
		})
	}
}

// Some servers and gateways do not stream, whatever they are asked.
func TestAnAnswerInOnePiece(t *testing.T) {
	t.Parallel()
	const empty = `{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}`
	for body, want := range map[string]string{
		`{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"<think>음</think>네"},"finish_reason":"stop"}]}`: "네",
		"{\n \"choices\": [\n  {\"message\": {\"content\": \"네\"}}\n ]\n}":                                                                         "네",
		empty: "", `{"choices":[]}`: "", `{"error":{"message":"no"}}`: "", `[`: "",
	} {
		server := fakeOpenAI(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = io.WriteString(w, body)
		})
		var l listener
		_, err := ask(t.Context(), t, settings{URL: server.URL + "/v1/chat/completions", Model: "m"}, &l)
		assert.Equal(t, want, l.text.String(), body)
		if want == "" {
			kind := fault.Unavailable
			if body == empty {
				kind = fault.Internal
			}
			assert.Equal(t, kind, fault.KindOf(err), body)
			continue
		}
		require.NoError(t, err, body)
	}
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	type seen struct {
		path, query, key string
		body             map[string]any
	}
	for name, tc := range map[string]struct {
		suffix, key string
		want        seen
	}{
		"full address": {"/v1/chat/completions", secret, seen{path: "/v1/chat/completions", key: "Bearer " + secret}},
		"base":         {"/v1", "", seen{path: "/v1/chat/completions"}},
		"host":         {"", "", seen{path: "/v1/chat/completions"}},
		"slash":        {"/v1/chat/completions/", "", seen{path: "/v1/chat/completions"}},
		"query":        {"/deployments/x/chat/completions?api-version=1", "", seen{path: "/deployments/x/chat/completions", query: "api-version=1"}},
		"other path":   {"/generate", "", seen{path: "/generate"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got seen
			server := fakeOpenAI(t, func(w http.ResponseWriter, r *http.Request) {
				got = seen{path: r.URL.Path, query: r.URL.RawQuery, key: r.Header.Get("Authorization")}
				_ = json.NewDecoder(r.Body).Decode(&got.body)
				chunks(w, "네", stop, "[DONE]")
			})
			_, err := ask(t.Context(), t, settings{URL: server.URL + tc.suffix, Model: "m", APIKey: tc.key, DisableThinking: true}, &listener{})
			require.NoError(t, err)
			assert.Equal(t, true, got.body["stream"])
			assert.InDelta(t, 200, got.body["max_tokens"], 0)
			assert.InDelta(t, 0.7, got.body["temperature"], 0.001)
			assert.Equal(t, map[string]any{"enable_thinking": false}, got.body["chat_template_kwargs"])
			got.body = nil
			assert.Equal(t, tc.want, got)
		})
	}
}

// OpenAI's own refuse some fields, and their library refuses to send them.
func TestModelsThatReasonGetWhatTheyTake(t *testing.T) {
	t.Parallel()
	for model, effort := range map[string]any{"gpt-5-mini": "low", "o4-mini": "low", "gpt-5-chat-latest": nil} {
		body := map[string]any{}
		server := fakeOpenAI(t, func(w http.ResponseWriter, r *http.Request) {
			_ = json.NewDecoder(r.Body).Decode(&body)
			chunks(w, "네", stop, "[DONE]")
		})
		_, err := ask(t.Context(), t, settings{URL: server.URL + "/v1/chat/completions", Model: model}, &listener{})
		require.NoError(t, err, model)
		assert.InDelta(t, 2200, body["max_completion_tokens"], 0, model)
		assert.NotContains(t, body, "max_tokens", model)
		assert.NotContains(t, body, "temperature", model)
		assert.Equal(t, effort, body["reasoning_effort"], model)
	}
}

func TestASchemaIsSent(t *testing.T) {
	t.Parallel()
	var body struct {
		Format json.RawMessage `json:"response_format"`
	}
	server := fakeOpenAI(t, func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewDecoder(r.Body).Decode(&body)
		chunks(w, `[1]`, stop, "[DONE]")
	})
	model, err := open(t.Context(), settings{URL: server.URL + "/v1/chat/completions", Model: "m"}, plugin.Env{})
	require.NoError(t, err)
	var l listener
	_, err = model.Chat(t.Context(), llm.Request{
		Messages: []llm.Message{{Role: llm.User, Content: "네"}}, Schema: json.RawMessage(`{"type":"array"}`),
	}, &l)
	require.NoError(t, err)
	assert.Equal(t, "[1]", l.text.String())
	assert.JSONEq(t, `{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"array"}}}`, string(body.Format))
}

func TestAServerThatRetrievesIsToldOfTheInterview(t *testing.T) {
	t.Parallel()
	for wanted, want := range map[string]string{
		"true":  `{"question_set_rag_enabled":true,"question_set_rag_org_type":"병원","question_set_rag_job_name":"간호사","question_set_rag_top_k":5,"company_name":"서울대병원"}`,
		"false": `{"question_set_rag_enabled":false,"question_set_rag_org_type":"병원","company_name":"서울대병원"}`,
		"":      `{}`,
	} {
		body := map[string]any{}
		server := fakeOpenAI(t, func(w http.ResponseWriter, r *http.Request) {
			_ = json.NewDecoder(r.Body).Decode(&body)
			chunks(w, "네", stop, "[DONE]")
		})
		model, err := open(t.Context(), settings{URL: server.URL + "/v1/chat/completions", Model: "m"}, plugin.Env{})
		require.NoError(t, err)
		attributes := map[string]string{llm.OrgType: "병원", llm.JobName: "간호사", llm.CompanyName: "서울대병원"}
		if wanted != "" {
			attributes[llm.Retrieval] = wanted
		}
		_, err = model.Chat(t.Context(), llm.Request{Messages: []llm.Message{{Role: llm.User, Content: "네"}}, Attributes: attributes}, &listener{})
		require.NoError(t, err)
		assert.Equal(t, "m", body["model"])
		maps.DeleteFunc(body, func(name string, _ any) bool {
			return name != "company_name" && !strings.HasPrefix(name, "question_set_rag")
		})
		got, err := json.Marshal(body)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(got))
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	status := func(code int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		kind   fault.Kind
		heard  string
	}{
		"401":         {status(401, `{"error":{"message":"Incorrect API key provided: `+secret+`","type":"invalid_request_error","code":"invalid_api_key"}}`), fault.Unauthorized, ""},
		"quota":       {status(429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`), fault.Quota, ""},
		"429":         {status(429, `{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}`), fault.RateLimited, ""},
		"context":     {status(400, `{"error":{"code":400,"message":"request exceeds the available context size","type":"exceed_context_size_error"}}`), fault.Invalid, ""},
		"404":         {status(404, `{"error":{"message":"model not found"}}`), fault.Unavailable, ""},
		"500":         {status(500, `{"error":{"message":"oops"}}`), fault.Unavailable, ""},
		"500 in HTML": {status(502, `<html>bad gateway</html>`), fault.Unavailable, ""},
		"a web page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>log in</html>")
		}, fault.Unavailable, ""},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			chunks(w, "안녕", "하세")
			panic(http.ErrAbortHandler)
		}, fault.Unavailable, "안녕하세"},
		"ended early":   {func(w http.ResponseWriter, _ *http.Request) { chunks(w, "안녕") }, fault.Unavailable, "안녕"},
		"empty":         {func(w http.ResponseWriter, _ *http.Request) { chunks(w, opening, stop, "[DONE]") }, fault.Internal, ""},
		"thoughts only": {func(w http.ResponseWriter, _ *http.Request) { chunks(w, "<think>음", stop, "[DONE]") }, fault.Internal, ""},
		"error in mid-stream": {func(w http.ResponseWriter, _ *http.Request) {
			chunks(w, "안녕", `{"error":{"message":"CUDA out of memory","type":"server_error"}}`)
		}, fault.Unavailable, "안녕"},
		"no choices": {func(w http.ResponseWriter, _ *http.Request) { chunks(w, `{"id":"1","choices":[]}`, "[DONE]") }, fault.Unavailable, ""},
		"nonsense":   {func(w http.ResponseWriter, _ *http.Request) { chunks(w, `{"choices":`) }, fault.Unavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var l listener
			_, err := ask(t.Context(), t, settings{URL: fakeOpenAI(t, tc.answer).URL + "/v1/chat/completions", Model: "m", APIKey: secret}, &l)
			require.Error(t, err)
			assert.Equal(t, tc.kind, fault.KindOf(err), err)
			assert.NotEmpty(t, fault.HintOf(err))
			assert.NotContains(t, err.Error(), secret)
			assert.Equal(t, tc.heard, l.text.String())
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		server := fakeOpenAI(t, nil)
		server.Close()
		_, err := ask(t.Context(), t, settings{URL: server.URL + "/v1/chat/completions", Model: "m"}, &listener{})
		assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	})
	t.Run("silence from the beginning", func(t *testing.T) {
		t.Parallel()
		server := fakeOpenAI(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // who has read it hears that the client leaves
			<-r.Context().Done()
		})
		_, err := ask(t.Context(), t, settings{URL: server.URL + "/v1/chat/completions", Model: "m", FirstTokenTimeout: 0.05}, &listener{})
		assert.Equal(t, fault.Unavailable, fault.KindOf(err))
		assert.Contains(t, fault.HintOf(err), "제한 시간")
	})
	t.Run("silence", func(t *testing.T) {
		t.Parallel()
		server := fakeOpenAI(t, func(w http.ResponseWriter, r *http.Request) {
			chunks(w, "안녕")
			<-r.Context().Done()
		})
		_, err := ask(t.Context(), t, settings{URL: server.URL + "/v1/chat/completions", Model: "m", IdleTimeout: 0.05}, &listener{})
		assert.Equal(t, fault.Unavailable, fault.KindOf(err))
		assert.Contains(t, fault.HintOf(err), "제한 시간")
	})
}

// The log tells which server it is and what is wrong with it, and no secret of its address.
func TestTheLogTellsTheCause(t *testing.T) {
	t.Parallel()
	page := fakeOpenAI(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>log in</html>")
	})
	bad := fakeOpenAI(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	early := fakeOpenAI(t, func(w http.ResponseWriter, _ *http.Request) { chunks(w, "안녕") })
	nonsense := fakeOpenAI(t, func(w http.ResponseWriter, _ *http.Request) { chunks(w, `{"choices":`) })
	failing := fakeOpenAI(t, func(w http.ResponseWriter, _ *http.Request) {
		chunks(w, `{"error":{"message":"`+secret+`","type":"server_error"}}`)
	})
	echo := fakeOpenAI(t, func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_, _ = fmt.Fprintf(conn, "POST %s\r\n\r\n", r.URL)
			_ = conn.Close()
		}
	})
	closed := fakeOpenAI(t, nil)
	closed.Close()
	for _, tc := range []struct {
		server *httptest.Server
		cause  string
	}{
		{page, "status 200 with a web page (text/html)"},
		{bad, "status 502 Bad Gateway"},
		{early, "the stream ended without a finish"},
		{nonsense, "the answer is no JSON"},
		{failing, "the stream tells of an error"},
		{echo, "malformed HTTP"},
		{closed, "connect: connection refused"},
	} {
		host := strings.TrimPrefix(tc.server.URL, "http://")
		address := "http://user:" + secret + "@" + host + "/v1/chat/completions?key=" + secret
		_, err := ask(t.Context(), t, settings{URL: address, Model: "m", APIKey: secret}, &listener{})
		require.ErrorContains(t, err, "chat: http://"+host+": ")
		require.ErrorContains(t, err, tc.cause)
		assert.NotContains(t, err.Error(), secret)
	}
}

func TestALeavingClientClosesTheConnection(t *testing.T) {
	t.Parallel()
	left := make(chan struct{})
	server := fakeOpenAI(t, func(w http.ResponseWriter, r *http.Request) {
		chunks(w, "안녕")
		<-r.Context().Done()
		close(left)
	})
	ctx, leave := context.WithCancel(t.Context())
	_, err := ask(ctx, t, settings{URL: server.URL + "/v1/chat/completions", Model: "m"}, &listener{onToken: leave})
	assert.Equal(t, fault.Cancelled, fault.KindOf(err))
	<-left
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for code, kind := range map[int]fault.Kind{200: "", 404: "", 405: "", 401: fault.Unauthorized, 500: fault.Unavailable} {
		server := fakeOpenAI(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "/v1/models", r.URL.Path)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `{"object":"list","data":[]}`)
		})
		model, err := open(t.Context(), settings{URL: server.URL + "/v1/chat/completions", Model: "m"}, plugin.Env{})
		require.NoError(t, err)
		checker, ok := model.(plugin.Checker)
		require.True(t, ok)
		assert.Equal(t, kind, fault.KindOf(checker.Check(t.Context())), code)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := fakeOpenAI(t, func(w http.ResponseWriter, _ *http.Request) {
		chunks(w, opening, "안녕", "하세요.", stop, "[DONE]")
	})
	config, err := json.Marshal(map[string]string{"url": server.URL + "/v1/chat/completions", "model": "m"})
	require.NoError(t, err)
	plugintest.Run(t, plugintest.Subject{Dir: plugintest.Build(t), Settings: config})
}
