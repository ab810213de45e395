// Package reel keeps short films in memory, decoded: a face before a still room changes little from frame to frame, so that five
// seconds of 720p take some 20 MB, and what a video of it needs is laid in a tenth of the time that decoding takes.
package reel

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// maxReels bounds the films that are known, those among them that do not fit.
const maxReels = 32

// maxFrames bounds a film that is recorded, for nobody may be waiting any more: a minute.
const maxFrames = 1500

// likely is how many times as large a film's frames are as what is kept of them, for a film that changes little.
const likely = 12

// Shelf keeps the reels that were used last. It owns the goroutines that record them, which Close ends. Safe for concurrent use.
type Shelf struct {
	//nolint:containedctx // the life of the recordings, which outlast the calls that begin them
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu sync.Mutex
	// most bounds what is kept, in bytes.
	most, used int
	reels      []*reel // the last used last
}

// NewShelf makes a shelf for so many bytes, whose recordings outlast ctx. Close must be called.
func NewShelf(ctx context.Context, most int) *Shelf {
	s := &Shelf{most: most}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

// Close ends all recordings and waits for them; whoever waits for a frame is told.
func (s *Shelf) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.work.Wait()
}

// Play plays a film again and again. The first who asks for it has it recorded; one that does not fit is decoded for each player alone.
func (s *Shelf) Play(film Film, open Open) *Player {
	return &Player{shelf: s, reel: s.take(film, open), open: open, now: make([]byte, film.Size)}
}

// take gives a film's reel to one more user.
func (s *Shelf) take(film Film, open Open) *reel {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.reels, func(r *reel) bool { return r.film == film })
	if at >= 0 {
		r := s.reels[at]
		s.reels = append(slices.Delete(s.reels, at, at+1), r)
		r.users++
		return r
	}
	r := &reel{film: film, users: 1, cancel: func() {}, grown: make(chan struct{})}
	if r.err = s.ctx.Err(); r.err != nil { // nothing is begun any more
		return r
	}
	if film.Frames > maxFrames || film.Size*film.Frames/likely > s.most || !s.placed(r) {
		r.err = errTooLong
		return r
	}
	ctx, cancel := context.WithCancel(s.ctx)
	r.cancel = cancel
	s.work.Go(func() {
		defer cancel()
		if err := r.record(ctx, open, func(bytes int) bool { return s.room(r, bytes) }); err != nil {
			s.failed(r, err)
			r.add(nil, err)
		}
	})
	return r
}

// placed puts a reel on the shelf, where the one may leave that was not used for longest.
func (s *Shelf) placed(r *reel) bool {
	if len(s.reels) == maxReels {
		at := slices.IndexFunc(s.reels, func(other *reel) bool { return other.users == 0 })
		if at < 0 {
			return false
		}
		s.drop(at)
	}
	s.reels = append(s.reels, r)
	return true
}

// room counts bytes more for a reel; those that nobody uses make room for it, if that is enough. Without room there is no more to record.
func (s *Shelf) room(r *reel, bytes int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.large = r.bytes+bytes > s.most
	if r.off || r.large || s.busy(r)+r.bytes+bytes > s.most {
		return false
	}
	for s.used+bytes > s.most {
		s.drop(slices.IndexFunc(s.reels, func(other *reel) bool { return other.idle() && other != r }))
	}
	s.used += bytes
	r.bytes += bytes
	return true
}

// busy is how many bytes those take that cannot make room for a reel.
func (s *Shelf) busy(r *reel) int {
	sum := 0
	for _, other := range s.reels {
		if other != r && !other.idle() {
			sum += other.bytes
		}
	}
	return sum
}

// idle tells whether it takes room and nobody uses it.
func (r *reel) idle() bool { return r.users == 0 && r.bytes > 0 }

// failed takes a reel off, so that the next one who asks begins anew, or remembers that it is larger than the shelf.
func (s *Shelf) failed(r *reel, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(s.reels, r)
	switch {
	case at < 0:
	case errors.Is(err, errTooLong) && r.large:
		s.used -= r.bytes
		r.bytes = 0
	default:
		s.drop(at)
	}
}

// drop forgets a reel; who plays it may go on.
func (s *Shelf) drop(at int) {
	r := s.reels[at]
	s.reels = slices.Delete(s.reels, at, at+1)
	s.used -= r.bytes
	r.bytes, r.off = 0, true
	r.cancel()
}

func (s *Shelf) leave(r *reel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.users--
}
