package sound_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/plugins/tts-openai/internal/sound"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// wav makes a file; data is what stands in its data chunk's length.
//
//nolint:revive // the fields of a header
func wav(format, channels, rate, bits int, samples []byte, length uint32) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00")
	for _, v := range []any{
		uint16(format), uint16(channels), uint32(rate), uint32(rate * channels * bits / 8), uint16(channels * bits / 8), uint16(bits),
	} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, length)
	b.Write(samples)
	return b.Bytes()
}

func readAll(t *testing.T, r io.Reader) ([]int16, int) {
	t.Helper()
	s, err := sound.Open(t.Context(), io.NopCloser(r), 24000, "")
	require.NoError(t, err)
	var all []int16
	buffer := make([]int16, 3)
	for {
		n, err := s.Read(buffer)
		all = append(all, buffer[:n]...)
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			return all, s.Rate()
		}
		require.Positive(t, n)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	bytes16 := []byte{1, 0, 0xff, 0xff, 0, 0x80, 0xff, 0x7f, 5, 0}
	want := []int16{1, -1, -32768, 32767, 5}
	float := binary.LittleEndian.AppendUint32(nil, math.Float32bits(0.5))
	for name, c := range map[string]struct {
		stream []byte
		want   []int16
		rate   int
	}{
		"raw":                 {bytes16, want, 24000},
		"raw with half":       {append(bytes16[:10:10], 9), want, 24000},
		"empty":               {nil, nil, 24000},
		"short":               {[]byte{7, 0}, []int16{7}, 24000},
		"wav":                 {wav(1, 1, 16000, 16, bytes16, 10), want, 16000},
		"wav, more follows":   {wav(1, 1, 16000, 16, append(bytes16[:10:10], "LIST"...), 10), want, 16000},
		"wav, length unknown": {wav(1, 1, 16000, 16, bytes16, 0xFFFFFFFF), want, 16000},
		"wav, length 0":       {wav(1, 1, 16000, 16, bytes16, 0), want, 16000},
		"wav, cut short":      {wav(1, 1, 16000, 16, bytes16, 1000), want, 16000},
		"stereo":              {wav(1, 2, 16000, 16, []byte{2, 0, 4, 0, 0xff, 0x7f, 0xff, 0x7f}, 8), []int16{3, 32767}, 16000},
		"float":               {wav(3, 1, 22050, 32, float, 4), []int16{16384}, 22050},
	} {
		for kind, reader := range map[string]io.Reader{
			"whole": bytes.NewReader(c.stream), "bytes": iotest.OneByteReader(bytes.NewReader(c.stream)), "last with EOF": iotest.DataErrReader(bytes.NewReader(c.stream)),
		} {
			got, rate := readAll(t, reader)
			assert.Equal(t, c.rate, rate, name+", "+kind)
			assert.InDeltaSlice(t, c.want, got, 1, name+", "+kind)
		}
	}
}

func TestBrokenStreamIsNoEnd(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	s, err := sound.Open(t.Context(), io.NopCloser(io.MultiReader(bytes.NewReader([]byte{1, 0, 2, 0, 3}), iotest.ErrReader(broken))), 24000, "")
	require.NoError(t, err)
	buffer := make([]int16, 10)
	n, err := s.Read(buffer)
	require.NoError(t, err)
	assert.Equal(t, []int16{1, 2}, buffer[:n])
	_, err = s.Read(buffer)
	assert.ErrorIs(t, err, broken)
}

func FuzzOpen(f *testing.F) {
	f.Add(wav(1, 2, 16000, 16, make([]byte, 64), 64))
	f.Add(wav(3, 1, 16000, 32, make([]byte, 64), 64))
	f.Fuzz(func(t *testing.T, stream []byte) {
		s, err := sound.Open(t.Context(), io.NopCloser(bytes.NewReader(stream)), 24000, "")
		buffer := make([]int16, 100)
		for err == nil {
			_, err = s.Read(buffer)
		}
	})
}

