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
	// own decodes for this player alone what the shelf has no room for.
	own Source
	// at is how many frames were given since the film last began; now is the last one.
	at  int
	now []byte
}

// Next gives the next frame in exchange for a buffer of its size, as video.Player does.
func (p *Player) Next(ctx context.Context, buffer []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil { // a frame that is ready must not win over it
		return nil, fmt.Errorf("play loop: %w", err)
	}
	if p.own == nil {
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
		if err := p.alone(ctx); err != nil {
			return nil, err
		}
	}
	return p.own.Next(ctx, buffer) //nolint:wrapcheck // it says what it was doing
}

// lay makes the next frame.
func (p *Player) lay(part []byte) {
	if p.at == 0 {
		copy(p.now, part)
	} else {
		applyDelta(p.now, part)
	}
	p.at = (p.at + 1) % p.reel.film.Frames
}

// alone goes on with a source of its own.
func (p *Player) alone(ctx context.Context) error {
	own, err := p.open(ctx, false)
	if err != nil {
		return err
	}
	for range p.at {
		frame, err := own.Next(ctx, p.now)
		if err != nil {
			own.Close()
			return err //nolint:wrapcheck // it says what it was doing
		}
		p.now = frame
	}
	p.own = own
	return nil
}

// Close lets the film go.
func (p *Player) Close() {
	if p.own != nil {
		p.own.Close()
	}
	p.shelf.leave(p.reel)
}
