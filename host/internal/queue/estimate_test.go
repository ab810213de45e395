package queue_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/queue"
)

// line is a queue as those in it see it.
type line struct {
	*queue.Queue
}

func (l line) enter(t *testing.T) *queue.Ticket {
	t.Helper()
	_, ticket, err := l.Enter(t.Context(), "a", "1")
	require.NoError(t, err)
	return ticket
}

// took lets a generation run alone.
func (l line) took(t *testing.T, d time.Duration) {
	t.Helper()
	ticket := l.enter(t)
	time.Sleep(d)
	ticket.Leave()
}

// asks enters the line and gives the first estimate.
func (l line) asks(t *testing.T) time.Duration {
	t.Helper()
	ctx, ticket, err := l.Enter(t.Context(), "b", "2")
	require.NoError(t, err)
	told := make(chan time.Duration, 10)
	go func() { _ = ticket.Wait(ctx, func(_ int, wait time.Duration) { told <- wait }) }()
	t.Cleanup(ticket.Leave)
	return <-told
}

func TestEstimates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := line{queue.New(queue.Options{MaxConcurrent: 1, MaxQueued: 9})}
		running := l.enter(t)
		time.Sleep(4 * time.Second)
		assert.Equal(t, 6*time.Second, l.asks(t), "what is left of 10 s, for nothing has been seen yet")
		time.Sleep(26 * time.Second)
		assert.Equal(t, 40*time.Second, l.asks(t), "one that has run longer than all takes as long again, and then 10 s")
		running.Leave()
	})
}

func TestEstimatesOfSeveralPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := line{queue.New(queue.Options{MaxConcurrent: 2, MaxQueued: 9})}
		l.took(t, 2*time.Second)
		l.took(t, 6*time.Second) // with the first guess 6 s on average
		first := l.enter(t)
		time.Sleep(2500 * time.Millisecond)
		second := l.enter(t)
		time.Sleep(500 * time.Millisecond)
		assert.Equal(t, 5*time.Second, l.asks(t), "the first has run for 3 s: those of 6 and 10 s took 5 s more")
		assert.Equal(t, 5500*time.Millisecond, l.asks(t), "the second for half a second: all took 5.5 s more")
		assert.Equal(t, 11*time.Second, l.asks(t), "after the next in line, who takes 6 s")
		first.Leave()
		second.Leave()
	})
}

// Many short ones say little about the long one that runs now.
func TestEstimateBehindALongOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := line{queue.New(queue.Options{MaxConcurrent: 1, MaxQueued: 9})}
		for range 40 {
			l.took(t, 500*time.Millisecond)
		}
		work, long, err := l.Enter(t.Context(), "c", "3")
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		assert.Equal(t, 5*time.Second, l.asks(t))
		assert.Equal(t, 1, l.Cancel("c"))
		require.Error(t, work.Err())
		assert.Equal(t, 500*time.Millisecond, l.asks(t), "what was cancelled is about to leave")
		long.Leave()
	})
}
