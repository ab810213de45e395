package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// maxPacks bounds the packs in memory; one of 720p takes about 13 MB.
const maxPacks = 6

// packs keeps opened packs, the last used last. A pack that was replaced on disk is opened anew.
type packs struct {
	ffmpeg string

	// turn holds a token while a call looks or opens: two calls do not open one pack twice.
	turn chan struct{}
	kept []keptPack
}

type keptPack struct {
	dir   string
	stamp string
	pack  *avatar.Pack
}

func newPacks(ffmpeg string) *packs { return &packs{ffmpeg: ffmpeg, turn: make(chan struct{}, 1)} }

// open gives a pack from memory or from disk. It waits for its turn no longer than ctx.
func (p *packs) open(ctx context.Context, path string) (*avatar.Pack, error) {
	dir, err := avatar.Root(path)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	dir = filepath.Clean(dir)
	info, err := os.Stat(filepath.Join(dir, avatar.Filename))
	if err != nil {
		return nil, fault.New(fault.NotFound, "open pack", "아바타를 찾을 수 없습니다", err)
	}
	stamp := fmt.Sprint(info.Size(), info.ModTime().UnixNano())
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("open pack: %w", ctx.Err())
	}
	if at := slices.IndexFunc(p.kept, func(k keptPack) bool { return k.dir == dir }); at >= 0 {
		k := p.kept[at]
		p.kept = slices.Delete(p.kept, at, at+1)
		if k.stamp == stamp {
			p.kept = append(p.kept, k)
			return k.pack, nil
		}
	}
	pack, err := avatar.Open(ctx, dir, p.ffmpeg)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	p.kept = append(p.kept, keptPack{dir: dir, stamp: stamp, pack: pack})
	if len(p.kept) > maxPacks {
		p.kept = slices.Delete(p.kept, 0, 1)
	}
	return pack, nil
}
