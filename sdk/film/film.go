// Package film makes the video of a face engine that draws picture by picture: it takes the speech, asks for each picture
// in time with it, and encodes both. It does not know what is drawn.
package film

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/video"
)

// progressEvery is after how many pictures progress is told.
const progressEvery = 5

// Draw fills picture n, yuv420p of the size that Settings name, whose content is whatever was there before. sound is what is heard while it
// is seen: a 25th of a second, perhaps less of the last one.
type Draw func(n int, picture []byte, sound []int16) error

// Settings of a film.
type Settings struct {
	// FFmpeg is the program's path.
	FFmpeg string
	// Width and Height of the pictures, even; the request says how large the video is.
	Width, Height int
	Draw          Draw
}

// Make renders a call of lipsync.Renderer with what is drawn.
func Make(ctx context.Context, s Settings, req lipsync.Request, in lipsync.Speech, out lipsync.Sink) error {
	if err := req.Check(); err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	out = lipsync.InTurn(out)
	encoder, err := video.NewEncoder(ctx, video.Settings{
		FFmpeg: s.FFmpeg, Width: s.Width, Height: s.Height, OutWidth: req.Width, OutHeight: req.Height,
		SampleRate: req.Format.SampleRate, Fragment: out.Fragment,
	})
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	defer encoder.Close()
	m := &making{encoder: encoder, size: s.Width * s.Height * 3 / 2, rate: req.Format.SampleRate, out: out, draw: s.Draw}
	if err := m.run(ctx, in); err != nil {
		return err
	}
	if err := encoder.Finish(); err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	return out.Progress(lipsync.Progress{Frames: m.pictures, Total: m.pictures}) //nolint:wrapcheck // the caller's own error
}

// making is one call.
type making struct {
	encoder *video.Encoder
	size    int
	rate    int
	out     lipsync.Sink
	draw    Draw
	// pictures were drawn, for the samples before the heard ones.
	pictures int
	heard    []int16
}

func (m *making) run(ctx context.Context, in lipsync.Speech) error {
	for {
		chunk, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err //nolint:wrapcheck // the caller's own error
		}
		if err := m.encoder.Sound(chunk.PCM); err != nil {
			return err //nolint:wrapcheck // a fault already
		}
		m.heard = append(m.heard, chunk.PCM...)
		for len(m.heard) >= m.due() {
			if err := m.picture(m.due()); err != nil {
				return err
			}
		}
	}
	if len(m.heard) > 0 {
		return m.picture(len(m.heard))
	}
	if m.pictures == 0 {
		return fault.New(fault.Invalid, "render", "", errors.New("there is no speech"))
	}
	return nil
}

// due is how many samples the next picture lasts.
func (m *making) due() int {
	return (m.pictures+1)*m.rate/video.FrameRate - m.pictures*m.rate/video.FrameRate
}

func (m *making) picture(samples int) error {
	buffer := m.encoder.Buffer(m.size)
	if err := m.draw(m.pictures, buffer, m.heard[:samples]); err != nil {
		return fmt.Errorf("draw picture %d: %w", m.pictures, err)
	}
	m.heard = m.heard[samples:]
	m.pictures++
	if err := m.encoder.Frame(buffer); err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	if m.pictures%progressEvery != 0 {
		return nil
	}
	return m.out.Progress(lipsync.Progress{Frames: m.pictures}) //nolint:wrapcheck // the caller's own error
}
