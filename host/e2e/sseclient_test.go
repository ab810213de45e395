package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/r3labs/sse/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/cenkalti/backoff.v1"
)

// posting makes a client that knows only GET send a body.
type posting struct{ body []byte }

// RoundTrip implements http.RoundTripper.
func (p posting) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Method = http.MethodPost
	r.Header.Set("Content-Type", "application/json")
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(p.body)), int64(len(p.body))
	return http.DefaultTransport.RoundTrip(r)
}

// A library for event streams that knows nothing of this API reads every event, in order, once.
func TestStreamsReadByALibrary(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	body, err := json.Marshal(map[string]any{"message": "면접을 시작합니다.", "history": []any{}, "avatar": "talk_short", "resolution": "360p"})
	require.NoError(t, err)
	client := sse.NewClient(s.URL+"/api/v2/chat_and_lipsync/stream", sse.ClientMaxBufferSize(1<<20))
	client.Connection = &http.Client{Transport: posting{body}}
	client.ReconnectStrategy = &backoff.StopBackOff{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	var told string
	var types []string
	var last map[string]any
	err = client.SubscribeRawWithContext(ctx, func(m *sse.Event) {
		assert.Empty(t, m.Event, "there is no event: line")
		if len(m.Data) == 0 {
			return // a comment
		}
		last = nil
		if json.Unmarshal(m.Data, &last) != nil {
			t.Errorf("not JSON: %s", m.Data)
			return
		}
		kind, _ := last["type"].(string)
		if kind == "token" {
			content, _ := last["content"].(string)
			told += content
		}
		if len(types) == 0 || types[len(types)-1] != kind {
			types = append(types, kind)
		}
	})
	require.NoError(t, err)
	require.NotEmpty(t, types)
	assert.Equal(t, []string{"status", "token", "llm_done", "status"}, types[:4])
	assert.Equal(t, "done", types[len(types)-1])
	assert.Equal(t, last["response"], told)
}
