package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"

	"github.com/x448/float16"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/compose"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// maxActor bounds an avatar in memory, in bytes: some 50 seconds of 720p.
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

// actors keeps the last avatar that was opened: one of 720p takes hundreds of megabytes.
type actors struct {
	ffmpeg string
	// turn holds a token while a call looks or opens.
	turn  chan struct{}
	dir   string
	stamp string
	kept  *actor
}

func newActors(ffmpeg string) *actors { return &actors{ffmpeg: ffmpeg, turn: make(chan struct{}, 1)} }

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
	if a.kept != nil && a.dir == dir && a.stamp == stamp {
		return a.kept, nil
	}
	loaded, err := loadActor(ctx, a.ffmpeg, dir)
	if err != nil {
		return nil, err
	}
	a.dir, a.stamp, a.kept = dir, stamp, loaded
	return loaded, nil
}
