package musetalk_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/musetalk"
)

// BenchmarkOpen reads an avatar of 690 MB: ten seconds of 1268×724, as the documented system makes them. Every frame is
// touched once, as an import does. It tells how much memory that takes beside the file itself, which is mapped.
func BenchmarkOpen(b *testing.B) {
	const wide, high, frames = 1268, 724, 250
	path := filepath.Join(b.TempDir(), "large.pkl")
	size := writeLarge(b, path, wide, high, frames)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		s, err := musetalk.Open(path)
		require.NoError(b, err)
		require.Len(b, s.Faces, frames)
		sum := 0
		for n := range frames {
			picture, err := s.Frame(n)
			require.NoError(b, err)
			for at := 0; at < len(picture); at += os.Getpagesize() {
				sum += int(picture[at])
			}
		}
		require.Positive(b, sum)
		require.NoError(b, s.Close())
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(size)/1e6, "MB")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/float64(size), "allocated/size")
}

// writeLarge writes frame by frame, so that nothing of it lies in memory.
func writeLarge(b *testing.B, path string, wide, high, frames int) int64 {
	b.Helper()
	file, err := os.Create(path)
	require.NoError(b, err)
	write := func(part raw) {
		_, err := file.WriteString(string(part))
		require.NoError(b, err)
	}
	frame := array("u1", bytes.Repeat([]byte{7}, 3*wide*high), high, wide, 3)
	latent := tensor(make([]byte, 2*8*32*32), 1, 8, 32, 32)
	write("\x80\x04}(" + text("frames") + "](")
	for range frames {
		write(frame)
	}
	write("e" + text("input_latent_list") + "](")
	for range frames {
		write(latent)
	}
	write("e" + text("coords_list") + "](")
	for range frames {
		write(text(tuple{500, 200, 700, 420}))
	}
	write("e" + text("fps") + text(25.0) + text("cached_mask") + array("u1", make([]byte, 330*330), 330, 330))
	write(text("cached_crop_box") + text([]any{435, 145, 765, 475}) + "u.")
	info, err := file.Stat()
	require.NoError(b, err)
	require.NoError(b, file.Close())
	return info.Size()
}
