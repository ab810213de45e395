package reel

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// still makes frames of which a few spans differ from one to the next.
func still(seed uint64, frames, size int) [][]byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	made := [][]byte{make([]byte, size)}
	for n := range made[0] {
		made[0][n] = byte(rng.Uint32())
	}
	for len(made) < frames {
		next := append([]byte(nil), made[len(made)-1]...)
		for range rng.IntN(6) {
			from := rng.IntN(size)
			for n := from; n < min(size, from+rng.IntN(40)); n++ {
				next[n] = byte(rng.Uint32())
			}
		}
		made = append(made, next)
	}
	return made
}

// projector is a source of made-up frames, and counts how often it was begun.
type projector struct {
	frames [][]byte
	// breaks, if not 0, is before which frame it fails.
	breaks int
	// held, if any, keeps it from giving frames.
	held chan struct{}

	opened, open atomic.Int32
}

var errBroken = errors.New("broken")

func (p *projector) start(context.Context) (Source, error) {
	p.opened.Add(1)
	p.open.Add(1)
	return &running{projector: p}, nil
}

type running struct {
	*projector
	at int
}

func (r *running) Next(ctx context.Context, buffer []byte) ([]byte, error) {
	if r.held != nil {
		select {
		case <-r.held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if (r.breaks > 0 && r.at == r.breaks) || r.at == len(r.frames) {
		return nil, errBroken
	}
	copy(buffer, r.frames[r.at])
	r.at++
	return buffer, nil
}

func (r *running) Close() { r.open.Add(-1) }

func (p *projector) film(name string) Film {
	return Film{File: name, Width: 4, Height: 2, Size: len(p.frames[0]), Frames: len(p.frames)}
}

func shelf(t *testing.T, most int) *Shelf {
	t.Helper()
	s := NewShelf(t.Context(), most)
	t.Cleanup(s.Close)
	return s
}

// shown checks that a player gives a film's frames from one on.
func shown(t *testing.T, p *Player, film [][]byte, from, count int) {
	t.Helper()
	buffer := make([]byte, len(film[0]))
	for n := range count {
		frame, err := p.Next(t.Context(), buffer)
		require.NoError(t, err)
		require.Equal(t, film[(from+n)%len(film)], frame, "frame %d", from+n)
		buffer = frame
	}
}

func TestDeltaTurnsAFrameIntoTheNext(t *testing.T) {
	t.Parallel()
	for _, size := range []int{6, 8, 24, 100, 4096} {
		frames := still(uint64(size), 60, size)
		frames = append(frames, make([]byte, size), frames[0], frames[0])
		now := append([]byte(nil), frames[0]...)
		for n := 1; n < len(frames); n++ {
			delta := appendDelta(nil, frames[n-1], frames[n])
			applyDelta(now, delta)
			require.Equal(t, frames[n], now, "size %d, frame %d", size, n)
		}
	}
}

func TestWhatStaysTakesNoRoom(t *testing.T) {
	t.Parallel()
	frame := still(3, 1, 1<<16)[0]
	next := append([]byte(nil), frame...)
	next[1000]++
	assert.Less(t, len(appendDelta(nil, frame, next)), 32)
}

func TestOneRecordingServesAll(t *testing.T) {
	t.Parallel()
	from := &projector{frames: still(1, 9, 1000)}
	s := shelf(t, 1<<20)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			p := s.Play(from.film("a"), from.start)
			defer p.Close()
			shown(t, p, from.frames, 0, 25)
		})
	}
	all.Wait()
	s.Close() // the source is closed after the last frame
	assert.EqualValues(t, 1, from.opened.Load())
	assert.EqualValues(t, 0, from.open.Load())
}

// A film that does not fit goes on where the recording was given up.
func TestAFilmThatDoesNotFitIsDecodedForEach(t *testing.T) {
	t.Parallel()
	from := &projector{frames: still(2, 9, 1000), held: make(chan struct{}, 100)}
	s := shelf(t, 1200) // the first frame and some
	p := s.Play(from.film("a"), from.start)
	from.held <- struct{}{}
	shown(t, p, from.frames, 0, 1)
	close(from.held)
	shown(t, p, from.frames, 1, 30) // it goes round three times
	p.Close()
	assert.EqualValues(t, 1+4, from.opened.Load())

	p = s.Play(from.film("a"), from.start) // it is known not to fit
	shown(t, p, from.frames, 0, 8)
	p.Close()
	assert.EqualValues(t, 1+4+1, from.opened.Load())
	assert.EqualValues(t, 0, from.open.Load())

	long := &projector{frames: still(2, 100, 1000)}
	p = s.Play(long.film("long"), long.start) // nor is one tried that is so long
	shown(t, p, long.frames, 0, 3)
	p.Close()
	assert.EqualValues(t, 1, long.opened.Load())
}

// A film that is longer or shorter than it should be is cut, or refused, however it is decoded: its mouth would be elsewhere.
func TestAFilmIsAsLongAsItShouldBe(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int{"in memory": 1 << 20, "for each": 1200} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := &projector{frames: still(2, 9, 1000)}
			s := shelf(t, most)
			cut := from.film("a")
			cut.Frames = 7
			p := s.Play(cut, from.start)
			defer p.Close()
			shown(t, p, from.frames[:7], 0, 20)
			missing := from.film("a")
			missing.Frames = 10
			p = s.Play(missing, from.start)
			defer p.Close()
			shown(t, p, from.frames, 0, 9)
			_, err := p.Next(t.Context(), make([]byte, 1000))
			require.ErrorIs(t, err, errBroken)
		})
	}
}

