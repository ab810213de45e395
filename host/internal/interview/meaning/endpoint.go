package meaning

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"
)

// Endpoint is an OpenAI-compatible server of embeddings.
type Endpoint struct {
	client *openai.Client
	model  string
	url    string
}

const (
	// longestRequest bounds one request for many vectors.
	longestRequest = 60 * time.Second
	// mostBytes bounds its answer: 64 vectors of 8,192 numbers are half of it.
	mostBytes = 16 << 20
)

// NewEndpoint takes the full address of /v1/embeddings or its base, a model's name and a key, which may be empty.
func NewEndpoint(url, model, key string) *Endpoint {
	base := strings.TrimSuffix(strings.TrimSuffix(url, "/"), "/embeddings")
	config := openai.DefaultConfig(key)
	config.BaseURL = base
	config.HTTPClient = &http.Client{Timeout: longestRequest, Transport: bounded{http.DefaultTransport}}
	return &Endpoint{client: openai.NewClientWithConfig(config), model: model, url: base}
}

// Name implements Embedder.
func (e *Endpoint) Name() string { return e.url + " " + e.model }

// Embed implements Embedder.
func (e *Endpoint) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	answer, err := e.client.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{Input: texts, Model: openai.EmbeddingModel(e.model)})
	if err != nil {
		return nil, fmt.Errorf("ask the embedding server: %w", err)
	}
	vectors := make([][]float32, len(texts))
	for _, d := range answer.Data {
		if d.Index < 0 || d.Index >= len(vectors) || vectors[d.Index] != nil {
			return nil, errors.New("ask the embedding server: vectors are numbered wrongly")
		}
		vectors[d.Index] = d.Embedding
	}
	return vectors, nil
}

// bounded cuts answers that are too long.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // the client does
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, mostBytes)
	return answer, nil
}
