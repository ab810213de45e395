package h264_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/video/h264"
)

const tool = "../../../build/natives/bin/ffmpeg"

// ffmpeg has a file made and gives it.
func ffmpeg(t *testing.T, name string, args ...string) (content []byte, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), name)
	out, err := exec.CommandContext(t.Context(), tool, append(append([]string{"-v", "error"}, args...), file)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	content, err = os.ReadFile(file)
	require.NoError(t, err)
	return content, file
}

// made makes six frames of 64 × 40, whose height is no multiple of a block's, with arguments that come last.
func made(t *testing.T, args ...string) []byte {
	t.Helper()
	film, _ := ffmpeg(t, "film.mp4", append([]string{
		"-f", "lavfi", "-i", "testsrc2=s=64x40:r=25", "-f", "lavfi", "-i", "sine=d=0.24", "-map", "0:v", "-frames:v", "6", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
	}, args...)...)
	return film
}

func wanted() h264.Wanted { return h264.Wanted{Width: 64, Height: 40, FrameRate: 25} }

func TestGoodFilms(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"plain":            nil,
		"all that is said": {"-preset", "slow", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv", "-movflags", "+faststart"},
		"scaling lists":    {"-preset", "medium", "-x264opts", "cqm=jvt:sar=1/1:overscan=show"},
		"main":             {"-profile:v", "main", "-bf", "2"},
		"other ticks":      {"-video_track_timescale", "90000"},
		"its own heads":    {"-bsf:v", "h264_mp4toannexb,dump_extra"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.NoError(t, h264.Check(made(t, args...), wanted()))
		})
	}
}

func TestFilmsThatPacksForbid(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"4:4:4":          {[]string{"-pix_fmt", "yuv444p"}, "its pictures are 4:4:4 in 8 bits, not yuv420p"},
		"4:2:2":          {[]string{"-pix_fmt", "yuv422p"}, "its pictures are 4:2:2 in 8 bits, not yuv420p"},
		"grey":           {[]string{"-pix_fmt", "gray"}, "its pictures are grey"},
		"ten bits":       {[]string{"-pix_fmt", "yuv420p10le"}, "its pictures are 4:2:0 in 10 bits, not yuv420p"},
		"the full range": {[]string{"-color_range", "pc"}, "full range"},
		"other colours":  {[]string{"-colorspace", "smpte170m"}, "not BT.709 (matrix 1 of H.264), but of matrix 6"},
		"interlaced":     {[]string{"-flags", "+ilme+ildct", "-x264opts", "interlaced=1"}, "interlaced"},
		"60 a second":    {[]string{"-vf", "setpts=N/60/TB", "-r", "60"}, "60 frames a second, not 25"},
		"uneven":         {[]string{"-vf", "settb=1/1000,setpts=if(lt(N\\,3)\\,N*40\\,N*120)", "-fps_mode", "vfr"}, "unequally long"},
		"another size":   {[]string{"-vf", "scale=32:16"}, "its pictures are 32×16, not 64×40"},
		"another codec":  {[]string{"-c:v", "mpeg4"}, `"mp4v", not H.264`},
		"in fragments":   {[]string{"-movflags", "+frag_keyframe+empty_moov"}, "in fragments"},
		"another kind":   {[]string{"-c:v", "libx264", "-f", "matroska"}, "no MP4"},
		"sound":          {[]string{"-map", "1:a", "-c:a", "aac"}, "it has sound"},
		"two films":      {[]string{"-map", "0:v"}, "more than one track"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.ErrorContains(t, h264.Check(made(t, tc.args...), wanted()), tc.want)
		})
	}
}

func TestAFilmThatIsTurned(t *testing.T) {
	t.Parallel()
	for _, turn := range [][]string{{"-display_rotation", "90"}, {"-display_rotation", "180"}, {"-display_hflip"}} {
		_, plain := ffmpeg(t, "plain.mp4", "-f", "lavfi", "-i", "color=s=64x40:r=25", "-frames:v", "2", "-pix_fmt", "yuv420p")
		film, _ := ffmpeg(t, "turned.mp4", append(turn, "-i", plain, "-c", "copy")...)
		assert.ErrorContains(t, h264.Check(film, wanted()), "turned or mirrored", turn)
	}
}

