package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/atlas"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/compose"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/lipsync"
)

// stage draws the frames of one rendering, one after the other.
type stage interface {
	// size of the frames in pixels.
	size() (width, height int)
	// frame draws the next frame, yuv420p, into buffer or one of its size that it gives for it. left is how many follow.
	frame(ctx context.Context, buffer []byte, left int, c face.Coefficients) ([]byte, error)
	close()
}

// endless stands for the frames that follow when their number is not known.
const endless = compose.Endless

// stage opens an avatar of either kind.
func (e *engine) stage(ctx context.Context, req lipsync.Request) (stage, error) {
	if _, err := os.Stat(filepath.Join(req.Avatar, moving.Filename)); err == nil {
		return e.films.stage(ctx, e.ffmpeg, req)
	}
	pack, err := e.packs.open(ctx, req.Avatar)
	if err != nil {
		return nil, err
	}
	return &pictured{width: pack.Width, height: pack.Height, composer: compose.New(pack)}, nil
}

// pictured blends the pictures of a pack.
type pictured struct {
	width, height int
	composer      *compose.Composer
	next          int
}

func (p *pictured) size() (width, height int) { return p.width, p.height }

func (p *pictured) frame(_ context.Context, buffer []byte, left int, c face.Coefficients) ([]byte, error) {
	p.composer.Frame(buffer, p.next, left, atlas.Of(c))
	p.next++
	return buffer, nil
}

func (p *pictured) close() {}

var (
	_ stage = (*pictured)(nil)
	_ stage = (*filmed)(nil)
)
