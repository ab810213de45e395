package reel

import (
	"bytes"
	"context"
	"errors"
	"sync"
)

// Source gives decoded frames one after the other, each in exchange for a buffer of its size. A video.Player is one.
type Source interface {
	Next(ctx context.Context, buffer []byte) ([]byte, error)
	Close()
}

// Film says what is decoded. Two that are equal show the same.
type Film struct {
	// File is the film, and Stamp changes when it is replaced.
	File, Stamp string
	// Width and Height of the frames, and Size of one in bytes.
	Width, Height, Size int
	// Frames is how many it has.
	Frames int
}

// Open starts to decode a film, from its first frame to its last.
type Open func(ctx context.Context) (Source, error)

// errTooLong ends a recording for which the shelf has no room.
var errTooLong = errors.New("the film does not fit")

// reel is a film in memory, or as much of it as is recorded.
type reel struct {
	film   Film
	cancel context.CancelFunc

	mu sync.Mutex
	// parts are the first frame, and what turns each frame into the next.
	parts [][]byte
	// grown is closed when there is more, or err is set.
	grown chan struct{}
	// err is why no more parts come before there are all.
	err error

	// The shelf's mutex guards these.
	users, bytes int
	off          bool // not on the shelf any more
	large        bool // more than the whole shelf holds
}

// record keeps the frames of a source; ctx ends it.
func (r *reel) record(ctx context.Context, open Open, room func(bytes int) bool) error {
	source, err := open(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	last, next := make([]byte, r.film.Size), make([]byte, r.film.Size)
	var delta []byte
	for n := range r.film.Frames {
		if next, err = source.Next(ctx, next); err != nil {
			return err //nolint:wrapcheck // it says what it was doing
		}
		part := next
		if n > 0 {
			delta = appendDelta(delta[:0], last, next)
			part = delta
		}
		if !room(len(part)) {
			return errTooLong
		}
		r.add(bytes.Clone(part), nil)
		last, next = next, last
	}
	return nil
}

// add tells those who wait of one more part, or that no more will come.
func (r *reel) add(part []byte, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.parts = append(r.parts, part)
	} else {
		r.err = err
	}
	if errors.Is(err, errTooLong) {
		r.parts = nil
	}
	close(r.grown)
	r.grown = make(chan struct{})
}

// part gives the n-th part; it waits until it is recorded.
func (r *reel) part(ctx context.Context, n int) ([]byte, error) {
	for {
		r.mu.Lock()
		parts, grown, err := r.parts, r.grown, r.err
		r.mu.Unlock()
		if n < len(parts) {
			return parts[n], nil
		}
		if err != nil {
			return nil, err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, ctx.Err() //nolint:wrapcheck // Next says what was done
		}
	}
}