// Two films that fit alone and not together: neither is taken for one that never fits.
func TestFilmsThatDoNotFitTogether(t *testing.T) {
	t.Parallel()
	films := []*projector{
		{frames: still(1, 40, 200), held: make(chan struct{}, 100)}, {frames: still(2, 40, 200), held: make(chan struct{}, 100)},
	}
	most := 0
	for _, from := range films {
		bytes := len(from.frames[0])
		for n := range from.frames[1:] {
			bytes += len(appendDelta(nil, from.frames[n], from.frames[n+1]))
		}
		most = max(most, bytes)
	}
	s := shelf(t, most) // more than the first frames of both
	players := []*Player{s.Play(films[0].film("0"), films[0].start), s.Play(films[1].film("1"), films[1].start)}
	for n, from := range films {
		from.held <- struct{}{}
		shown(t, players[n], from.frames, 0, 1)
	}
	for n, from := range films {
		close(from.held)
		shown(t, players[n], from.frames, 1, 90)
	}
	for _, p := range players {
		p.Close()
	}
	for n, from := range films {
		before := from.opened.Load()
		for range 2 {
			p := s.Play(from.film(string(rune('0'+n))), from.start)
			shown(t, p, from.frames, 0, 90)
			p.Close()
		}
		assert.LessOrEqual(t, from.opened.Load(), before+1, "it is recorded once others have left")
	}
}

func TestTheOneNotUsedMakesRoom(t *testing.T) {
	t.Parallel()
	s := shelf(t, 5000)
	films := map[string]*projector{}
	play := func(name string) *Player {
		if films[name] == nil {
			films[name] = &projector{frames: still(uint64(len(name)), 4, 1800)}
		}
		p := s.Play(films[name].film(name), films[name].start)
		shown(t, p, films[name].frames, 0, 8)
		return p
	}
	play("a").Close()
	used := play("bb")
	play("ccc").Close()
	assert.LessOrEqual(t, s.used, 5000)
	shown(t, used, films["bb"].frames, 0, 8)
	play("bb").Close()
	assert.EqualValues(t, 1, films["bb"].opened.Load(), "it was in use")
	play("a").Close()
	assert.EqualValues(t, 2, films["a"].opened.Load(), "it had to go")
	used.Close()
}

func TestTheShelfIsBounded(t *testing.T) {
	t.Parallel()
	s := shelf(t, 1<<20)
	from := &projector{frames: still(5, 3, 100)}
	for n := range maxReels + 3 {
		p := s.Play(from.film(strconv.Itoa(n)), from.start)
		shown(t, p, from.frames, 0, 6)
		p.Close()
		assert.LessOrEqual(t, len(s.reels), maxReels)
	}
	for n := range maxReels + 3 { // all in use
		p := s.Play(from.film("used "+strconv.Itoa(n)), from.start)
		defer p.Close()
		shown(t, p, from.frames, 0, 6)
		assert.LessOrEqual(t, len(s.reels), maxReels)
	}
}

func TestAReplacedFilmIsAnother(t *testing.T) {
	t.Parallel()
	s := shelf(t, 1<<20)
	before, after := &projector{frames: still(1, 4, 500)}, &projector{frames: still(2, 4, 500)}
	old := s.Play(before.film("a"), before.start)
	defer old.Close()
	replaced := after.film("a")
	replaced.Stamp = "2"
	p := s.Play(replaced, after.start)
	defer p.Close()
	shown(t, p, after.frames, 0, 8)
	shown(t, old, before.frames, 0, 8)
}

func TestABrokenFilmSaysSoAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := shelf(t, 1<<20)
	from := &projector{frames: still(1, 6, 500), breaks: 3}
	for attempt := range int32(2) {
		p := s.Play(from.film("a"), from.start)
		shown(t, p, from.frames, 0, 3)
		_, err := p.Next(t.Context(), make([]byte, 500))
		require.ErrorIs(t, err, errBroken)
		p.Close()
		assert.Equal(t, attempt+1, from.opened.Load())
	}
	short := &projector{frames: still(1, 6, 500)}
	film := short.film("b")
	film.Frames++ // the manifest says more than there is
	p := s.Play(film, short.start)
	defer p.Close()
	shown(t, p, short.frames, 0, 6)
	_, err := p.Next(t.Context(), make([]byte, 500))
	require.ErrorIs(t, err, errBroken)
}

func TestWhoDoesNotWaitIsLetGo(t *testing.T) {
	t.Parallel()
	from := &projector{frames: still(1, 4, 500), held: make(chan struct{})}
	s := shelf(t, 1<<20)
	p := s.Play(from.film("a"), from.start)
	defer p.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel) // while Next waits
	_, err := p.Next(ctx, make([]byte, 500))
	require.ErrorIs(t, err, context.Canceled)
	close(from.held)
	shown(t, p, from.frames, 0, 8) // the film was recorded all the same
}

// Closing a shelf ends what it records; leaks are found at the end.
func TestCloseEndsRecordings(t *testing.T) {
	t.Parallel()
	from := &projector{frames: still(1, 4, 500), held: make(chan struct{})}
	s := NewShelf(t.Context(), 1<<20)
	p := s.Play(from.film("a"), from.start)
	s.Close()
	_, err := p.Next(t.Context(), make([]byte, 500))
	require.ErrorIs(t, err, context.Canceled)
	p.Close()
	assert.EqualValues(t, 0, from.open.Load())
	_, err = s.Play(from.film("b"), from.start).Next(t.Context(), make([]byte, 500))
	require.ErrorIs(t, err, context.Canceled, "nothing is begun any more")
}
