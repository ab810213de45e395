package main

import (
	"context"
	"image"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/compose"
	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/video"
)

// film is the idle loop of a pack of layers: somebody who breathes and blinks, and whose mouth rests.
type film struct{ pack *avatar.Pack }

func idle(pack *avatar.Pack) film { return film{pack} }

// shares say where a face is in the box of what its mouth moves, in hundredths of that: packs have no landmarks, but all are made
// by one recipe.
type shares struct{ left, right, middle, chin int }

// inLayer is for the layer of mouths, which begins at the middle of the nose and ends well below the chin.
func inLayer() shares { return shares{left: 5, right: 95, middle: 0, chin: 66} }

// inFilm is for what a moving pack's network redraws, which lies lower and closer.
func inFilm() shares { return shares{left: 5, right: 102, middle: -7, chin: 77} }

// chinMargin is what MuseTalk 1.5 adds, in pixels.
const chinMargin = 10

// face is the box of the face in a picture of a size.
func (s shares) face(mouth image.Rectangle, width, height int) image.Rectangle {
	at, w, h := mouth.Min, mouth.Dx(), mouth.Dy()
	middle, chin := at.Y+h*s.middle/100, at.Y+h*s.chin/100
	box := image.Rect(at.X+w*s.left/100, max(0, 2*middle-chin), at.X+w*s.right/100, chin+chinMargin)
	return box.Intersect(image.Rect(0, 0, width, height))
}

// faceOf is the box of a pack's face.
func faceOf(pack *avatar.Pack) image.Rectangle {
	for _, l := range pack.Layers {
		if l.Name == "mouth" {
			x, y, w, h := l.Box[0], l.Box[1], l.Box[2], l.Box[3]
			return inLayer().face(image.Rect(x, y, x+w, y+h), pack.Width, pack.Height)
		}
	}
	return image.Rectangle{}
}

// faceInFilm is the box of the face in a moving pack's talking loop; empty where the pack has a place for each frame.
func faceInFilm(pack *moving.Pack) image.Rectangle {
	boxes := pack.Boxes(pack.Loop(moving.Talk), pack.Width, pack.Height)
	if len(boxes) != 1 {
		return image.Rectangle{}
	}
	return inFilm().face(boxes[0], pack.Width, pack.Height)
}

// read gives each frame of the loop.
func (f film) read(ctx context.Context, take func(n, width, height int, picture []byte) error) error {
	frame := make([]byte, video.FrameSize(f.pack.Width, f.pack.Height))
	for n := range f.pack.Idle.Frames {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		copy(frame, f.pack.Base)
		for _, l := range f.pack.Layers {
			switch l.Name {
			case "breath":
				f.lay(frame, l, f.pack.Idle.Breath[n])
			case "blink":
				if f.pack.Idle.Blink[n] > 0 { // the base has open eyes
					f.lay(frame, l, f.pack.Idle.Blink[n])
				}
			}
		}
		if err := take(n, f.pack.Width, f.pack.Height, compose.BGR(frame, f.pack.Width, f.pack.Height)); err != nil {
			return err
		}
	}
	return nil
}

// lay draws a layer in a phase over a frame.
func (f film) lay(frame []byte, l avatar.Pictures, phase float64) {
	low := min(int(phase), l.Frames-1)
	high := min(low+1, l.Frames-1)
	share := uint32((phase - float64(low)) * 256)
	picture := make([]byte, len(l.Stack[low]))
	for i := range picture {
		picture[i] = byte((uint32(l.Stack[low][i])*(256-share) + uint32(l.Stack[high][i])*share + 128) >> 8) //nolint:gosec // between two bytes
	}
	x, y, w, h := l.Box[0], l.Box[1], l.Box[2], l.Box[3]
	luma, chroma := f.pack.Width*f.pack.Height, f.pack.Width*f.pack.Height/4
	plane(frame[y*f.pack.Width+x:], f.pack.Width, picture[:w*h], l.Luma, w)
	at := y/2*f.pack.Width/2 + x/2
	plane(frame[luma+at:], f.pack.Width/2, picture[w*h:w*h+w*h/4], l.Chroma, w/2)
	plane(frame[luma+chroma+at:], f.pack.Width/2, picture[w*h+w*h/4:], l.Chroma, w/2)
}

// plane mixes one plane of a layer, whose rows have a width, into a frame whose rows have a stride; without a mask it is
// opaque.
func plane(to []byte, stride int, from, mask []byte, width int) {
	for y := range len(from) / width {
		for x := range width {
			m := byte(255)
			if mask != nil {
				m = mask[y*width+x]
			}
			to[y*stride+x] = compose.Blend(to[y*stride+x], from[y*width+x], m)
		}
	}
}
