package main

import (
	"testing"

	"github.com/visavis-dev/visavis/sdk/plugintest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	plugintest.Run(t, plugintest.Subject{
		Dir: plugintest.Build(t), FFmpeg: ffmpeg(t), NativesDir: absolute(t, "../../build/natives"),
		Avatar: absolute(t, "../../precomputed/720p/talk_short_720p"),
	})
}
