package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// Many servers know only MP3, whatever they are asked for.
func TestCompressedSoundIsDecoded(t *testing.T) {
	t.Parallel()
	build := os.Getenv("VISAVIS_BUILD")
	if build == "" {
		build = filepath.Join("..", "..", "build")
	}
	ffmpeg := filepath.Join(build, "natives", "bin", "ffmpeg")
	mp3, err := exec.CommandContext(t.Context(), ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=440:d=1", "-f", "mp3", "-").Output()
	require.NoError(t, err)
	for _, kind := range []string{"audio/mpeg", "application/octet-stream"} {
		engine := open(t, startFake(t, &fakeOpenAI{kind: kind, whole: mp3, step: 1000}), Settings{})
		engine.ffmpeg = ffmpeg
		l := &listener{}
		require.NoError(t, engine.Synthesize(t.Context(), tts.Request{Text: "안녕"}, l))
		assert.Equal(t, speech.Format{SampleRate: 24000, Marks: speech.NoMarks}, l.format)
		assert.InDelta(t, 24000, len(l.pcm), 2400)
		engine.ffmpeg = ""
		err := engine.Synthesize(t.Context(), tts.Request{Text: "안녕"}, l)
		assert.Equal(t, fault.Unavailable, fault.KindOf(err))
		assert.Contains(t, fault.HintOf(err), "ffmpeg")
	}
}
