package e2e

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// probe is what ffprobe says of a file.
type probe struct {
	Streams []struct {
		CodecType  string `json:"codec_type"`
		CodecName  string `json:"codec_name"`
		PixFmt     string `json:"pix_fmt"`
		Width      int    `json:"width"`
		Height     int    `json:"height"`
		FrameRate  string `json:"avg_frame_rate"`
		Frames     string `json:"nb_read_frames"`
		Duration   string `json:"duration"`
		ColorSpace string `json:"color_space"`
	} `json:"streams"`
}

func ffprobe(t testing.TB, file string) probe {
	t.Helper()
	command := exec.CommandContext(t.Context(), built(t, "natives", "bin", "ffprobe"),
		"-v", "error", "-count_frames", "-show_streams", "-of", "json", file)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	require.NoError(t, command.Run(), "%s", &problems)
	require.Empty(t, problems.String())
	var p probe
	require.NoError(t, json.Unmarshal(out.Bytes(), &p))
	return p
}

// fetch saves what a URL gives.
func (s *system) fetch(t testing.TB, url any) string {
	t.Helper()
	path, ok := url.(string)
	require.True(t, ok, "%v is no URL", url)
	r := s.do(t, http.MethodGet, path, nil)
	require.Equal(t, http.StatusOK, r.Status)
	file := filepath.Join(t.TempDir(), filepath.Base(path))
	require.NoError(t, os.WriteFile(file, r.Body, 0o600))
	return file
}

func TestVideoFiles(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for _, tc := range []struct {
		avatar, resolution string
		skip               int
		width, height      int
	}{
		{"talk_long", "720p", 1, 1280, 720},
		{"talk_short", "480p", 2, 854, 480},
		{"talk_long", "360p", 3, 640, 360},
		{"talk_short_480p", "", 1, 854, 480},
		{"analyst", "480p", 1, 854, 480},
		{"panel", "720p", 1, 1280, 720},
	} {
		t.Run(tc.avatar+tc.resolution, func(t *testing.T) {
			t.Parallel()
			events := s.events(t, "/api/v2/lipsync/stream", map[string]any{
				"text": "안녕하세요, 만나서 반갑습니다.", "avatar": tc.avatar, "resolution": tc.resolution, "frame_skip": tc.skip,
			})
			done := events[len(events)-1]
			require.Equal(t, "done", done["type"], events)
			file := s.fetch(t, done["video_url"])
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			moov, mdat := bytes.Index(raw, []byte("moov")), bytes.Index(raw, []byte("mdat"))
			assert.True(t, moov > 0 && moov < mdat, "the index comes first")
			assert.NotContains(t, string(raw), "moof", "the file is not fragmented")
			checkStreams(t, ffprobe(t, file), tc.width, tc.height, done["audio_duration"])
		})
	}
}

func checkStreams(t *testing.T, p probe, width, height int, audio any) {
	t.Helper()
	require.Len(t, p.Streams, 2)
	seconds, ok := audio.(float64)
	require.True(t, ok)
	for _, stream := range p.Streams {
		duration, err := strconv.ParseFloat(stream.Duration, 64)
		require.NoError(t, err)
		assert.InDelta(t, seconds, duration, 0.041+0.01, "%s lasts as long as the speech, to a frame", stream.CodecType)
		if stream.CodecType == "audio" {
			assert.Equal(t, "aac", stream.CodecName)
			continue
		}
		assert.Equal(t, "h264", stream.CodecName)
		assert.Equal(t, "yuv420p", stream.PixFmt)
		assert.Equal(t, "25/1", stream.FrameRate)
		assert.Equal(t, []int{width, height}, []int{stream.Width, stream.Height})
		frames, err := strconv.Atoi(stream.Frames)
		require.NoError(t, err)
		assert.InDelta(t, seconds*25, frames, 1.3)
	}
}

