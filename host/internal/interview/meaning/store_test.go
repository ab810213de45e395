package meaning_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/interview/meaning"
)

// senses is an embedder that knows three things.
type senses struct {
	name string

	mu    sync.Mutex
	texts []string
	fail  error
	slow  time.Duration
}

func (s *senses) Name() string { return s.name }

func (s *senses) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	s.mu.Lock()
	fail, slow := s.fail, s.slow
	s.texts = append(s.texts, texts...)
	s.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(slow):
	}
	if fail != nil {
		return nil, fail
	}
	var all [][]float32
	for _, t := range texts {
		v := []float32{0.1, 0.1, 0.1}
		for i, words := range []string{"개 강아지 멍멍", "차 자동차 운전", "밥 식사 점심"} {
			for word := range strings.FieldsSeq(words) {
				if strings.Contains(t, word) {
					v[i]++
				}
			}
		}
		all = append(all, v)
	}
	return all, nil
}

func (s *senses) set(fail error, slow time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail, s.slow = fail, slow
}

// asked gives what was asked since it was called last.
func (s *senses) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.texts
	s.texts = nil
	return all
}

func texts() []meaning.Text {
	return []meaning.Text{
		{ID: "1", Scope: "a", Text: "강아지를 키우시나요?"},
		{ID: "2", Scope: "a", Text: "운전을 하시나요?"},
		{ID: "3", Scope: "b", Text: "식사는 하셨나요?"},
		{ID: "4", Scope: "b", Text: "개와 산책하시나요?"},
	}
}

func ids(matches []meaning.Match) []string {
	var all []string
	for _, m := range matches {
		all = append(all, m.ID)
	}
	return all
}

func TestSearch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &senses{name: "m"}
		s := meaning.Open(t.Context(), meaning.Options{Embedder: e, File: filepath.Join(t.TempDir(), "v")})
		defer s.Close()
		assert.Empty(t, s.Search(t.Context(), "멍멍", []string{"a"}, 5), "nothing is there yet")
		s.Use(texts())
		synctest.Wait()
		assert.Equal(t, []string{"1", "2"}, ids(s.Search(t.Context(), "멍멍", []string{"a"}, 5)), "of its scope alone")
		assert.Equal(t, []string{"3"}, ids(s.Search(t.Context(), "점심", []string{"a", "b", "none"}, 1)), "the best of all scopes")
		e.asked()
		s.Use(append(texts()[:3], meaning.Text{ID: "5", Scope: "b", Text: "자동차가 있나요?"}))
		synctest.Wait()
		assert.Equal(t, []string{"자동차가 있나요?"}, e.asked(), "only what is new is asked for")
		assert.Equal(t, []string{"5", "3"}, ids(s.Search(t.Context(), "운전", []string{"b"}, 5)), "what is no longer wanted is not found")
	})
}

func TestVectorsAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "v")
		open := func(e *senses) *meaning.Store {
			s := meaning.Open(t.Context(), meaning.Options{Embedder: e, File: file})
			s.Use(texts())
			synctest.Wait()
			return s
		}
		open(&senses{name: "m"}).Close()
		again := &senses{name: "m"}
		s := open(again)
		assert.Empty(t, again.asked())
		assert.Equal(t, []string{"2"}, ids(s.Search(t.Context(), "운전", []string{"a"}, 1)))
		s.Close()
		other := &senses{name: "another model"}
		open(other).Close()
		assert.Len(t, other.asked(), 4, "vectors of another model are of no use")
		require.NoError(t, os.WriteFile(file, []byte("broken"), 0o600))
		last := &senses{name: "another model"}
		open(last).Close()
		assert.Len(t, last.asked(), 4, "a broken file is made anew")
	})
}

func TestAModelThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &senses{name: "m", fail: errors.New("down")}
		s := meaning.Open(t.Context(), meaning.Options{Embedder: e, File: filepath.Join(t.TempDir(), "v")})
		defer s.Close()
		s.Use(texts())
		synctest.Wait()
		assert.Empty(t, s.Search(t.Context(), "운전", []string{"a"}, 1))
		e.set(nil, 0)
		time.Sleep(10 * time.Second)
		assert.NotEmpty(t, s.Search(t.Context(), "운전", []string{"a"}, 1), "it is tried again")

		e.set(nil, time.Minute)
		started := time.Now()
		assert.Empty(t, s.Search(t.Context(), "운전", []string{"a"}, 1))
		assert.Less(t, time.Since(started), time.Second, "an answer does not wait for long")
		e.set(nil, 0)
		assert.Empty(t, s.Search(t.Context(), "운전", []string{"a"}, 1), "nor does the next one try")
		time.Sleep(20 * time.Second)
		assert.NotEmpty(t, s.Search(t.Context(), "운전", []string{"a"}, 1))
	})
}
