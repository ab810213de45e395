package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/plugintest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	ffmpeg, err := filepath.Abs("../../build/natives/bin/ffmpeg")
	require.NoError(t, err)
	avatar, err := filepath.Abs("../../precomputed/720p/talk_short_720p")
	require.NoError(t, err)
	plugintest.Run(t, plugintest.Subject{Dir: plugintest.Build(t), FFmpeg: ffmpeg, Avatar: avatar})
}

// The SDK promises a working plugin in under 40 lines.
func TestIsSmall(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	require.Less(t, strings.Count(string(source), "\n"), 40)
}
