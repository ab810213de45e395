//go:build sync

package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/speech"
)

// spoken is a case of the sync bench: models/voice/bench/cases.py writes it.
type spoken struct {
	Sounds []struct {
		Start float64 `json:"start"`
		End   float64 `json:"end"`
		IPA   string  `json:"ipa"`
	} `json:"sounds"`
}

// TestFilms renders every case of the folder SYNC_CASES twice into SYNC_FILMS: with its marks and from its sound alone. SYNC_AVATAR
// is another pack than talk_short's. SYNC_WINDOW, of which measure.py cuts a part, makes films twice as large.
// What is seen in the films is measured by tools that are not ours.
func TestFilms(t *testing.T) {
	cases, films := os.Getenv("SYNC_CASES"), os.Getenv("SYNC_FILMS")
	require.NotEmpty(t, cases)
	require.NoError(t, os.MkdirAll(films, 0o750))
	e := start(t)
	avatar := absolute(t, "../../precomputed/720p/talk_short_720p")
	if other := os.Getenv("SYNC_AVATAR"); other != "" {
		avatar = other
	}
	width, height := 640, 360
	if os.Getenv("SYNC_WINDOW") != "" {
		width, height = 2*width, 2*height
	}
	paths, err := filepath.Glob(filepath.Join(cases, "*.wav"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".wav")
		pcm, rate, marks := readCase(t, path)
		for mode, kind := range map[string]speech.MarkKind{"marks": speech.Phonemes, "audio": speech.NoMarks} {
			if only := os.Getenv("SYNC_MODE"); only != "" && only != mode {
				continue
			}
			var film tape
			req := lipsync.Request{
				Avatar: avatar, Width: width, Height: height, FrameSkip: 1,
				Format: speech.Format{SampleRate: rate, Marks: kind},
			}
			said := &script{pcm: pcm, piece: rate / 4}
			if kind == speech.Phonemes {
				said.marks = marks
			}
			require.NoError(t, e.Render(t.Context(), req, said, &film), name)
			require.NoError(t, os.WriteFile(filepath.Join(films, name+"-"+mode+".mp4"), film.Bytes(), 0o600))
		}
	}
}

func readCase(t *testing.T, path string) ([]int16, int, []speech.Mark) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	header := make([]byte, 44)
	_, err = io.ReadFull(file, header)
	require.NoError(t, err)
	rate := int(binary.LittleEndian.Uint32(header[24:]))
	raw, err := io.ReadAll(file)
	require.NoError(t, err)
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	data, err := os.ReadFile(strings.TrimSuffix(path, ".wav") + ".json")
	require.NoError(t, err)
	var s spoken
	require.NoError(t, json.Unmarshal(data, &s))
	var marks []speech.Mark
	for _, sound := range s.Sounds {
		from, to := int64(sound.Start*float64(rate)), int64(sound.End*float64(rate))
		marks = append(marks, speech.Mark{Start: from, Length: to - from, Text: sound.IPA})
	}
	return pcm, rate, marks
}
