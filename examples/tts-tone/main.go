// Command tts-tone is the smallest speech plugin: it hums a note for each character.
package main

import (
	"context"
	"math"

	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

const rate = 16000 // samples per second

type tone struct {
	Hertz float64 `json:"hertz"`
}

func (t tone) Synthesize(ctx context.Context, req tts.Request, out tts.Sink) error {
	if err := out.Start(speech.Format{SampleRate: rate}); err != nil {
		return err
	}
	note := make([]int16, rate/8)
	for i := range note {
		note[i] = int16(8000 * math.Sin(2*math.Pi*t.Hertz*float64(i)/rate))
	}
	for range req.Text {
		if err := out.Chunk(speech.Chunk{PCM: note}); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

func main() {
	tts.Serve(func(_ context.Context, t tone, _ plugin.Env) (tts.Synthesizer, error) { return t, nil })
}
