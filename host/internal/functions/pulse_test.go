package functions

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPulse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, beats := newPulse(t.Context(), time.Minute)
		for range 3 {
			time.Sleep(59 * time.Second)
			require.NoError(t, beats.outsideDo(func() error {
				time.Sleep(time.Hour) // the caller's own time
				return beats.outsideDo(func() error { return nil })
			}))
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		require.NoError(t, ctx.Err())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(ctx), errStalled)
		assert.True(t, beats.stop())
	})
}

func TestAPulseThatStoppedEndsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, beats := newPulse(t.Context(), time.Minute)
		late := make(chan struct{})
		go func() { // a caller that is still busy when the call has ended
			_ = beats.outsideDo(func() error { <-late; return nil })
		}()
		synctest.Wait()
		assert.False(t, beats.stop())
		close(late)
		time.Sleep(time.Hour)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(ctx), context.Canceled)
		assert.False(t, beats.stop())
	})
}
