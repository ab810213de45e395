package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/x448/float16"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/compose"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// maxActor bounds the avatars in memory, and each of them, in bytes: some 46 seconds of 720p, 20 of 1080p.
const maxActor = 3 << 30

// actor is a prepared avatar in memory. It is not changed, so that renderings share it.
type actor struct {
	// width and height are even: the last column or row of an odd film is left out.
	width, height int
	scenes        []scene
}

// scene is one frame of the film.
type scene struct {
	// frame is yuv420p; touched is the part of it that a new face can change, as it was.
	frame   []byte
	touched compose.Patch
	// face is nil where none was found, and the frame stays as it is.
	face   *compose.Face
	latent []float32
}

// loadActor reads a pack into memory.
func loadActor(ctx context.Context, ffmpeg, dir string) (*actor, error) {
	const op = "open prepared avatar"
	p, err := prepared.Open(dir)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault already
	}
	if p.Model != "musetalk" {
		return nil, fault.New(fault.Invalid, op, "이 아바타는 MuseTalk용이 아닙니다", fmt.Errorf("it is for %q", p.Model))
	}
	a := &actor{width: p.Width &^ 1, height: p.Height &^ 1}
	if need := int64(len(p.Frames)) * int64(2*video.FrameSize(a.width, a.height)); need > maxActor {
		return nil, fault.New(fault.Invalid, op, "아바타 영상이 너무 깁니다", fmt.Errorf("it would take %d bytes", need))
	}
	err = p.Film.Read(ctx, ffmpeg, func(n int, picture []byte) error {
		if n >= len(p.Frames) {
			return fault.New(fault.Invalid, op, "", fmt.Errorf("the film has more than %d frames", len(p.Frames)))
		}
		a.scenes = append(a.scenes, a.scene(p, n, picture))
		return nil
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what was done
	}
	if len(a.scenes) != len(p.Frames) {
		return nil, fault.New(fault.Invalid, op, "", fmt.Errorf("the film has %d frames of %d", len(a.scenes), len(p.Frames)))
	}
	return a, nil
}

func (a *actor) scene(p *prepared.Pack, n int, picture []byte) scene {
	whole := image.Rect(0, 0, a.width, a.height)
	all := cut(picture, p.Width, whole)
	s := scene{frame: make([]byte, video.FrameSize(a.width, a.height))}
	all.Into(s.frame, a.width, a.height)
	f := p.Frames[n]
	if f == nil {
		return s
	}
	face := &compose.Face{Box: prepared.Rectangle(f.Box), Crop: prepared.Rectangle(f.Crop), Mask: p.Masks[f.Mask]}
	touched := compose.Even(face.Touched(whole), whole)
	if touched.Empty() {
		return s
	}
	s.face, s.touched = face, cut(picture, p.Width, touched)
	s.latent = latentOf(p.Latent[n], p.LatentType)
	return s
}

// cut copies a part out of a picture of a width.
func cut(picture []byte, width int, part image.Rectangle) compose.Patch {
	p := compose.NewPatch(part)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		from := 3 * (y*width + part.Min.X)
		copy(p.Pix[3*(y-part.Min.Y)*part.Dx():], picture[from:from+3*part.Dx()])
	}
	return p
}

// latentOf gives a latent as the graphs take it.
func latentOf(raw []byte, kind string) []float32 {
	out := make([]float32, networks.Latent)
	for i := range out {
		if kind == "f2" {
			out[i] = float16.Frombits(binary.LittleEndian.Uint16(raw[2*i:])).Float32()
		} else {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	}
	return out
}

// actors keeps the avatars that were opened last, as many as memory allows: one of 720p takes hundreds of megabytes.
type actors struct {
	ffmpeg string
	// room is how many bytes they may take together; the last one opened stays in any case.
	room int64
	// turn holds a token while a call looks or opens.
	turn chan struct{}
	// kept begins with the one that was asked for last.
	kept []entry
}

// entry is an avatar with the folder that it is of, and that folder's state.
type entry struct {
	dir, stamp string
	actor      *actor
}

func newActors(ffmpeg string) *actors {
	return &actors{ffmpeg: ffmpeg, room: maxActor, turn: make(chan struct{}, 1)}
}

// open gives an avatar from memory or from disk.
func (a *actors) open(ctx context.Context, dir string) (*actor, error) {
	info, err := os.Stat(filepath.Join(dir, prepared.Filename))
	if err != nil {
		return nil, fault.New(fault.Invalid, "open prepared avatar", "이 아바타는 MuseTalk용으로 준비되지 않았습니다", err)
	}
	stamp := fmt.Sprint(info.Size(), info.ModTime().UnixNano())
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("open prepared avatar: %w", ctx.Err())
	}
	e := entry{dir: dir, stamp: stamp}
	if at := slices.IndexFunc(a.kept, func(e entry) bool { return e.dir == dir }); at >= 0 {
		if a.kept[at].stamp == stamp {
			e = a.kept[at]
		}
		a.kept = slices.Delete(a.kept, at, at+1)
	}
	if e.actor == nil {
		if e.actor, err = loadActor(ctx, a.ffmpeg, dir); err != nil {
			return nil, err
		}
	}
	a.kept = a.fitting(append([]entry{e}, a.kept...))
	return e.actor, nil
}

// fitting leaves out those for which there is no room.
func (a *actors) fitting(all []entry) []entry {
	room := a.room
	for i, e := range all {
		if room -= e.actor.bytes(); room < 0 && i > 0 {
			return all[:i]
		}
	}
	return all
}

// bytes is what an actor takes, but for little.
func (a *actor) bytes() int64 {
	sum := int64(0)
	for i := range a.scenes {
		sum += int64(len(a.scenes[i].frame) + len(a.scenes[i].touched.Pix) + 4*len(a.scenes[i].latent))
	}
	return sum
}
