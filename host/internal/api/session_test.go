package api_test

import (
	"net/http"
	"net/http/cookiejar"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// turns is how many messages of a kept conversation went to the backend.
func turns(t *testing.T, reply reply) float64 {
	t.Helper()
	require.Equal(t, http.StatusOK, reply.status, reply.body)
	count, is := object(reply.json(t)["llm_params"])["history_count"].(float64)
	require.True(t, is, reply.body)
	return count
}

// browser is a client that keeps cookies.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: jar}
}

func TestAConversationOfASID(t *testing.T) {
	t.Parallel()
	r := start(t)
	say := func(sid string) float64 {
		reply := r.post(t, "/api/chat", `{"message":"네","sid":"`+sid+`"}`)
		assert.Equal(t, sid, reply.header.Get("X-Session-Id"))
		assert.Empty(t, reply.header.Get("Set-Cookie"), "a client with a sid needs no cookie")
		return turns(t, reply)
	}
	assert.InDelta(t, 0, say("a"), 0)
	assert.InDelta(t, 2, say("a"), 0)
	assert.InDelta(t, 0, say("b"), 0, "two clients never see each other's")
	assert.JSONEq(t, `{"status":"cleared"}`, r.post(t, "/api/clear_history", `{"sid":"a"}`).body)
	assert.InDelta(t, 0, say("a"), 0)
	assert.InDelta(t, 2, say("b"), 0)
	assert.InDelta(t, 0, turns(t, r.post(t, "/api/chat", `{"message":"네","sid":"b","history":[]}`)), 0, "a history, even empty, is all there is")
	assert.InDelta(t, 4, say("b"), 0, "and nothing of it was kept")
}

// A client without sid and cookies, as in the document's Python example, is known by its address.
func TestAConversationOfAnAddress(t *testing.T) {
	t.Parallel()
	r := start(t)
	from := func(address string) float64 {
		return turns(t, r.post(t, "/api/chat", `{"message":"네"}`, "X-Forwarded-For", "10.9.9.9, "+address))
	}
	assert.InDelta(t, 0, from("10.0.0.1"), 0)
	assert.InDelta(t, 2, from("10.0.0.1"), 0)
	assert.InDelta(t, 4, from("10.0.0.1"), 0)
	assert.InDelta(t, 0, from("10.0.0.2"), 0, "a proxy on this machine names its client")
	assert.InDelta(t, 0, from("garbage"), 0, "else it is the peer itself")
	assert.InDelta(t, 2, turns(t, r.post(t, "/api/chat", `{"message":"네"}`)), 0)
	r.post(t, "/api/clear_history", `{}`)
	assert.InDelta(t, 0, turns(t, r.post(t, "/api/chat", `{"message":"네"}`)), 0)
}

// The host gives a cookie with the first kept turn; the client that brings it back is known by it, and its first
// turn is no longer the address's.
func TestAConversationOfACookie(t *testing.T) {
	t.Parallel()
	r := start(t)
	first, second := browser(t), browser(t)
	say := func(client *http.Client, headers ...string) reply {
		return r.as(client).post(t, "/api/chat", `{"message":"네"}`, headers...)
	}
	answer := say(first)
	assert.InDelta(t, 0, turns(t, answer), 0)
	assert.Regexp(t, `^visavis_session=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax$`, answer.header.Get("Set-Cookie"))
	sid := answer.header.Get("X-Session-Id")
	answer = say(first)
	assert.InDelta(t, 2, turns(t, answer), 0)
	assert.Empty(t, answer.header.Get("Set-Cookie"))
	assert.Equal(t, sid, answer.header.Get("X-Session-Id"))
	assert.InDelta(t, 0, turns(t, say(second)), 0, "another browser at the same address")
	assert.InDelta(t, 4, turns(t, say(first)), 0)
	assert.InDelta(t, 2, turns(t, say(second)), 0)

	r.as(first).post(t, "/api/clear_history", "")
	assert.InDelta(t, 0, turns(t, say(first)), 0)
	assert.InDelta(t, 4, turns(t, say(second)), 0)

	// A page of ours runs in a browser, which will bring the cookie: its first turn is never the address's.
	third := browser(t)
	assert.InDelta(t, 0, turns(t, say(third, "Sec-Fetch-Site", "same-origin")), 0)
	assert.InDelta(t, 0, turns(t, say(browser(t))), 0)
	assert.InDelta(t, 2, turns(t, say(third)), 0)
}

// What others can see of a session does not open it.
func TestTheSIDOfACookieIsNoKey(t *testing.T) {
	t.Parallel()
	r := start(t)
	client := browser(t)
	say := func(c *http.Client, body string, headers ...string) reply {
		return r.as(c).post(t, "/api/chat", body, headers...)
	}
	say(client, `{"message":"네"}`)
	sid := say(client, `{"message":"네"}`).header.Get("X-Session-Id")
	assert.InDelta(t, 0, turns(t, say(http.DefaultClient, `{"message":"네","sid":"`+sid+`"}`)), 0)
	assert.InDelta(t, 0, turns(t, say(http.DefaultClient, `{"message":"네"}`, "Cookie", "visavis_session="+sid)), 0)
}

// Only a client whose conversation is kept gets a cookie; every generation has a session and a name.
func TestSessionHeaders(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, tc := range []struct {
		path, body string
		cookie     bool
	}{
		{"/api/chat", `{"message":"네"}`, true},
		{"/api/chat/stream", `{"message":"네"}`, true},
		{"/api/v2/chat_and_lipsync", `{"message":"네","avatar":"x"}`, true},
		{"/api/v2/chat_and_lipsync/stream", `{"message":"네","avatar":"x"}`, true},
		{"/api/chat", `{"message":"네","history":[]}`, false},
		{"/api/v2/chat_and_lipsync/stream", `{"message":"네","avatar":"x","history":[]}`, false},
		{"/api/v2/tts", `{"text":"네"}`, false},
		{"/api/v2/lipsync", `{"text":"네","avatar":"x"}`, false},
		{"/api/v2/lipsync/stream", `{"text":"네","avatar":"x"}`, false},
	} {
		reply := r.post(t, tc.path, tc.body)
		require.Equal(t, http.StatusOK, reply.status, reply.body)
		assert.Equal(t, tc.cookie, reply.header.Get("Set-Cookie") != "", tc.path+tc.body)
		assert.Regexp(t, `^[0-9a-f]{24}$`, reply.header.Get("X-Session-Id"))
		assert.Regexp(t, `^[0-9a-f]{8}$`, reply.header.Get("X-Request-Id"))
	}
	reply := r.get(t, "/api/avatars")
	assert.Regexp(t, `^[0-9a-f]{8}$`, reply.header.Get("X-Request-Id"), "every answer has a name")
}
