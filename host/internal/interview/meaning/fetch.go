package meaning

import (
	"bytes"
	"cmp"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"time"

	"github.com/google/renameio/v2"
	"github.com/philippgille/chromem-go"
)

const scopeKey = "scope"

// run fetches the vectors of what is wanted, again and again until it has them.
func (s *Store) run(ctx context.Context) {
	known := s.read()
	var texts []Text
	for {
		select {
		case <-ctx.Done():
			return
		case texts = <-s.wanted:
		}
		wait := shortestWait
		for {
			err := s.fetch(ctx, texts, known)
			if err == nil || ctx.Err() != nil {
				break
			}
			s.logger.Warn("questions have no vectors yet: they are found by words alone", "error", err, "next try in", wait)
			select {
			case <-ctx.Done():
				return
			case texts = <-s.wanted:
			case <-time.After(wait):
			}
			wait = min(2*wait, longestWait)
		}
	}
}

// fetch gets the vectors that are missing in known, and lets all texts be found. What it has got is kept when it fails.
func (s *Store) fetch(ctx context.Context, texts []Text, known map[string][]float32) error {
	var missing []Text
	wanted := map[string]bool{}
	for _, t := range texts {
		if known[t.ID] == nil && !wanted[t.ID] {
			missing = append(missing, t)
		}
		wanted[t.ID] = true
	}
	for part := range slices.Chunk(missing, batch) {
		said := make([]string, len(part))
		for i, t := range part {
			said[i] = t.Text
		}
		vectors, err := embed(ctx, s.embedder, said)
		if err != nil {
			return err
		}
		for i, t := range part {
			known[t.ID] = vectors[i]
		}
	}
	for id := range known {
		if !wanted[id] {
			delete(known, id)
		}
	}
	collection, err := collect(ctx, texts, known)
	if err != nil {
		clear(known) // vectors of two models
		return err
	}
	s.current.Store(collection)
	if len(missing) > 0 {
		s.logger.Info("questions have vectors", "questions", len(texts), "new", len(missing), "model", s.embedder.Name())
		s.write(known)
	}
	return nil
}

func collect(ctx context.Context, texts []Text, known map[string][]float32) (*chromem.Collection, error) {
	collection, err := chromem.NewDB().CreateCollection("texts", nil, noEmbedding)
	if err != nil {
		return nil, fmt.Errorf("collect vectors: %w", err)
	}
	length := 0
	for _, t := range texts {
		v := known[t.ID]
		length = cmp.Or(length, len(v))
		if len(v) != length {
			return nil, errors.New("collect vectors: they have different lengths")
		}
		d := chromem.Document{ID: t.ID, Metadata: map[string]string{scopeKey: t.Scope}, Embedding: slices.Clone(v)}
		if err := collection.AddDocument(ctx, d); err != nil {
			return nil, fmt.Errorf("collect vectors: %w", err)
		}
	}
	return collection, nil
}

// noEmbedding stands where the library would ask a model by itself.
func noEmbedding(context.Context, string) ([]float32, error) {
	return nil, errors.New("texts come with their vectors")
}

// kept is what the file holds.
type kept struct {
	Model   string
	Vectors map[string][]float32
}

// read gives the vectors of the file; none when it is of another model or broken.
func (s *Store) read() map[string][]float32 {
	none := map[string][]float32{}
	f, err := os.Open(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return none
	}
	if err != nil {
		s.logger.Warn("vectors cannot be read; they are fetched again", "error", err)
		return none
	}
	defer func() { _ = f.Close() }()
	var k kept
	if err := gob.NewDecoder(f).Decode(&k); err != nil {
		s.logger.Warn("vectors cannot be read; they are fetched again", "error", err)
		return none
	}
	if k.Model != s.embedder.Name() || k.Vectors == nil {
		return none
	}
	return k.Vectors
}

func (s *Store) write(known map[string][]float32) {
	var raw bytes.Buffer
	err := gob.NewEncoder(&raw).Encode(kept{Model: s.embedder.Name(), Vectors: known})
	if err == nil {
		err = renameio.WriteFile(s.file, raw.Bytes(), 0o600)
	}
	if err != nil {
		s.logger.Warn("vectors cannot be kept; they are fetched again after a restart", "error", err)
	}
}

func best(all []Match, limit int) []Match {
	slices.SortStableFunc(all, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.ID, b.ID))
	})
	return all[:min(limit, len(all))]
}

func isFinite(v []float32) bool {
	something := false
	for _, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return false
		}
		something = something || x != 0
	}
	return something
}
