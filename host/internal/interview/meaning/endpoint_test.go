package meaning_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/interview/meaning"
)

func TestEndpoint(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var got struct {
			Model string   `json:"model"`
			Input []string `json:"input"`
		}
		assert.Equal(t, "/v1/embeddings", r.URL.Path)
		assert.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&got))
		assert.Equal(t, "m", got.Model)
		assert.Equal(t, []string{"하나", "둘"}, got.Input)
		_, _ = io.WriteString(w, `{"object":"list","model":"m","data":[
			{"object":"embedding","index":1,"embedding":[0,1]},{"object":"embedding","index":0,"embedding":[1,0]}]}`)
	}))
	defer server.Close()
	for _, url := range []string{server.URL + "/v1", server.URL + "/v1/", server.URL + "/v1/embeddings"} {
		vectors, err := meaning.NewEndpoint(url, "m", "secret").Embed(t.Context(), []string{"하나", "둘"})
		require.NoError(t, err)
		assert.Equal(t, [][]float32{{1, 0}, {0, 1}}, vectors, "in the order of the texts")
	}
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter){
		"an error": func(w http.ResponseWriter) { http.Error(w, `{"error":{"message":"no"}}`, http.StatusUnauthorized) },
		"a page":   func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>hello</html>") },
		"no index": func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"data":[{"index":7,"embedding":[1]}]}`) },
		"twice one": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"data":[{"embedding":[1]},{"embedding":[1]}]}`)
		},
		"cut off": func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"data":[{"embedding":[1,`) },
		"no end": func(w http.ResponseWriter) {
			for range 40 {
				_, _ = fmt.Fprintf(w, "%01000000d", 0)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
			defer server.Close()
			_, err := meaning.NewEndpoint(server.URL, "m", "").Embed(t.Context(), []string{"하나", "둘"})
			assert.Error(t, err)
		})
	}
}
