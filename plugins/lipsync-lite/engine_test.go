package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/plugintest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	absolute := func(path string) string {
		abs, err := filepath.Abs(path)
		require.NoError(t, err)
		return abs
	}
	plugintest.Run(t, plugintest.Subject{
		Dir: plugintest.Build(t), FFmpeg: absolute("../../build/natives/bin/ffmpeg"),
		Avatar: absolute("../../precomputed/720p/talk_short_720p"),
	})
}
