// Command lipsync-meter is the smallest face plugin: a still face above a bar as long as the voice is loud.
package main

import (
	"context"

	"github.com/visavis-dev/visavis/sdk/audio"
	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/film"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

type meter struct{ ffmpeg string }

func (m meter) Render(ctx context.Context, req lipsync.Request, in lipsync.Speech, out lipsync.Sink) error {
	face, err := avatar.Open(ctx, req.Avatar, m.ffmpeg)
	if err != nil {
		return err
	}
	draw := func(_ int, picture []byte, sound []int16) error {
		copy(picture, face.Base) // brightness of each pixel comes first, then colours
		bar := int(audio.Peak(sound) * float64(face.Width))
		for row := face.Height - 16; row < face.Height; row++ {
			for x := range bar {
				picture[row*face.Width+x] = 235
			}
		}
		return nil
	}
	return film.Make(ctx, film.Settings{FFmpeg: m.ffmpeg, Width: face.Width, Height: face.Height, Draw: draw}, req, in, out)
}

func main() {
	lipsync.Serve(func(_ context.Context, _ struct{}, env plugin.Env) (lipsync.Renderer, error) {
		return meter{env.FFmpeg}, nil
	})
}