// The head of such a film tells of its first pictures alone.
func TestAFilmThatChangesItsSize(t *testing.T) {
	t.Parallel()
	raw := []string{"-bsf:v", "h264_mp4toannexb", "-f", "h264"}
	both := append(made(t, raw...), made(t, append([]string{"-vf", "scale=32:16"}, raw...)...)...)
	file := filepath.Join(t.TempDir(), "both.h264")
	require.NoError(t, os.WriteFile(file, both, 0o600))
	film, _ := ffmpeg(t, "both.mp4", "-f", "h264", "-r", "25", "-i", file, "-c", "copy")
	require.EqualError(t, h264.Check(film, wanted()), "in mid-film its pictures are 32×16, not 64×40")
}

func TestWantedOfAny(t *testing.T) {
	t.Parallel()
	assert.NoError(t, h264.Check(made(t, "-vf", "scale=32:16,setpts=N/60/TB", "-r", "60"), h264.Wanted{}))
}

// Whatever a file holds, it is told, and soon.
func TestDamagedFilms(t *testing.T) {
	t.Parallel()
	film := made(t, "-movflags", "+faststart")
	at := func(box string) int { return bytes.Index(film, []byte(box)) }
	for name, harm := range map[string]func(film []byte) []byte{
		"nothing":            func([]byte) []byte { return nil },
		"a text":             func([]byte) []byte { return []byte("no film, but a text") },
		"its first half":     func(film []byte) []byte { return film[:len(film)/2] },
		"no pictures":        func(film []byte) []byte { return film[:at("mdat")-4] },
		"a giant table":      func(film []byte) []byte { binary.BigEndian.PutUint32(film[at("stsz")+12:], 1<<31); return film },
		"giant samples":      func(film []byte) []byte { binary.BigEndian.PutUint32(film[at("stsz")+16:], 1<<31); return film },
		"no form of picture": func(film []byte) []byte { film[at("avcC")+9] = 0; return film },
		"a short form":       func(film []byte) []byte { copy(film[at("avcC")+10:], []byte{0, 3}); return film },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Error(t, h264.Check(harm(bytes.Clone(film)), wanted()))
		})
	}
}

func FuzzCheck(f *testing.F) {
	film, err := os.ReadFile("../../../precomputed/720p/talk_short_720p/blink.mp4")
	require.NoError(f, err)
	f.Add(film)
	f.Fuzz(func(_ *testing.T, film []byte) { _ = h264.Check(film, wanted()) })
}

// box makes one of a kind with a content.
func box(kind string, content []byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(content))), kind...), content...)
}

// A film that is made to use up the reader's stack or memory is refused.
func TestFilmsThatAreTraps(t *testing.T) {
	t.Parallel()
	deep := make([]byte, 0, 32<<20)
	for left := uint32(32 << 20); left >= 8; left -= 8 {
		kind := "mdia"
		switch left {
		case 32 << 20:
			kind = "moov"
		case 32<<20 - 8:
			kind = "trak"
		}
		deep = append(binary.BigEndian.AppendUint32(deep, left), kind...)
	}
	require.Error(t, h264.Check(deep, wanted()))

	many := box("moov", bytes.Repeat(box("trak", nil), 1000))
	require.ErrorContains(t, h264.Check(many, wanted()), "too many tracks")

	parameters := box("avcC", append([]byte{1, 66, 0, 10, 0xff, 31}, make([]byte, 62)...))
	entry := box("avc1", append(make([]byte, 78), bytes.Repeat(parameters, 100)...))
	description := box("stsd", append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, entry...))
	talkative := box("moov", box("trak", box("mdia", box("minf", box("stbl", description)))))
	require.ErrorContains(t, h264.Check(talkative, wanted()), "too often")
}
