package generation_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
)

// A face that sends for ever is ended, for it would never be silent.
func TestAFilmIsNoLargerThanItsSpeechCanNeed(t *testing.T) {
	t.Parallel()
	forever := func(send func(lipsync.Sink, int) error) func(context.Context, lipsync.Speech, lipsync.Sink) error {
		return func(_ context.Context, _ lipsync.Speech, out lipsync.Sink) error {
			for n := 1; n < 10_000; n++ {
				if err := send(out, n); err != nil {
					return err
				}
			}
			return nil // for ever
		}
	}
	zeros := make([]byte, 1<<20)
	for name, tc := range map[string]struct {
		send func(lipsync.Sink, int) error
		err  string
	}{
		"large pieces": {func(out lipsync.Sink, _ int) error { return out.Fragment(zeros) }, "bytes for"},
		"small pieces": {func(out lipsync.Sink, _ int) error { return out.Fragment(zeros[:1]) }, "bytes for"},
		"progress":     {func(out lipsync.Sink, n int) error { return out.Progress(lipsync.Progress{Frames: n}) }, "frames for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t)
			s.face = forever(tc.send)
			_, events, err := film(t, s)
			assert.Equal(t, fault.Internal, fault.KindOf(err))
			require.ErrorContains(t, err, "the engine does not stop")
			require.ErrorContains(t, err, tc.err)
			assert.NotContains(t, events, "done")
			assert.LessOrEqual(t, s.files(t), 1, "no video, and the sound when it was whole")
		})
	}
}

// What is dear and slow is none the less a film.
func TestALargeFilmIsAFilm(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	s.face = func(ctx context.Context, speech lipsync.Speech, out lipsync.Sink) error {
		if _, err := speech.Next(ctx); err != nil { // the one second that there is
			return err
		}
		piece := make([]byte, 4<<10)
		for frame := range 60 {
			if err := out.Fragment(piece); err != nil {
				return err
			}
			if err := out.Progress(lipsync.Progress{Frames: frame + 1, Total: 60}); err != nil {
				return err
			}
		}
		return out.Fragment(make([]byte, 2<<20))
	}
	_, events, err := film(t, s)
	require.NoError(t, err)
	assert.Equal(t, "done", events[len(events)-1])
}

// A pack that an engine cannot show is the host's matter, not the client's: the log tells which and why.
func TestARefusedAvatarIsLogged(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	s.face = func(context.Context, lipsync.Speech, lipsync.Sink) error {
		return fault.New(fault.Invalid, "open pack", "아바타가 손상되었습니다", errors.New("mouth.onnx is cut"))
	}
	_, _, err := film(t, s)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	assert.Contains(t, s.log.String(), "refused an avatar")
	assert.Contains(t, s.log.String(), "mouth.onnx is cut")
}
