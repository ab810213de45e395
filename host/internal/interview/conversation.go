package interview

import (
	"container/list"
	"sync"
	"time"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// maxMessages of a conversation: 50 turns.
const maxMessages = 100

// conversations keeps what was said, for a while.
type conversations struct {
	options Options

	mu sync.Mutex
	// byAge has the conversation of the oldest last turn in front; byID finds its element.
	byAge *list.List
	byID  map[string]*list.Element
}

type kept struct {
	id       string
	messages []generation.Message
	last     time.Time
}

func newConversations(o Options) *conversations {
	return &conversations{options: o, byAge: list.New(), byID: map[string]*list.Element{}}
}

// History gives a copy of a conversation, oldest message first.
func (c *conversations) History(id string) []generation.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire()
	e, known := c.byID[id]
	if !known {
		return nil
	}
	k, _ := e.Value.(*kept)
	return append([]generation.Message(nil), k.messages...)
}

// Remember adds one turn.
func (c *conversations) Remember(id, user, assistant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire()
	e, known := c.byID[id]
	if !known {
		e = c.byAge.PushBack(&kept{id: id})
		c.byID[id] = e
	}
	k, _ := e.Value.(*kept)
	k.messages = append(k.messages,
		generation.Message{Role: "user", Content: user}, generation.Message{Role: "assistant", Content: assistant})
	k.messages = k.messages[max(0, len(k.messages)-maxMessages):]
	k.last = time.Now()
	c.byAge.MoveToBack(e)
	for c.byAge.Len() > c.options.MaxConversations {
		c.drop(c.byAge.Front())
	}
}

// Clear forgets a conversation.
func (c *conversations) Clear(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, known := c.byID[id]; known {
		c.drop(e)
	}
}

func (c *conversations) expire() {
	for e := c.byAge.Front(); e != nil; e = c.byAge.Front() {
		if k, _ := e.Value.(*kept); time.Since(k.last) < c.options.Expiry {
			return
		}
		c.drop(e)
	}
}

func (c *conversations) drop(e *list.Element) {
	k, _ := c.byAge.Remove(e).(*kept)
	delete(c.byID, k.id)
}