// frames decodes the luma of a region of a video, one slice a frame.
func frames(t *testing.T, file string, box [4]int) [][]byte {
	t.Helper()
	x, y, w, h := box[0], box[1], box[2], box[3]
	crop := "crop=" + strconv.Itoa(w) + ":" + strconv.Itoa(h) + ":" + strconv.Itoa(x) + ":" + strconv.Itoa(y)
	command := exec.CommandContext(t.Context(), built(t, "natives", "bin", "ffmpeg"),
		"-v", "error", "-i", file, "-vf", crop, "-pix_fmt", "gray", "-f", "rawvideo", "-")
	out, err := command.Output()
	require.NoError(t, err)
	var all [][]byte
	for ; len(out) >= w*h; out = out[w*h:] {
		all = append(all, out[:w*h])
	}
	return all
}

// change is the mean difference between two pictures, in levels of 255.
func change(a, b []byte) float64 {
	sum := 0
	for i := range a {
		sum += int(math.Abs(float64(a[i]) - float64(b[i])))
	}
	return float64(sum) / float64(len(a))
}

// The mouth moves while there is sound and rests where there is none.
func TestMouthFollowsTheSound(t *testing.T) {
	t.Parallel()
	s := start(t, setup{})
	for _, avatar := range []string{"talk_short", "talk_long"} {
		t.Run(avatar, func(t *testing.T) {
			t.Parallel()
			followsTheSound(t, s, avatar)
		})
	}
}

func followsTheSound(t *testing.T, s *system, avatar string) {
	t.Helper()
	events := s.events(t, "/api/v2/lipsync/stream", map[string]any{
		"text": "네. 아버지가 바나나를 아주 많이 가져와 나눠 주셨습니다.", "avatar": avatar, "resolution": "720p",
	})
	done := events[len(events)-1]
	require.Equal(t, "done", done["type"], events)
	mouth := mouthBox(t, "talk_short_720p") // both are one character
	pictures := frames(t, s.fetch(t, done["video_url"]), [4]int{mouth[0] + mouth[2]/4, mouth[1] + mouth[3]/4, mouth[2] / 2, mouth[3] / 2})
	levels := loudness(t, s.fetch(t, done["audio_url"]), 25)
	rest := pictures[len(pictures)-1]
	var speaking, silent []float64
	for i := 2; i+2 < len(pictures) && i+2 < len(levels); i++ {
		loud := math.Max(levels[i-1], math.Max(levels[i], levels[i+1]))
		quiet := math.Max(loud, math.Max(levels[i-2], levels[i+2]))
		switch {
		case levels[i] > 0.03:
			speaking = append(speaking, change(pictures[i], rest))
		case quiet < 0.002:
			silent = append(silent, change(pictures[i], rest))
		}
	}
	require.Greater(t, len(speaking), 20)
	assert.Greater(t, mean(speaking), 1.5, "the mouth hardly moves")
	for _, c := range silent {
		assert.Less(t, c, 0.35*mean(speaking), "the mouth is open in silence")
	}
	assert.Less(t, change(pictures[0], rest), 0.35*mean(speaking), "the mouth begins at rest")
}

// mouthBox reads where a pack's mouth is.
func mouthBox(t *testing.T, id string) [4]int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root(t), "precomputed", "720p", id, "pack.json"))
	require.NoError(t, err)
	var pack struct {
		Layers []struct {
			Name string `json:"name"`
			Box  [4]int `json:"box"`
		} `json:"layers"`
	}
	require.NoError(t, json.Unmarshal(raw, &pack))
	for _, layer := range pack.Layers {
		if layer.Name == "mouth" {
			return layer.Box
		}
	}
	t.Fatal("the pack has no mouth")
	return [4]int{}
}

// loudness is the root mean square of a WAV file per frame, 0 to 1.
func loudness(t *testing.T, file string, perSecond int) []float64 {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	rate := int(raw[24]) | int(raw[25])<<8 | int(raw[26])<<16
	data := bytes.Index(raw, []byte("data"))
	require.Positive(t, data)
	pcm := raw[data+8:]
	step := rate / perSecond
	var levels []float64
	for at := 0; (at+step)*2 <= len(pcm); at += step {
		sum := 0.0
		for i := at; i < at+step; i++ {
			v := float64(int16(uint16(pcm[2*i])|uint16(pcm[2*i+1])<<8)) / 32768
			sum += v * v
		}
		levels = append(levels, math.Sqrt(sum/float64(step)))
	}
	return levels
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(1, len(values)))
}
