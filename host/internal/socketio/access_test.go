package socketio_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/access"
	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/host/internal/socketio"
)

const waiting, tick = 10 * time.Second, time.Millisecond

// poller is a client that polls.
type poller struct{ url string }

func (r *rig) poller(t *testing.T) poller {
	t.Helper()
	base := r.url + "/socket.io/?EIO=4&transport=polling"
	status, answer := ask(t, http.MethodGet, base, "")
	require.Equal(t, http.StatusOK, status)
	return poller{base + "&sid=" + regexp.MustCompile(`"sid":"(\w+)"`).FindStringSubmatch(answer)[1]}
}

func (p poller) do(t *testing.T, method, body string) int {
	t.Helper()
	status, _ := ask(t, method, p.url, body)
	return status
}

// bring posts messages.
func (p poller) bring(t *testing.T, text string) {
	t.Helper()
	require.Equal(t, http.StatusOK, p.do(t, http.MethodPost, "4"+strings.ReplaceAll(text, "\x1e", "\x1e4")))
}

func ask(t *testing.T, method, url, body string, headers ...string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(raw)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	keys := access.NewKeys([]string{"first-key", "second-key"})
	r := start(t, func(o *socketio.Options, _ *script, _ *queue.Options) { o.Keys = keys })
	cookie := keys.Cookie("first-key").String()
	for name, c := range map[string]struct {
		headers []string
		auth    string
		in      bool
	}{
		"header":                  {[]string{"X-API-Key", "second-key"}, "", true},
		"bearer":                  {[]string{"Authorization", "Bearer first-key"}, "", true},
		"token":                   {nil, `{"token": "first-key"}`, true},
		"api_key":                 {nil, `{"api_key": "second-key"}`, true},
		"signed in":               {[]string{"Cookie", cookie}, "", true},
		"signed in, another page": {[]string{"Cookie", cookie, "Origin", "http://localhost:1"}, "", false},
		"none":                    {nil, "", false},
		"a wrong one":             {nil, `{"token": "x", "api_key": ""}`, false},
		"something else":          {nil, `["first-key"]`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _, err := r.dial(t, c.headers...) //nolint:bodyclose // a websocket has none
			require.NoError(t, err)
			client.say(t, "40"+c.auth)
			answer := client.hear(t)
			if c.in {
				assert.Contains(t, answer, `40{"sid":`)
				return
			}
			require.Equal(t, `44{"data":{"code":"unauthorized"},"message":"유효한 API 키가 필요합니다"}`, answer)
			client.say(t, `42["generate",`+videoRequest+`]`)
			client.closed(t)
		})
	}
	_, resp, err := r.dial(t, "X-API-Key", "third-key")
	require.Error(t, err)
	defer func() { _ = resp.Body.Close() }()
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	assert.NotContains(t, r.log.String(), "-key")
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	listed := start(t, func(o *socketio.Options, _ *script, _ *queue.Options) {
		o.Origins = access.Origins{"https://a.example"}
	})
	all := start(t, func(o *socketio.Options, _ *script, _ *queue.Options) { o.Origins = access.Origins{"*"} })
	for name, c := range map[string]struct {
		rig     *rig
		headers []string
		in      bool
	}{
		"no page":              {listed, nil, true},
		"a local page":         {listed, []string{"Origin", "http://localhost:3000"}, true},
		"a listed page":        {listed, []string{"Origin", "https://a.example"}, true},
		"its own page":         {listed, []string{"Origin", listed.url}, true},
		"another page":         {listed, []string{"Origin", "https://b.example"}, false},
		"a page of a file":     {listed, []string{"Origin", "null"}, false},
		"a picture of another": {listed, []string{"Sec-Fetch-Site", "cross-site"}, false},
		"any page":             {all, []string{"Origin", "https://b.example"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, resp, err := c.rig.dial(t, c.headers...)
			assert.Equal(t, c.in, err == nil)
			if resp != nil && resp.Body != nil {
				_ = resp.Body.Close()
			}
			status, answer := ask(t, http.MethodGet, c.rig.url+"/socket.io/?EIO=4&transport=polling", "", c.headers...)
			if c.in {
				assert.Equal(t, http.StatusOK, status)
				return
			}
			assert.Equal(t, http.StatusForbidden, status)
			assert.JSONEq(t, `{"success": false, "code": "forbidden_origin", "error": "허용되지 않은 출처입니다. 서버의 CORS_ORIGINS 설정을 확인해 주세요"}`, answer)
		})
	}
	status, _ := ask(t, http.MethodOptions, listed.url+"/socket.io/?EIO=4&transport=polling", "", "Origin", "https://a.example", "Access-Control-Request-Method", "POST")
	assert.Equal(t, http.StatusNoContent, status)
}

// A keyless host is called by its own names, here as elsewhere.
func TestNames(t *testing.T) {
	t.Parallel()
	r := start(t, func(o *socketio.Options, _ *script, _ *queue.Options) {
		o.Names = access.NewNames([]string{"avatar.example"}, nil, o.Logger)
	})
	for name, want := range map[string]int{"localhost": 200, "avatar.example:1": 200, "127.0.0.1": 200, "evil.example": 403} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/socket.io/?EIO=4&transport=polling", nil)
		require.NoError(t, err)
		req.Host = name
		req.Header.Set("Origin", "http://"+name)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		raw, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, want, resp.StatusCode, name)
		assert.Equal(t, want == 403, strings.Contains(string(raw), "forbidden_host"), name)
	}
}

func TestWhatIsBeside(t *testing.T) {
	t.Parallel()
	r := start(t)
	for path, want := range map[string]int{"/socket.io": 400, "/socket.io/": 400, "/socket.io/x": 418, "/": 418, "/socket.iox": 418} {
		status, _ := ask(t, http.MethodGet, r.url+path, "")
		assert.Equal(t, want, status, path)
	}
}
