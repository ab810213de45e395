// Package meaning finds texts that mean what another says, by the vectors of an embedding model that somebody else serves.
// While the model does not answer, it finds nothing and says so once.
package meaning

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/philippgille/chromem-go"
)

// Embedder turns texts into vectors.
type Embedder interface {
	// Embed gives a vector for each text, all of one length.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
	// Name tells the vectors of one model from those of another.
	Name() string
}

// Text can be found.
type Text struct {
	// ID is another one when the text is another one.
	ID, Scope, Text string
}

// Match is a text that was found; Similarity is the cosine, -1 to 1.
type Match struct {
	ID         string
	Similarity float32
}

const (
	// batch texts are sent at once; the smallest limit of known servers is 96.
	batch = 64
	// patience is how long an answer waits for its vector.
	patience = 800 * time.Millisecond
	// rest is how long the model is left alone after it failed an answer.
	rest = 15 * time.Second
	// The wait between two tries to fetch the vectors of texts doubles from the one to the other.
	shortestWait, longestWait = 2 * time.Second, 5 * time.Minute
)

// Options of a Store.
type Options struct {
	Embedder Embedder
	// File keeps vectors over a restart.
	File   string
	Logger hclog.Logger
}

// Store holds the vectors of texts. Safe for concurrent use.
type Store struct {
	embedder Embedder
	logger   hclog.Logger
	file     string
	// wanted holds the newest texts that nobody fetched vectors for yet.
	wanted  chan []Text
	current atomic.Pointer[chromem.Collection]
	// restUntil is a Unix time in nanoseconds.
	restUntil atomic.Int64
	stop      context.CancelFunc
	worker    sync.WaitGroup
}

// Open starts fetching vectors, in the background, until Close. The context gives values alone.
func Open(ctx context.Context, o Options) *Store {
	if o.Logger == nil {
		o.Logger = hclog.NewNullLogger()
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // Close ends it, not the end of the start
	s := &Store{embedder: o.Embedder, logger: o.Logger, file: o.File, wanted: make(chan []Text, 1), stop: stop}
	s.worker.Go(func() { s.run(ctx) })
	return s
}

// Close ends fetching and waits for it.
func (s *Store) Close() {
	s.stop()
	s.worker.Wait()
}

// Use takes other texts. Until their vectors are there, the texts before are found.
func (s *Store) Use(texts []Text) {
	for {
		select {
		case s.wanted <- texts:
			return
		default:
		}
		select { // the older ones are no longer wanted
		case <-s.wanted:
		default:
		}
	}
}

// Search gives the texts of the scopes that mean most nearly what is said, best first; none while the model does not answer.
func (s *Store) Search(ctx context.Context, said string, scopes []string, limit int) []Match {
	texts := s.current.Load()
	if texts == nil || said == "" || time.Now().UnixNano() < s.restUntil.Load() {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	vectors, err := embed(limited, s.embedder, []string{said})
	if err != nil {
		if ctx.Err() == nil {
			s.restUntil.Store(time.Now().Add(rest).UnixNano())
			s.logger.Warn("the embedding model does not answer: questions are found by words alone for a while", "error", err, "while", rest)
		}
		return nil
	}
	return nearest(ctx, texts, vectors[0], scopes, limit)
}

func nearest(ctx context.Context, texts *chromem.Collection, vector []float32, scopes []string, limit int) []Match {
	var all []Match
	for _, scope := range scopes {
		found, err := texts.QueryEmbedding(ctx, vector, min(limit, texts.Count()), map[string]string{scopeKey: scope}, nil)
		if err != nil { // a vector of another length: the model was changed behind its name
			return nil
		}
		for _, f := range found {
			all = append(all, Match{ID: f.ID, Similarity: f.Similarity})
		}
	}
	return best(all, limit)
}

// embed asks for vectors and checks what comes.
func embed(ctx context.Context, e Embedder, texts []string) ([][]float32, error) {
	vectors, err := e.Embed(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("embed %d texts: %w", len(texts), err)
	}
	if len(vectors) != len(texts) {
		return nil, fmt.Errorf("embed %d texts: the server sent %d vectors", len(texts), len(vectors))
	}
	for _, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) || !isFinite(v) {
			return nil, fmt.Errorf("embed %d texts: the server sent a vector that is none", len(texts))
		}
	}
	return vectors, nil
}
