package conversation_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/interview/conversation"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t *testing.T, o conversation.Options) *conversation.Store {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "a folder, 100%?#", "talk.db")
		require.NoError(t, os.MkdirAll(filepath.Dir(o.Path), 0o700))
	}
	s, err := conversation.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func say(t *testing.T, s *conversation.Store, key, text string) {
	t.Helper()
	require.NoError(t, s.Remember(t.Context(), key, conversation.Turn{
		SID: "public " + key, User: text, Asked: time.UnixMilli(1000), Assistant: "네, " + text, Answered: time.UnixMilli(2500),
	}))
}

func texts(t *testing.T, s *conversation.Store, key string, limit int) []string {
	t.Helper()
	messages, err := s.History(t.Context(), key, limit)
	require.NoError(t, err)
	all := []string{}
	for _, m := range messages {
		all = append(all, m.Role+" "+m.Content)
	}
	return all
}

func TestHistory(t *testing.T) {
	t.Parallel()
	s := open(t, conversation.Options{})
	assert.Empty(t, texts(t, s, "a", 10))
	say(t, s, "a", "하나")
	say(t, s, "b", "다른 사람")
	say(t, s, "a", "둘")
	assert.Equal(t, []string{"user 하나", "assistant 네, 하나", "user 둘", "assistant 네, 둘"}, texts(t, s, "a", 10))
	assert.Equal(t, []string{"assistant 네, 하나", "user 둘", "assistant 네, 둘"}, texts(t, s, "a", 3))
	require.NoError(t, s.Clear(t.Context(), "a"))
	assert.Empty(t, texts(t, s, "a", 10))
	assert.Len(t, texts(t, s, "b", 10), 2)
}

func TestItSurvivesARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "talk.db")
	first := open(t, conversation.Options{Path: path})
	require.NoError(t, first.Remember(t.Context(), "cookie:secret", conversation.Turn{SID: "public", User: "하나", Assistant: "네"}))
	require.NoError(t, first.Close())
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, bytes.Contains(raw, []byte("public")))
	assert.False(t, bytes.Contains(raw, []byte("cookie:secret")), "keys are not written down")
	assert.Len(t, texts(t, open(t, conversation.Options{Path: path}), "cookie:secret", 10), 2)
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.UnixMilli(1e12)}
	s := open(t, conversation.Options{Keep: time.Hour, Now: c.Now})
	say(t, s, "a", "하나")
	c.pass(59 * time.Minute)
	say(t, s, "b", "둘")
	assert.Len(t, texts(t, s, "a", 10), 2)
	c.pass(time.Minute)
	assert.Empty(t, texts(t, s, "a", 10))
	_, err := s.Transcript(t.Context(), "public a", "a")
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
	say(t, s, "a", "셋")
	assert.Equal(t, []string{"user 셋", "assistant 네, 셋"}, texts(t, s, "a", 10), "what has expired does not come back")
}

func TestBounds(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.UnixMilli(1e12)}
	s := open(t, conversation.Options{MaxConversations: 2, Now: c.Now})
	for _, key := range []string{"a", "b", "a", "c"} {
		c.pass(time.Second)
		say(t, s, key, key)
	}
	assert.Len(t, texts(t, s, "a", 10), 4)
	assert.Empty(t, texts(t, s, "b", 10), "the oldest went")
	for i := range conversation.MaxMessages / 2 {
		say(t, s, "a", fmt.Sprint(i))
	}
	assert.Len(t, texts(t, s, "a", 5000), conversation.MaxMessages)
}

func TestTranscriptAndForget(t *testing.T) {
	t.Parallel()
	s := open(t, conversation.Options{})
	say(t, s, "a", "하나")
	say(t, s, "b", "둘")
	got, err := s.Transcript(t.Context(), "public a", "a")
	require.NoError(t, err)
	require.Len(t, got.Messages, 2)
	assert.Equal(t, conversation.Message{Role: "user", Content: "하나", At: time.UnixMilli(1000)}, got.Messages[0])
	assert.Equal(t, time.UnixMilli(2500), got.Messages[1].At)
	require.NoError(t, s.Own(t.Context(), "public a", "a", "1.mp4", "1.wav"))
	require.NoError(t, s.Own(t.Context(), "public b", "b", "2.wav"))
	_, err = s.Transcript(t.Context(), "public a", "b", "sid:public a")
	assert.Equal(t, fault.NotFound, fault.KindOf(err), "somebody else's")
	stolen, err := s.Forget(t.Context(), "public a", "b")
	require.NoError(t, err)
	assert.Empty(t, stolen)
	paths, err := s.Forget(t.Context(), "public a", "x", "a")
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"1.mp4", "1.wav"}, paths)
	_, err = s.Transcript(t.Context(), "public a", "a")
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
	assert.Len(t, texts(t, s, "b", 10), 2)
	again, err := s.Forget(t.Context(), "public a", "a")
	require.NoError(t, err)
	assert.Empty(t, again)
}

