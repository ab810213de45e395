package api_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/access"
	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/generation"
	"github.com/visavis-dev/visavis/host/internal/queue"
)

func locked(o *api.Options, _ *script, _ *queue.Options) {
	o.Keys = access.NewKeys([]string{"first-key", "second-key"})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	r := start(t, locked)
	file, err := r.script.publish(generation.Audio, "RIFF")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		method, path string
		headers      []string
		status       int
	}{
		"sign of life":          {"GET", "/healthz", nil, 200},
		"readiness":             {"GET", "/readyz", nil, 401},
		"no key":                {"GET", "/api/v2/status", nil, 401},
		"wrong key":             {"GET", "/api/v2/status", []string{"Authorization", "Bearer third-key"}, 401},
		"empty key":             {"GET", "/api/v2/status", []string{"Authorization", "Bearer "}, 401},
		"half a key":            {"GET", "/api/v2/status", []string{"X-API-Key", "first"}, 401},
		"both keys":             {"GET", "/api/v2/status", []string{"X-API-Key", "first-key,second-key"}, 401},
		"a basic password":      {"GET", "/api/v2/status", []string{"Authorization", "Basic Zmlyc3Qta2V5"}, 401},
		"first":                 {"GET", "/api/v2/status", []string{"Authorization", "Bearer first-key"}, 200},
		"another way to write":  {"GET", "/api/v2/status", []string{"Authorization", "bearer first-key"}, 200},
		"second":                {"GET", "/api/v2/status", []string{"X-API-Key", "second-key"}, 200},
		"a query elsewhere":     {"GET", "/api/v2/status?api_key=first-key", nil, 401},
		"a post":                {"POST", "/api/chat", nil, 401},
		"a stream":              {"POST", "/api/v2/lipsync/stream", nil, 401},
		"an unknown path":       {"GET", "/nope", nil, 401},
		"the document":          {"GET", "/openapi.json", nil, 401},
		"a page's script":       {"GET", "/studio/studio.js", nil, 401},
		"a file":                {"GET", file.URL, nil, 401},
		"a file, key in header": {"GET", file.URL, []string{"X-API-Key", "first-key"}, 200},
		"a file, key in query":  {"GET", file.URL + "?api_key=second-key", nil, 200},
		"a preview, by query":   {"GET", "/api/avatars/talk_long_720p/preview?api_key=first-key", nil, 200},
		"a loop":                {"GET", "/api/avatars/talk_long_720p/loops/talk", nil, 401},
		"a loop, by query":      {"GET", "/api/avatars/talk_long_720p/loops/talk?api_key=first-key", nil, 200},
		"avatars, by query":     {"GET", "/api/avatars?api_key=first-key", nil, 401},
		"a file, wrong query":   {"HEAD", file.URL + "?api_key=x", nil, 401},
		"a forged cookie":       {"GET", "/api/v2/status", []string{"Cookie", "visavis_key=first-key"}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := r.do(t, tc.method, tc.path, "", tc.headers...)
			assert.Equal(t, tc.status, reply.status, reply.body)
			if tc.status == 401 && tc.method != "HEAD" {
				assert.Equal(t, "유효한 API 키가 필요합니다", reply.json(t)["error"])
				assert.Contains(t, reply.header.Get("WWW-Authenticate"), "Bearer")
			}
		})
	}
	t.Cleanup(func() { assert.NotContains(t, r.log.String(), "-key") })
}

