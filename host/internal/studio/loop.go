// Package studio makes avatars that move: it has tools/avatars and models/mouth do the work, one step after the other, and writes
// packs of what they made. It knows neither what a character looks like nor how a network learns.
package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"

	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/video"
)

// loopFile is what the studio writes when all frames of a loop are there.
const loopFile = "loop.json"

// Loop is a folder of frames of idle life.
type Loop struct {
	dir string
	// Kind is the studio's name of what the face does.
	Kind   string `json:"kind"`
	FPS    int    `json:"fps"`
	Frames int    `json:"frames"`
	// Scale is the size of the pictures in percent of 720p.
	Scale int `json:"scale"`
	// Box is where the mouth is redrawn: left, top, right and bottom in pixels.
	Box [4]int `json:"box"`
	// Width and Height of the frames.
	Width, Height int `json:"-"`
}

// name is what a pack calls the loop, or "" for one that it has no use for.
func (l Loop) name() string {
	switch l.Kind {
	case "talking":
		return moving.Talk
	case "listening":
		return "listen"
	case "thinking":
		return "think"
	}
	return ""
}

// ReadLoop reads a folder that the studio has finished.
func ReadLoop(dir string) (Loop, error) {
	l := Loop{dir: dir}
	raw, err := os.ReadFile(filepath.Join(dir, loopFile)) //nolint:gosec // the user names it
	if errors.Is(err, os.ErrNotExist) {
		return l, fmt.Errorf("read loop: %s has no %s: render it to its end (tools/avatars, command loop)", dir, loopFile)
	}
	if err != nil {
		return l, fmt.Errorf("read loop: %w", err)
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return l, fmt.Errorf("read loop: %s: %w", filepath.Join(dir, loopFile), err)
	}
	if l.name() == "" || l.Frames < 1 || l.FPS != video.FrameRate {
		return l, fmt.Errorf("read loop: %s: %d frames of %q at %d a second are no loop of idle life", dir, l.Frames, l.Kind, l.FPS)
	}
	first, err := l.picture(0)
	if err != nil {
		return l, err
	}
	l.Width, l.Height = first.Bounds().Dx(), first.Bounds().Dy()
	box := image.Rect(l.Box[0], l.Box[1], l.Box[2], l.Box[3])
	if l.Width%2 != 0 || l.Height%2 != 0 || box.Empty() || !box.In(image.Rect(0, 0, l.Width, l.Height)) ||
		(l.Box[0]|l.Box[1]|l.Box[2]|l.Box[3])%2 != 0 {
		return l, fmt.Errorf("read loop: %s: the mouth's box %v is not even, or not inside %d×%d", dir, l.Box, l.Width, l.Height)
	}
	return l, nil
}

func (l Loop) picture(n int) (image.Image, error) {
	name := filepath.Join(l.dir, fmt.Sprintf("frame%05d.png", n))
	file, err := os.Open(name) //nolint:gosec // as above
	if err != nil {
		return nil, fmt.Errorf("read frame: %w", err)
	}
	defer func() { _ = file.Close() }()
	picture, err := png.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("read frame: %s: %w", name, err)
	}
	return picture, nil
}

// Frame gives a frame as yuv420p.
func (l Loop) Frame(n int) ([]byte, error) {
	picture, err := l.picture(n)
	if err != nil {
		return nil, err
	}
	if size := picture.Bounds().Size(); size != image.Pt(l.Width, l.Height) {
		return nil, fmt.Errorf("read frame: frame %d of %s is %v, not %d×%d", n, l.dir, size, l.Width, l.Height)
	}
	return planes(picture), nil
}

// BT.709's shares of red and blue in luma.
const red, blue = 0.2126, 0.0722

// planes turns a picture of even size into yuv420p, BT.709 in the limited range, as models/mouth does with what it learns from.
func planes(picture image.Image) []byte {
	b := picture.Bounds()
	width, height := b.Dx(), b.Dy()
	out := make([]byte, video.FrameSize(width, height))
	luma, u, v := out[:width*height], out[width*height:width*height*5/4], out[width*height*5/4:]
	for y := 0; y < height; y += 2 {
		for x := 0; x < width; x += 2 {
			var sum [3]float64
			for i := range 4 {
				px, py := x+i%2, y+i/2
				rgb := colour(picture, b.Min.X+px, b.Min.Y+py)
				luma[py*width+px] = round(16 + 219*light(rgb))
				for c := range sum {
					sum[c] += rgb[c] / 4
				}
			}
			at, mean := y/2*width/2+x/2, light(sum)
			u[at] = round(128 + 224*(sum[2]-mean)/(2*(1-blue)))
			v[at] = round(128 + 224*(sum[0]-mean)/(2*(1-red)))
		}
	}
	return out
}

// colour gives red, green and blue from 0 to 1; frames are opaque.
func colour(picture image.Image, x, y int) [3]float64 {
	if p, ok := picture.(*image.RGBA); ok {
		c := p.Pix[p.PixOffset(x, y):]
		return [3]float64{float64(c[0]) / 255, float64(c[1]) / 255, float64(c[2]) / 255}
	}
	r, g, b, _ := picture.At(x, y).RGBA()
	return [3]float64{float64(r) / 65535, float64(g) / 65535, float64(b) / 65535}
}

func light(rgb [3]float64) float64 { return red*rgb[0] + (1-red-blue)*rgb[1] + blue*rgb[2] }

func round(v float64) byte { return byte(math.RoundToEven(v)) }

// seam tells how far a loop jumps from its last frame to its first, against the largest step that it takes elsewhere; both are mean
// differences of luma.
type seam struct{ jump, step float64 }

// jumps is a seam that would be seen.
func (s seam) jumps() bool { return s.jump > 2*s.step+0.25 }

// watch gives a loop's frames as they are and notes how they follow each other; seam is complete when the last was asked for.
func watch(l Loop, seam *seam) func(n int) ([]byte, error) {
	var first, last []byte
	return func(n int) ([]byte, error) {
		frame, err := l.Frame(n)
		if err != nil {
			return nil, err
		}
		luma := frame[:l.Width*l.Height]
		if n == 0 {
			first = luma
		} else {
			seam.step = max(seam.step, apart(last, luma))
		}
		if n == l.Frames-1 {
			seam.jump = apart(luma, first)
		}
		last = luma
		return frame, nil
	}
}

func apart(a, b []byte) float64 {
	sum := 0
	for i := range a {
		sum += max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	return float64(sum) / float64(len(a))
}