// What is forgotten is in no file any more, the journal included; what has expired goes at the latest when the file is opened.
func TestNothingIsLeftInFiles(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Now()}
	path := filepath.Join(t.TempDir(), "talk.db")
	s := open(t, conversation.Options{Path: path, Now: c.Now})
	left := func() string {
		var found []string
		files, err := filepath.Glob(path + "*")
		require.NoError(t, err)
		for _, name := range files {
			raw, err := os.ReadFile(name)
			require.NoError(t, err)
			for _, word := range []string{"forgotten", "cleared", "expired"} {
				if bytes.Contains(raw, []byte(word)) {
					found = append(found, word)
				}
			}
		}
		return strings.Join(found, " ")
	}
	say(t, s, "a", "forgotten")
	assert.Equal(t, "forgotten", left())
	_, err := s.Forget(t.Context(), "public a", "a")
	require.NoError(t, err)
	assert.Empty(t, left())
	say(t, s, "b", "cleared")
	require.NoError(t, s.Clear(t.Context(), "b"))
	assert.Empty(t, left())
	say(t, s, "c", "expired")
	c.pass(2 * time.Hour)
	require.NoError(t, s.Close())
	assert.Equal(t, "expired", left())
	open(t, conversation.Options{Path: path, Now: c.Now})
	assert.Empty(t, left())
}

// A disk that takes nothing is no defect: who asks is told, and what is kept stays to be read.
func TestADiskThatTakesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, conversation.Options{})
	say(t, s, "a", "하나")
	require.NoError(t, s.Own(t.Context(), "public a", "a", "1.mp4"))
	require.NoError(t, conversation.TakeNothing(t.Context(), s, true))
	for name, err := range map[string]error{
		"remember": s.Remember(t.Context(), "a", conversation.Turn{SID: "public a", User: "둘", Assistant: "네"}),
		"clear":    s.Clear(t.Context(), "a"),
		"forget":   func() error { _, err := s.Forget(t.Context(), "public a", "a"); return err }(),
	} {
		assert.Equal(t, fault.Unavailable, fault.KindOf(err), "%s: %v", name, err)
		assert.Contains(t, fault.HintOf(err), "저장 공간", name)
	}
	assert.Len(t, texts(t, s, "a", 10), 2)
	names, err := s.Files(t.Context(), "public a", "a")
	require.NoError(t, err)
	assert.Equal(t, []string{"1.mp4"}, names)
	names, err = s.Files(t.Context(), "public a", "b")
	require.NoError(t, err)
	assert.Empty(t, names, "somebody else's")
	require.NoError(t, conversation.TakeNothing(t.Context(), s, false))
	require.NoError(t, s.Clear(t.Context(), "a"))
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t, conversation.Options{})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				key := fmt.Sprint("client ", i)
				assert.NoError(t, s.Remember(t.Context(), key, conversation.Turn{SID: key, User: fmt.Sprint(i, " ", n), Assistant: "네"}))
			}
		})
	}
	all.Wait()
	for i := range 8 {
		got := texts(t, s, fmt.Sprint("client ", i), 100)
		assert.Len(t, got, 40)
		for _, text := range got {
			assert.True(t, text == "assistant 네" || strings.HasPrefix(text, fmt.Sprint("user ", i, " ")), text)
		}
	}
}

func TestAFileOfAnotherVersion(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "talk.db")
	require.NoError(t, os.WriteFile(path, []byte("this is no database, and longer than a header of one hundred bytes, so that it is read as one: no, no, no"), 0o600))
	_, err := conversation.Open(t.Context(), conversation.Options{Path: path})
	assert.Error(t, err)
}