// A person with a browser gives the key once, on a page; the cookie counts for our own pages alone.
func TestSigningIn(t *testing.T) {
	t.Parallel()
	r := start(t, locked)
	client := browser(t)
	signed := r.as(client)
	page := signed.get(t, "/", "Accept", "text/html,*/*")
	assert.Equal(t, http.StatusUnauthorized, page.status)
	assert.Contains(t, page.body, `action="/signin"`)
	assert.NotContains(t, page.body, "맞지 않습니다")

	signIn := func(key string) reply {
		return signed.post(t, "/signin", url.Values{"key": {key}}.Encode(),
			"Content-Type", "application/x-www-form-urlencoded", "Origin", r.url)
	}
	assert.Contains(t, signIn("nope").body, "API 키가 맞지 않습니다")
	assert.Equal(t, http.StatusUnauthorized, signIn(strings.Repeat("x", 1<<20)).status)
	in := signIn("second-key")
	assert.Equal(t, http.StatusOK, in.status)
	assert.Contains(t, in.body, "studio.js", "it leads to the studio")
	assert.Equal(t, 200, signed.get(t, "/api/avatars", "Sec-Fetch-Site", "same-origin").status)
	assert.Equal(t, 200, signed.post(t, "/api/chat", `{"message":"네"}`, "Origin", r.url).status)
	assert.Equal(t, 401, signed.post(t, "/api/chat", `{"message":"네"}`, "Origin", "http://localhost:9999").status,
		"a page beside ours has to know a key")
	assert.Equal(t, 401, signed.get(t, "/api/avatars", "Sec-Fetch-Site", "cross-site").status)

	base, err := url.Parse(r.url)
	require.NoError(t, err)
	for _, cookie := range client.Jar.Cookies(base) {
		assert.NotContains(t, cookie.Value, "key", "the cookie does not hold the key")
	}
	other := start(t, locked)
	assert.Equal(t, 401, other.get(t, "/readyz", "Cookie", "visavis_key="+client.Jar.Cookies(base)[0].Value).status, "tokens are one host's")
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	listed := func(origins ...string) *rig {
		return start(t, func(o *api.Options, _ *script, _ *queue.Options) { o.Origins = origins })
	}
	usual, one, all := listed(), listed("https://interview.example"), listed("*")
	for name, tc := range map[string]struct {
		r                  *rig
		origin, allow      string
		credentials, write bool
	}{
		"local, any port":       {usual, "http://localhost:3000", "http://localhost:3000", true, true},
		"local by number":       {usual, "http://127.0.0.1:8080", "http://127.0.0.1:8080", true, true},
		"local, version 6":      {usual, "http://[::1]:8080", "http://[::1]:8080", true, true},
		"a stranger":            {usual, "https://evil.example", "", false, false},
		"a name like ours":      {usual, "http://localhost.evil.example", "", false, false},
		"a file":                {usual, "null", "", false, false},
		"another scheme":        {usual, "ftp://localhost", "", false, false},
		"listed":                {one, "https://interview.example", "https://interview.example", true, true},
		"local beside listed":   {one, "http://localhost:3000", "http://localhost:3000", true, true},
		"listed, another port":  {one, "https://interview.example:444", "", false, false},
		"everybody":             {all, "https://anybody.example", "*", false, true},
		"local among everybody": {all, "http://localhost:3000", "http://localhost:3000", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check := func(reply reply) {
				assert.Equal(t, tc.allow, reply.header.Get("Access-Control-Allow-Origin"))
				assert.Equal(t, tc.credentials, reply.header.Get("Access-Control-Allow-Credentials") == "true")
				assert.Contains(t, reply.header.Values("Vary"), "Origin")
			}
			reply := tc.r.get(t, "/api/avatars", "Origin", tc.origin)
			assert.Equal(t, http.StatusOK, reply.status)
			check(reply)
			reply = tc.r.post(t, "/api/v2/tts", `{"text":"네"}`, "Origin", tc.origin, "Content-Type", "text/plain")
			check(reply)
			if !tc.write {
				assert.Equal(t, http.StatusForbidden, reply.status)
				assert.Equal(t, "forbidden_origin", reply.json(t)["code"])
				return
			}
			assert.Equal(t, http.StatusOK, reply.status)
			assert.Contains(t, reply.header.Get("Access-Control-Expose-Headers"), "X-Session-Id")
			reply = tc.r.do(t, http.MethodOptions, "/api/v2/lipsync/stream", "", "Origin", tc.origin,
				"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
			assert.Equal(t, http.StatusNoContent, reply.status)
			check(reply)
			assert.Contains(t, reply.header.Get("Access-Control-Allow-Methods"), "POST")
			assert.Contains(t, reply.header.Get("Access-Control-Allow-Headers"), "Content-Type")
		})
	}
	t.Run("our own page", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, http.StatusOK, usual.post(t, "/api/v2/tts", `{"text":"네"}`, "Origin", usual.url).status)
		assert.Equal(t, http.StatusOK, usual.post(t, "/api/v2/tts", `{"text":"네"}`, "Origin", "https://behind.a.proxy", "Sec-Fetch-Site", "same-origin").status)
	})
	t.Run("a preflight needs no key", func(t *testing.T) {
		t.Parallel()
		r := start(t, locked)
		reply := r.do(t, http.MethodOptions, "/api/chat", "", "Origin", "http://localhost:3000", "Access-Control-Request-Method", "POST")
		assert.Equal(t, http.StatusNoContent, reply.status)
	})
}