func ffmpeg() string {
	build := os.Getenv("VISAVIS_BUILD")
	if build == "" {
		build = filepath.Join("..", "..", "..", "..", "build")
	}
	return filepath.Join(build, "natives", "bin", "ffmpeg")
}

// tone is a second of sound as ffmpeg writes it.
func tone(t *testing.T, args ...string) []byte {
	t.Helper()
	args = append([]string{"-v", "error", "-f", "lavfi", "-i", "sine=440:r=44100:d=1"}, args...)
	out, err := exec.CommandContext(t.Context(), ffmpeg(), append(args, "-")...).Output()
	require.NoError(t, err)
	return out
}

func TestCompressedSoundIsDecoded(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"mp3":           {"-f", "mp3"},
		"mp3, no ID3":   {"-id3v2_version", "0", "-write_xing", "0", "-f", "mp3"},
		"mp3 at 24 kHz": {"-ar", "24000", "-id3v2_version", "0", "-f", "mp3"},
		"opus":          {"-c:a", "libopus", "-f", "ogg"},
		"aac":           {"-c:a", "aac", "-f", "adts"},
		"flac":          {"-f", "flac"},
		"webm":          {"-c:a", "libopus", "-f", "webm"},
		"wav at 96 kHz": {"-ar", "96000", "-f", "wav"},
		"wav of µ-law":  {"-c:a", "pcm_mulaw", "-f", "wav"},
		"stereo":        {"-ac", "2", "-f", "flac"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := sound.Open(t.Context(), io.NopCloser(iotest.OneByteReader(bytes.NewReader(tone(t, args...)))), 24000, ffmpeg())
			require.NoError(t, err)
			assert.False(t, s.Raw())
			assert.Equal(t, 24000, s.Rate())
			buffer, count, peak := make([]int16, 500), 0, 0
			for err == nil {
				var n int
				n, err = s.Read(buffer)
				count += n
				for _, v := range buffer[:n] {
					peak = max(peak, int(v))
				}
			}
			require.ErrorIs(t, err, io.EOF)
			assert.InDelta(t, 24000, count, 2400)
			assert.Greater(t, peak, 2000)
			require.NoError(t, s.Close())
		})
	}
}

func TestBrokenCompressedSound(t *testing.T) {
	t.Parallel()
	whole := tone(t, "-f", "flac")
	read := func(in io.Reader) error {
		s, err := sound.Open(t.Context(), io.NopCloser(in), 24000, ffmpeg())
		require.NoError(t, err)
		buffer := make([]int16, 5000)
		for err == nil {
			_, err = s.Read(buffer)
		}
		require.NoError(t, s.Close())
		return err
	}
	broken := errors.New("connection lost")
	require.ErrorIs(t, read(io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(broken))), broken)
	require.ErrorIs(t, read(bytes.NewReader([]byte("fLaC but nothing of the kind"))), sound.ErrFormat)

	s, err := sound.Open(t.Context(), io.NopCloser(bytes.NewReader(whole)), 24000, ffmpeg())
	require.NoError(t, err)
	require.NoError(t, s.Close(), "nobody reads it to its end")
	_, err = sound.Open(t.Context(), io.NopCloser(bytes.NewReader(whole)), 24000, "")
	assert.Equal(t, fault.Unavailable, fault.KindOf(err))
	assert.Contains(t, fault.HintOf(err), "ffmpeg")
}

// Quiet raw sound may begin with what looks like the head of a frame.
func TestRawSoundIsNotTakenForMP3(t *testing.T) {
	t.Parallel()
	for _, begin := range [][]byte{{0xff, 0xfb, 0x90, 0x64}, {0xff, 0xff, 0xff, 0xff}, {0xff, 0xf1, 0x50, 0x80}} {
		raw := slices.Concat(begin, make([]byte, 8000))
		samples, rate := readAll(t, bytes.NewReader(raw))
		assert.Len(t, samples, len(raw)/2)
		assert.Equal(t, 24000, rate)
	}
}
