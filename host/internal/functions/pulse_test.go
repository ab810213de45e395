package functions

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/lipsync"
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

// An engine that says again and again what it said is no more alive than one that is silent.
func TestWhatIsNoSignOfLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, beats := newPulse(t.Context(), time.Minute)
		out := &film{}
		sink := &seen{out: out, beats: beats}
		for frames := range 10 {
			require.NoError(t, errors.Join(sink.Progress(lipsync.Progress{Frames: frames + 1}), sink.Fragment([]byte("x"))))
			time.Sleep(50 * time.Second)
		}
		synctest.Wait()
		require.NoError(t, ctx.Err())
		assert.Equal(t, film{fragments: 10, progresses: 10}, *out)
		for range 7 {
			require.NoError(t, errors.Join(sink.Progress(lipsync.Progress{Frames: 10, Total: 20}), sink.Fragment(nil)))
			time.Sleep(10 * time.Second)
		}
		synctest.Wait()
		require.ErrorIs(t, context.Cause(ctx), errStalled)
		assert.True(t, beats.stop())
		assert.Equal(t, film{fragments: 10, progresses: 17}, *out)
	})
}

// film counts what it is given.
type film struct{ fragments, progresses int }

// Fragment implements lipsync.Sink.
func (f *film) Fragment([]byte) error {
	f.fragments++
	return nil
}

// Progress implements lipsync.Sink.
func (f *film) Progress(lipsync.Progress) error {
	f.progresses++
	return nil
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