// A keyless host on this machine is called by its own names. Others may be anybody's, which lead here to pass for our own page.
func TestNames(t *testing.T) {
	t.Parallel()
	one := start(t, func(o *api.Options, _ *script, _ *queue.Options) {
		o.Origins = []string{"https://app.example"}
		o.Names = access.NewNames([]string{"127.0.0.1", "avatar.example:8443", "Box"}, o.Origins, o.Logger)
	})
	for host, status := range map[string]int{
		"localhost": 200, "localhost:5000": 200, "LOCALHOST.": 200, "studio.localhost:5000": 200, "127.0.0.1": 200, "127.8.8.8:1": 200, "[::1]:5000": 200,
		"[::1]": 200, "192.168.0.9:5000": 200, "avatar.example": 200, "avatar.example:9": 200, "box:5000": 200, "app.example": 200,
		"evil.example": 403, "evil.example:5000": 403, "localhost.evil.example": 403, "evillocalhost": 403, "127.0.0.1.evil.example": 403,
		"avatar.example.evil.example": 403, "visavis": 403, "evil.example.": 403, "[::1]evil.example": 403,
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			for _, call := range [][2]string{{"GET", "/api/avatars"}, {"POST", "/api/chat"}, {"GET", "/"}, {"GET", "/healthz"}} {
				body, want := "", status
				if call[0] == "POST" {
					body = `{"message":"네","history":[]}`
				}
				if call[1] == "/healthz" {
					want = 200
				}
				reply := one.do(t, call[0], call[1], body, "Host", host, "Origin", "http://"+strings.Trim(host, "."))
				if call[0] == "POST" && status == 200 { // whose page it is, is judged after that
					assert.NotEqual(t, "forbidden_host", reply.code(t), call)
					continue
				}
				assert.Equal(t, want, reply.status, call)
				if want == 403 {
					assert.Equal(t, "forbidden_host", reply.code(t))
				}
			}
		})
	}
	t.Cleanup(func() {
		assert.Equal(t, 1, strings.Count(one.log.String(), "[WARN]"), "one warning, however often: %s", one.log)
		assert.Contains(t, one.log.String(), "PUBLIC_BASE_URL")
	})
	elsewhere := start(t)
	assert.Equal(t, http.StatusOK, elsewhere.get(t, "/api/avatars", "Host", "evil.example").status, "elsewhere names do not matter")
}

// A host that ends takes no new work; what was made can be fetched, and what runs be cancelled.
func TestTheDoor(t *testing.T) {
	t.Parallel()
	door := &access.Door{}
	begun, goOn := make(chan struct{}), make(chan struct{})
	r := start(t, func(o *api.Options, s *script, _ *queue.Options) {
		o.Door = door
		s.halfway = func(context.Context) error {
			close(begun)
			<-goOn
			return nil
		}
	})
	file, err := r.script.publish(generation.Video, "ftyp")
	require.NoError(t, err)
	running := r.open(t.Context(), t, "POST /api/v2/lipsync/stream", `{"text":"네","avatar":"talk_long"}`)
	<-begun
	quiet, busy := door.Close()
	assert.True(t, busy)
	for _, path := range []string{"/api/chat", "/api/v2/lipsync", "/api/v2/tts/stream"} {
		reply := r.post(t, path, `{"message":"네","text":"네","avatar":"talk_long"}`)
		assert.Equal(t, http.StatusServiceUnavailable, reply.status, path)
		assert.Contains(t, reply.json(t)["error"], "종료되는 중")
		assert.NotEmpty(t, reply.header.Get("Retry-After"))
	}
	assert.Equal(t, http.StatusServiceUnavailable, r.get(t, "/readyz").status)
	assert.Equal(t, http.StatusOK, r.get(t, "/healthz").status)
	assert.Equal(t, "ftyp", r.get(t, file.URL).body)
	assert.Equal(t, http.StatusOK, r.post(t, "/api/cancel", `{"sid":"nobody"}`).status)
	select {
	case <-quiet:
		t.Error("work is under way")
	default:
	}
	close(goOn)
	rest, err := io.ReadAll(running.body)
	require.NoError(t, err)
	assert.Contains(t, string(rest), `"type":"done"`)
	<-quiet
	idle := &access.Door{}
	quiet, busy = idle.Close()
	assert.False(t, busy)
	<-quiet
}

