package audio_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/audio"
)

// wav builds a file by hand.
func wav(code, channels, rate, bits int, data []byte) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(code))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

// told makes a file of wav tell another size of its sound.
func told(size uint32, file []byte) []byte {
	binary.LittleEndian.PutUint32(file[40:], size)
	return file
}

func extensible(data []byte) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVELIST\x03\x00\x00\x00abc\x00fmt \x28\x00\x00\x00")
	b = append(b, 0xfe, 0xff, 1, 0)
	b = binary.LittleEndian.AppendUint32(b, 16000)
	b = binary.LittleEndian.AppendUint32(b, 48000)
	b = append(b, 3, 0, 24, 0, 22, 0, 24, 0, 4, 0, 0, 0)
	b = append(b, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

func TestWAVRoundTrip(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "a.wav"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	w, err := audio.NewWAVWriter(file, 22050)
	require.NoError(t, err)
	want := []int16{0, 1, -1, 32767, -32768, 1234}
	require.NoError(t, w.Write(want[:2]))
	require.NoError(t, w.Write(want[2:]))
	require.NoError(t, w.Close())
	require.NoError(t, w.Close(), "closing twice is harmless")
	require.Error(t, w.Write(want))

	raw, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	assert.Len(t, raw, 44+2*len(want))
	assert.EqualValues(t, len(raw)-8, binary.LittleEndian.Uint32(raw[4:]))
	assert.EqualValues(t, 2*len(want), binary.LittleEndian.Uint32(raw[40:]))
	got, rate, err := audio.ReadWAV(bytes.NewReader(raw), 100)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Equal(t, 22050, rate)

	_, err = audio.NewWAVWriter(file, 7999)
	require.Error(t, err)
}

func TestReadWAVFormats(t *testing.T) {
	t.Parallel()
	float32s := func(values ...float32) (b []byte) {
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		return b
	}
	float64s := binary.LittleEndian.AppendUint64(nil, math.Float64bits(-0.25))
	for name, tc := range map[string]struct {
		file []byte
		want []int16
	}{
		"8 bits":           {wav(1, 1, 8000, 8, []byte{0, 128, 255}), []int16{-32768, 0, 32512}},
		"16 bits":          {wav(1, 1, 8000, 16, []byte{1, 0, 255, 255}), []int16{1, -1}},
		"24 bits":          {wav(1, 1, 8000, 24, []byte{0, 1, 0, 0, 0, 0x80}), []int16{1, -32768}},
		"32 bits":          {wav(1, 1, 8000, 32, []byte{0, 0, 2, 0}), []int16{2}},
		"float":            {wav(3, 1, 8000, 32, float32s(0.5, 2, -2, float32(math.NaN()), float32(math.Inf(1)))), []int16{16384, 32767, -32768, 0, 32767}},
		"double":           {wav(3, 1, 8000, 64, float64s), []int16{-8192}},
		"stereo":           {wav(1, 2, 8000, 16, []byte{10, 0, 20, 0}), []int16{15}},
		"a stream":         {told(math.MaxUint32, wav(1, 1, 8000, 16, []byte{1, 0, 2, 0, 3})), []int16{1, 2}},
		"no size":          {told(0, wav(1, 1, 8000, 16, []byte{1, 0})), []int16{1}},
		"bytes afterwards": {told(2, wav(1, 1, 8000, 16, []byte{1, 0, 'L', 'I', 'S', 'T'})), []int16{1}},
		"half a sample":    {wav(1, 1, 8000, 16, []byte{1, 0, 9}), []int16{1}},
		"extensible":       {extensible([]byte{0, 2, 0}), []int16{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := audio.ReadWAV(bytes.NewReader(tc.file), 100)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestReadWAVRefuses(t *testing.T) {
	t.Parallel()
	good := wav(1, 1, 8000, 16, make([]byte, 20))
	for name, file := range map[string][]byte{
		"nothing":          nil,
		"another form":     append([]byte("RIFX"), good[4:]...),
		"a cut header":     good[:30],
		"a cut sound":      good[:50],
		"mu-law":           wav(7, 1, 8000, 8, make([]byte, 8)),
		"no channel":       wav(1, 0, 8000, 16, make([]byte, 8)),
		"many channels":    wav(1, 600, 8000, 16, make([]byte, 8)),
		"no rate":          wav(1, 1, 0, 16, make([]byte, 8)),
		"sound too early":  []byte("RIFF\x00\x00\x00\x00WAVEdata\x02\x00\x00\x00\x00\x00"),
		"a huge fmt chunk": []byte("RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff"),
		"only chunks":      append([]byte("RIFF\x00\x00\x00\x00WAVE"), bytes.Repeat([]byte("junk\x00\x00\x00\x00"), 2000)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := audio.ReadWAV(bytes.NewReader(file), 100)
			require.Error(t, err)
		})
	}
	_, _, err := audio.ReadWAV(bytes.NewReader(good), 9)
	require.ErrorContains(t, err, "more than 9 samples")
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wav(1, 1, 8000, 16, []byte{1, 0, 2, 0}))
	f.Add(told(math.MaxUint32, wav(3, 2, 48000, 32, make([]byte, 32))))
	f.Add(extensible([]byte{0, 2, 0}))
	f.Fuzz(func(t *testing.T, file []byte) {
		pcm, rate, err := audio.ReadWAV(bytes.NewReader(file), 1<<16)
		if err == nil && (rate < 1 || len(pcm) > len(file)) {
			t.Fatalf("%d samples at %d Hz from %d bytes", len(pcm), rate, len(file))
		}
	})
}

// sine is n samples of a tone at half of full scale.
func sine(n, rate int, hertz float64) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(16384 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate))))
	}
	return pcm
}

