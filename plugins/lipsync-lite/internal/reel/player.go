package reel

import (
	"context"
	"errors"
	"fmt"
)

// Player plays a film from its beginning, again and again. Not safe for concurrent use.
type Player struct {
	shelf *Shelf
	reel  *reel
	open  Open
	// alone tells that the shelf has no room for the film; own, if any, decodes it for this player.
	alone bool
	own   Source
	// at is how many frames were given since the film last began; now is the last one of a reel.
	at  int
	now []byte
}

// Next gives the next frame in exchange for a buffer of its size, as video.Player does.
func (p *Player) Next(ctx context.Context, buffer []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil { // a frame that is ready must not win over it
		return nil, fmt.Errorf("play loop: %w", err)
	}
	if p.alone {
		return p.decode(ctx, buffer)
	}
	part, err := p.reel.part(ctx, p.at)
	switch {
	case err == nil:
		p.lay(part)
		copy(buffer, p.now)
		return buffer, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("play loop: %w", ctx.Err())
	case !errors.Is(err, errTooLong):
		return nil, err
	}
	if err := p.leave(ctx); err != nil {
		return nil, err
	}
	return p.decode(ctx, buffer)
}

// lay makes the next frame of a reel.
func (p *Player) lay(part []byte) {
	if p.at == 0 {
		copy(p.now, part)
	} else {
		applyDelta(p.now, part)
	}
	p.at = (p.at + 1) % p.reel.film.Frames
}

// leave goes on alone from where a reel ends.
func (p *Player) leave(ctx context.Context) error {
	given := p.at
	p.alone, p.at = true, 0
	for range given {
		frame, err := p.decode(ctx, p.now)
		if err != nil {
			return err
		}
		p.now = frame
	}
	return nil
}

// decode gives the next frame of a film that is decoded for this player. It begins anew after as many as the film should have: where its
// mouth is would not be known of more.
func (p *Player) decode(ctx context.Context, buffer []byte) ([]byte, error) {
	if p.own == nil {
		own, err := p.open(ctx)
		if err != nil {
			return nil, err
		}
		p.own = own
	}
	frame, err := p.own.Next(ctx, buffer)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it was doing
	}
	if p.at++; p.at == p.reel.film.Frames {
		p.own.Close()
		p.own, p.at = nil, 0
	}
	return frame, nil
}

// Close lets the film go.
func (p *Player) Close() {
	if p.own != nil {
		p.own.Close()
	}
	p.shelf.leave(p.reel)
}