func TestFiles(t *testing.T) {
	t.Parallel()
	r := start(t)
	for kind, contentType := range map[generation.ArtefactKind]string{generation.Audio: "audio/wav", generation.Video: "video/mp4"} {
		file, err := r.script.publish(kind, "0123456789")
		require.NoError(t, err)
		whole := r.get(t, file.URL)
		assert.Equal(t, "0123456789", whole.body)
		assert.Equal(t, contentType, whole.header.Get("Content-Type"))
		assert.Equal(t, "bytes", whole.header.Get("Accept-Ranges"))
		assert.Equal(t, "10", whole.header.Get("Content-Length"))
		assert.Equal(t, "nosniff", whole.header.Get("X-Content-Type-Options"))
		assert.NotEmpty(t, whole.header.Get("Last-Modified"))
		tag := whole.header.Get("ETag")
		assert.Regexp(t, `^".+"$`, tag)

		head := r.do(t, http.MethodHead, file.URL, "")
		assert.Equal(t, "10", head.header.Get("Content-Length"))
		assert.Empty(t, head.body)
		for asked, want := range map[string]string{"bytes=2-4": "234", "bytes=-3": "789", "bytes=7-": "789"} {
			part := r.get(t, file.URL, "Range", asked)
			assert.Equal(t, http.StatusPartialContent, part.status)
			assert.Equal(t, want, part.body)
			assert.Regexp(t, `^bytes \d-\d/10$`, part.header.Get("Content-Range"))
		}
		for _, asked := range []string{"bytes=99-", "bytes=x", "bytes=4-2"} {
			beyond := r.get(t, file.URL, "Range", asked)
			assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, beyond.status)
			assert.Equal(t, "application/json", beyond.header.Get("Content-Type"))
			assert.JSONEq(t, `{"error":"파일에 없는 범위입니다","code":"invalid_range"}`, beyond.body)
		}
		assert.Equal(t, "bytes */10", r.get(t, file.URL, "Range", "bytes=99-").header.Get("Content-Range"))
		assert.Equal(t, "0123456789", r.get(t, file.URL, "Range", "items=0-3").body, "a unit that is not known does not count")
		several := r.get(t, file.URL, "Range", "bytes=0-1,4-5")
		assert.Equal(t, http.StatusPartialContent, several.status)
		assert.Contains(t, several.header.Get("Content-Type"), "multipart/byteranges")
		assert.Equal(t, http.StatusNotModified, r.get(t, file.URL, "If-None-Match", tag).status)
		assert.Equal(t, http.StatusPartialContent, r.get(t, file.URL, "Range", "bytes=0-1", "If-Range", tag).status)
		assert.Equal(t, http.StatusOK, r.get(t, file.URL, "Range", "bytes=0-1", "If-Range", `"other"`).status)
	}
}