func resample(t *testing.T, pcm []int16, from, to, step int) []int16 {
	t.Helper()
	r, err := audio.NewResampler(from, to)
	require.NoError(t, err)
	var out []int16
	for part := range slices.Chunk(pcm, step) {
		out = r.Write(out, part)
	}
	return r.Flush(out)
}

func TestResample(t *testing.T) {
	t.Parallel()
	for _, rates := range [][2]int{{22050, 16000}, {44100, 48000}, {8000, 48000}, {48000, 8000}, {24000, 16000}, {16000, 16000}, {44101, 15999}} {
		from, to := rates[0], rates[1]
		in := sine(from/2+7, from, 440)
		got := resample(t, in, from, to, 997)
		require.Len(t, got, (len(in)*to+from-1)/from, "%d to %d", from, to)
		want := sine(len(got), to, 440)
		worst := 0.0
		// The ends ring: the tone begins and ends at once.
		for i := len(got) / 8; i < len(got)*7/8; i++ {
			worst = math.Max(worst, math.Abs(float64(got[i])-float64(want[i])))
		}
		assert.Less(t, worst, 4.0, "%d to %d", from, to)
		assert.Equal(t, got, resample(t, in, from, to, len(in)), "in one piece or in many")
	}
}

func TestResampleStopsAliases(t *testing.T) {
	t.Parallel()
	out := resample(t, sine(48000, 48000, 5000), 48000, 8000, 480)
	assert.Less(t, audio.Decibels(audio.RMS(out[1000:7000])), -70.0, "5 kHz does not fold back into 8 kHz")
	_, err := audio.NewResampler(48000, 1)
	require.Error(t, err)
}

func TestLevels(t *testing.T) {
	t.Parallel()
	assert.Zero(t, audio.RMS(nil))
	assert.InDelta(t, 0.5/math.Sqrt2, audio.RMS(sine(8000, 8000, 100)), 1e-3)
	assert.InDelta(t, 1, audio.Peak([]int16{3, -32768}), 0)
	assert.InDelta(t, -120, audio.Decibels(0), 0)
	assert.InDelta(t, -6.02, audio.Decibels(0.5), 0.01)
}

func TestWAVWriterTellsErrors(t *testing.T) {
	t.Parallel()
	full := &fullDisk{}
	_, err := audio.NewWAVWriter(full, 16000)
	require.ErrorIs(t, err, errFull)
	full.room = 44
	w, err := audio.NewWAVWriter(full, 16000)
	require.NoError(t, err)
	require.ErrorIs(t, w.Write([]int16{1}), errFull)
}

var errFull = errors.New("disk is full")

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		return 0, errFull
	}
	d.room -= len(p)
	return len(p), nil
}

func (d *fullDisk) Seek(int64, int) (int64, error) { return 0, nil }

var _ io.WriteSeeker = (*fullDisk)(nil)

func BenchmarkResample(b *testing.B) {
	in := sine(22050, 22050, 440)
	for b.Loop() {
		r, err := audio.NewResampler(22050, 16000)
		require.NoError(b, err)
		r.Flush(r.Write(nil, in))
	}
}
