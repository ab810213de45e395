package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/plugintest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	config, err := json.Marshal(map[string]any{"graphs": golden(t, "graphs"), "library": runtimeLibrary(t), "provider": "cpu", "preset": "ultrafast"})
	require.NoError(t, err)
	plugintest.Run(t, plugintest.Subject{
		Dir: plugintest.Build(t), Settings: config, FFmpeg: ffmpeg(t), NativesDir: natives(t), Avatar: pack(t),
	})
}
