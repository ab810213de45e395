package main

import (
	"context"
	"path/filepath"
	"slices"
	"sync"

	"github.com/visavis-dev/visavis/sdk/avatar"
)

// maxPacks bounds the packs in memory; one of 720p takes about 13 MB.
const maxPacks = 6

// packs keeps opened packs, the last used last. A pack that was replaced on disk is opened anew.
type packs struct {
	ffmpeg string

	opening turns
	mu      sync.Mutex
	kept    []keptPack
}

type keptPack struct {
	dir   string
	stamp string
	pack  *avatar.Pack
}

func newPacks(ffmpeg string) *packs { return &packs{ffmpeg: ffmpeg} }

// open gives a pack from memory or from disk. It waits for another call that opens it no longer than ctx.
func (p *packs) open(ctx context.Context, path string) (*avatar.Pack, error) {
	dir, err := avatar.Root(path)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	dir = filepath.Clean(dir)
	end, err := p.opening.take(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer end()
	stamp, err := stampOf(filepath.Join(dir, avatar.Filename))
	if err != nil {
		return nil, err
	}
	if k, found := p.take(dir); found && k.stamp == stamp {
		p.keep(k)
		return k.pack, nil
	}
	pack, err := avatar.Open(ctx, dir, p.ffmpeg)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	p.keep(keptPack{dir: dir, stamp: stamp, pack: pack})
	return pack, nil
}

// take takes a pack out of memory.
func (p *packs) take(dir string) (k keptPack, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.kept, func(k keptPack) bool { return k.dir == dir })
	if at < 0 {
		return keptPack{}, false
	}
	k = p.kept[at]
	p.kept = slices.Delete(p.kept, at, at+1)
	return k, true
}

// keep makes a pack the last used, and lets the one go that was not for longest.
func (p *packs) keep(k keptPack) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, k)
	if len(p.kept) > maxPacks {
		p.kept = slices.Delete(p.kept, 0, 1)
	}
}
