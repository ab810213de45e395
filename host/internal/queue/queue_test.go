package queue_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/queue"
	"github.com/visavis-dev/visavis/sdk/fault"
)

func TestTurnsComeInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(queue.Options{MaxConcurrent: 1, MaxQueued: 2})
		enter := func(sid string) (context.Context, *queue.Ticket) {
			ctx, ticket, err := q.Enter(t.Context(), sid, sid)
			require.NoError(t, err)
			return ctx, ticket
		}
		_, first := enter("a")
		ctx2, second := enter("b")
		ctx3, third := enter("c")
		_, _, err := q.Enter(t.Context(), "d", "d")
		require.Equal(t, fault.Busy, fault.KindOf(err))

		heard := make(chan []int, 2)
		wait := func(ctx context.Context, ticket *queue.Ticket) {
			var positions []int
			err := ticket.Wait(ctx, func(p int, w time.Duration) {
				positions = append(positions, p)
				assert.Positive(t, w)
			})
			assert.NoError(t, err)
			heard <- positions
		}
		go wait(ctx2, second)
		go wait(ctx3, third)
		synctest.Wait()
		status := q.Status()
		require.Len(t, status.Running, 1)
		require.Len(t, status.Waiting, 2)
		assert.Equal(t, "b", status.Waiting[0].SID)
		first.Leave()
		assert.Equal(t, []int{1}, <-heard)
		synctest.Wait()
		second.Leave()
		assert.Equal(t, []int{2, 1}, <-heard)
		third.Leave()
		third.Leave()
		assert.Empty(t, q.Status().Running)
	})
}

func TestCancelEndsEverythingOfASession(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Options{MaxConcurrent: 1, MaxQueued: 5})
	running, _, err := q.Enter(t.Context(), "a", "1")
	require.NoError(t, err)
	waiting, ticket, err := q.Enter(t.Context(), "a", "2")
	require.NoError(t, err)
	other, _, err := q.Enter(t.Context(), "b", "3")
	require.NoError(t, err)
	chat, _ := q.Attend(t.Context(), "a", "4")
	assert.Equal(t, 3, q.Cancel("a"))
	assert.Equal(t, 0, q.Cancel("a"), "it can be said twice")
	for _, ctx := range []context.Context{running, waiting, chat} {
		require.Error(t, ctx.Err())
	}
	require.NoError(t, other.Err())
	assert.Equal(t, fault.Cancelled, fault.KindOf(ticket.Wait(waiting, func(int, time.Duration) {})))
}

func TestQuietWaitsForASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(queue.Options{MaxConcurrent: 1, MaxQueued: 5})
		_, running, err := q.Enter(t.Context(), "a", "1")
		require.NoError(t, err)
		_, chat := q.Attend(t.Context(), "a", "2")
		_, other := q.Attend(t.Context(), "b", "3")
		q.Cancel("a")
		done := make(chan error, 1)
		go func() { done <- q.Quiet(t.Context(), "a") }()
		running.Leave()
		synctest.Wait()
		assert.Empty(t, done, "cancelled is not over")
		short, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		assert.Equal(t, fault.Busy, fault.KindOf(q.Quiet(short, "a")))
		chat.Leave()
		chat.Leave()
		require.NoError(t, <-done)
		other.Leave()
		require.NoError(t, q.Quiet(t.Context(), "nobody"))
	})
}
