package main

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/mouth"
	"github.com/visavis-dev/visavis/plugins/lipsync-lite/internal/reel"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/face"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/video"
)

// maxFilms bounds the moving packs whose networks are in memory; one takes some 20 MB.
const maxFilms = 6

// maxDecoded bounds the decoded films that are in memory, in bytes: two or three of five seconds in 720p, or one in 1080p.
const maxDecoded = 64 << 20

// films keeps the networks and films of moving packs, the last used last. A pack that was replaced on disk is opened anew.
type films struct {
	shelf   *reel.Shelf
	opening turns
	mu      sync.Mutex
	kept    []*film
}

// film is an opened moving pack. It is closed when it is neither kept nor used.
type film struct {
	dir, stamp string
	pack       *moving.Pack
	network    *mouth.Network
	users      int
	dropped    bool
}

func newFilms(ctx context.Context) *films { return &films{shelf: reel.NewShelf(ctx, maxDecoded)} }

// stage prepares to film an avatar in the size of the video.
func (f *films) stage(ctx context.Context, ffmpeg string, req lipsync.Request) (stage, error) {
	used, err := f.open(ctx, req.Avatar)
	if err != nil {
		return nil, err
	}
	loop := used.pack.Loop(moving.Talk)
	s := &filmed{
		width: req.Width, height: req.Height, boxes: used.pack.Boxes(loop, req.Width, req.Height),
		done: func() { f.release(used) },
	}
	size := s.boxes[0].Size()
	if s.painter, err = used.network.Painter(size.X, size.Y); err != nil {
		s.close()
		return nil, err //nolint:wrapcheck // it says what it was doing
	}
	s.player = f.play(ffmpeg, used, loop, req) //nolint:contextcheck // a recording outlasts the call that begins it
	return s, nil
}

// play plays a loop in the size of the video.
func (f *films) play(ffmpeg string, used *film, loop moving.Loop, req lipsync.Request) *reel.Player {
	file := filepath.Join(used.pack.Dir, loop.File)
	return f.shelf.Play(reel.Film{
		File: file, Stamp: used.stamp, Width: req.Width, Height: req.Height,
		Size: video.FrameSize(req.Width, req.Height), Frames: loop.Frames,
	}, func(ctx context.Context) (reel.Source, error) {
		return video.Play(ctx, ffmpeg, video.Loop{File: file, Width: req.Width, Height: req.Height})
	})
}

// open gives a pack from memory or from disk, for a user that releases it. It waits for another call that opens it no longer than ctx.
func (f *films) open(ctx context.Context, path string) (*film, error) {
	dir, err := moving.Root(path)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	end, err := f.opening.take(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer end()
	stamp, err := stampOf(filepath.Join(dir, moving.Filename))
	if err != nil {
		return nil, err
	}
	if used := f.again(dir, stamp); used != nil {
		return used, nil
	}
	used, err := readFilm(dir)
	if err != nil {
		return nil, err
	}
	used.stamp = stamp
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep(used)
	return used, nil
}

// again gives a pack from memory; one that was replaced is let go.
func (f *films) again(dir, stamp string) *film {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := slices.IndexFunc(f.kept, func(k *film) bool { return k.dir == dir })
	if at < 0 {
		return nil
	}
	used := f.kept[at]
	f.kept = slices.Delete(f.kept, at, at+1)
	if used.stamp != stamp {
		used.drop()
		return nil
	}
	f.keep(used)
	return used
}

// keep counts a user of a pack that is the last used, and lets the one go that was not for longest.
func (f *films) keep(used *film) {
	used.users++
	f.kept = append(f.kept, used)
	if len(f.kept) > maxFilms {
		f.kept[0].drop()
		f.kept = slices.Delete(f.kept, 0, 1)
	}
}

func readFilm(dir string) (*film, error) {
	pack, err := moving.Open(dir)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	graph, err := os.ReadFile(filepath.Join(dir, pack.Mouth.File)) //nolint:gosec // a plain name inside the pack, of a checked size
	if err != nil {
		return nil, fault.New(fault.NotFound, "open pack", "아바타를 찾을 수 없습니다", err)
	}
	network, err := mouth.Open(graph)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	return &film{dir: dir, pack: pack, network: network}, nil
}

// release is what a user of a film says when it is done.
func (f *films) release(used *film) {
	f.mu.Lock()
	defer f.mu.Unlock()
	used.users--
	used.closeUnused()
}

func (k *film) drop() {
	k.dropped = true
	k.closeUnused()
}

func (k *film) closeUnused() {
	if k.dropped && k.users == 0 {
		_ = k.network.Close()
	}
}

// filmed plays a film of the resting face and redraws its mouth.
type filmed struct {
	width, height int
	boxes         []image.Rectangle
	painter       *mouth.Painter
	player        *reel.Player
	done          func()
	next          int
}

func (s *filmed) size() (width, height int) { return s.width, s.height }

func (s *filmed) frame(ctx context.Context, buffer []byte, _ int, c face.Coefficients) ([]byte, error) {
	frame, err := s.player.Next(ctx, buffer)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it was doing
	}
	box := s.boxes[s.next%len(s.boxes)]
	s.next++
	return frame, s.painter.Paint(ctx, mouth.Frame{Pixels: frame, Width: s.width, Height: s.height}, box, c) //nolint:wrapcheck // it says what it was doing
}

func (s *filmed) close() {
	if s.player != nil {
		s.player.Close()
	}
	if s.painter != nil {
		_ = s.painter.Close()
	}
	s.done()
}