// The pages load nothing from any other host, and everything they name is there.
func TestPages(t *testing.T) {
	t.Parallel()
	r := start(t)
	links := regexp.MustCompile(`(?:src|href|action)="([^"]*)"`)
	for _, path := range []string{"/", "/docs"} {
		page := r.get(t, path)
		require.Equal(t, http.StatusOK, page.status)
		assert.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
		policy := page.header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'self'")
		assert.NotContains(t, policy, "http")
		assert.NotContains(t, policy, "script-src 'unsafe")
		assert.Equal(t, "no-referrer", page.header.Get("Referrer-Policy"))
		assert.Equal(t, http.StatusNotModified, r.get(t, path, "If-None-Match", page.header.Get("ETag")).status)
		found := links.FindAllStringSubmatch(page.body, -1)
		require.NotEmpty(t, found)
		for _, link := range found {
			if strings.HasPrefix(link[1], "data:") || strings.HasPrefix(link[1], "#") {
				continue
			}
			require.True(t, strings.HasPrefix(link[1], "/"), "%s links to %s", path, link[1])
			assert.Equal(t, http.StatusOK, r.get(t, link[1]).status, link[1])
		}
	}
	assert.Contains(t, r.get(t, "/studio/studio.js").header.Get("Content-Type"), "javascript")
	assert.Equal(t, "text/plain; charset=utf-8", r.get(t, "/docsui/LICENSE").header.Get("Content-Type"))
}

// The document is one for all hosts; its page shows locks only where a key opens them.
func TestLocksOfTheDocsPage(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, start(t).get(t, "/docs").body, "data-keys")
	r := start(t, locked)
	assert.Contains(t, r.get(t, "/docs", "X-API-Key", "first-key").body, "<body data-keys>")
	assert.Contains(t, r.get(t, "/docsui/page.js", "X-API-Key", "first-key").body, `"keys" in document.body.dataset`)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	r := start(t)
	assert.JSONEq(t, `{"status":"ok","version":"1.2.3"}`, r.get(t, "/healthz").body)
	ready := r.get(t, "/readyz")
	assert.Equal(t, http.StatusOK, ready.status)
	assert.Equal(t, true, ready.json(t)["ready"])
	assert.Equal(t, []any{}, ready.json(t)["problems"], "an empty list, not null")

	assert.NotContains(t, ready.body, "reload_problem")
	refused := start(t, func(o *api.Options, _ *script, _ *queue.Options) { o.Roster = unchanged{} }).get(t, "/readyz")
	assert.Equal(t, http.StatusOK, refused.status, "what serves goes on")
	assert.Equal(t, "바뀐 설정을 적용하지 못했습니다", refused.json(t)["reload_problem"])

	down := start(t, func(o *api.Options, _ *script, _ *queue.Options) { o.Roster = speechless{} })
	ready = down.get(t, "/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, ready.status)
	body := ready.json(t)
	assert.Equal(t, false, body["ready"])
	assert.Equal(t, []any{"음성을 만들 수 있는 TTS 엔진이 없습니다"}, body["problems"])
	functions, _ := body["functions"].([]any)
	require.Len(t, functions, 1)
	assert.Equal(t, "exec format error", object(functions[0])["problem"])
	assert.Equal(t, http.StatusOK, down.get(t, "/healthz").status)
	assert.JSONEq(t, `{"engines":[]}`, down.get(t, "/api/tts_engines").body, "an empty list, not null")
	assert.JSONEq(t, `{"status":"ok","models_loaded":false,"available_avatars":["talk_long_720p","talk_short_720p"],"tts_engines":[]}`,
		down.get(t, "/api/v2/status").body)
}

// unchanged is a host that did not take a change.
type unchanged struct{ roster }

func (unchanged) Ready(context.Context) api.Readiness {
	return api.Readiness{ReloadProblem: "바뀐 설정을 적용하지 못했습니다"}
}

// speechless is a host whose only voice is broken.
type speechless struct{ roster }

func (speechless) Voices() []api.Voice { return nil }

func (speechless) FacesReady() bool { return false }

func (speechless) Ready(context.Context) api.Readiness {
	return api.Readiness{
		Functions: []api.FunctionState{{ID: "elevenlabs", Kind: "tts", Plugin: "tts-elevenlabs", State: "failed", Problem: "exec format error"}},
		Problems:  []string{"음성을 만들 수 있는 TTS 엔진이 없습니다"},
	}
}
