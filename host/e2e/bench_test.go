package e2e

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// sentence is about 3.5 s of Korean speech.
const sentence = "안녕하세요, 면접에 오신 것을 환영합니다."

// load is the machine's load of the last minute, reported beside every figure.
func load() float64 {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return math.NaN()
	}
	var one float64
	_, _ = fmt.Sscan(string(raw), &one)
	return one
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// BenchmarkVideo makes 720p videos over HTTP, of an avatar that moves and of one of pictures, and encodes the same frames with
// ffmpeg alone in the same run.
func BenchmarkVideo(b *testing.B) {
	for kind, avatar := range map[string]string{"moving": "talk_long", "pictures": "talk_short"} {
		b.Run(kind, func(b *testing.B) { benchVideo(b, avatar) })
	}
}

func benchVideo(b *testing.B, avatar string) {
	b.Helper()
	s := start(b, setup{})
	body := map[string]any{"text": sentence, "avatar": avatar, "resolution": "720p"}
	events := s.events(b, "/api/v2/lipsync/stream", body) // warm
	done := events[len(events)-1]
	raw := filepath.Join(b.TempDir(), "frames.yuv")
	decode(b, s.fetch(b, done["video_url"]), raw)
	sound := s.fetch(b, done["audio_url"])
	seconds, ok := done["audio_duration"].(float64)
	require.True(b, ok)
	var whole, alone []time.Duration
	for b.Loop() {
		for range 7 {
			began := time.Now()
			s.events(b, "/api/v2/lipsync/stream", body)
			whole = append(whole, time.Since(began))
			began = time.Now()
			encode(b, raw, sound)
			alone = append(alone, time.Since(began))
		}
	}
	b.ReportMetric(seconds/median(whole).Seconds(), "x-realtime")
	b.ReportMetric(median(alone).Seconds()/median(whole).Seconds(), "x-of-encode-only")
	b.ReportMetric(median(whole).Seconds(), "s/video")
	b.ReportMetric(seconds, "s-speech")
	b.ReportMetric(load(), "load")
}

func decode(b *testing.B, file, raw string) {
	b.Helper()
	command := exec.CommandContext(b.Context(), built(b, "natives", "bin", "ffmpeg"),
		"-v", "error", "-y", "-i", file, "-an", "-f", "rawvideo", "-pix_fmt", "yuv420p", raw)
	require.NoError(b, command.Run())
}

// encode is what any system must do at least: the same frames and sound into one MP4.
func encode(b *testing.B, raw, sound string) {
	b.Helper()
	command := exec.CommandContext(b.Context(), built(b, "natives", "bin", "ffmpeg"), "-v", "error", "-y",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1280x720", "-r", "25", "-i", raw, "-i", sound,
		"-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-movflags", "+faststart", filepath.Join(filepath.Dir(raw), "alone.mp4"))
	require.NoError(b, command.Run())
}

// BenchmarkFirstEvent is the time from POST to the first status event.
func BenchmarkFirstEvent(b *testing.B) {
	s := start(b, setup{})
	body := map[string]any{"text": "네.", "avatar": "talk_short", "resolution": "360p"}
	s.events(b, "/api/v2/lipsync/stream", body)
	var times []time.Duration
	for b.Loop() {
		for range 15 {
			began := time.Now()
			resp, err := s.request(b.Context(), http.MethodPost, "/api/v2/lipsync/stream", body)
			require.NoError(b, err)
			reader := bufio.NewReader(resp.Body)
			_, err = reader.ReadString('\n')
			require.NoError(b, err)
			times = append(times, time.Since(began))
			_, _ = reader.WriteTo(discard{})
			require.NoError(b, resp.Body.Close())
		}
	}
	b.ReportMetric(float64(median(times).Microseconds())/1000, "ms-median")
	b.ReportMetric(load(), "load")
}

type discard struct{}

// Write implements io.Writer.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkSpeechOverhead is a speech over HTTP less the same speech straight from the plugin.
func BenchmarkSpeechOverhead(b *testing.B) {
	const text = "네, 알겠습니다."
	s := start(b, setup{})
	engine := straight(b)
	speak := func() {
		require.NoError(b, engine.Synthesize(b.Context(), tts.Request{Text: text}, deaf{}))
	}
	overHTTP := func() {
		require.Equal(b, http.StatusOK, s.do(b, http.MethodPost, "/api/v2/tts", map[string]any{"text": text}).Status)
	}
	speak()
	overHTTP()
	var direct, host []time.Duration
	for b.Loop() {
		for range 51 {
			began := time.Now()
			speak()
			direct = append(direct, time.Since(began))
			began = time.Now()
			overHTTP()
			host = append(host, time.Since(began))
		}
	}
	extra := median(host) - median(direct)
	b.ReportMetric(float64(extra.Microseconds())/1000, "ms-extra")
	b.ReportMetric(float64(median(direct).Microseconds())/1000, "ms-direct")
	b.ReportMetric(load(), "load")
}

// straight gives the espeak plugin without the host around it.
func straight(b *testing.B) tts.Synthesizer {
	b.Helper()
	h, err := functions.Open(b.Context(), functions.Options{
		PluginDirs: []string{built(b, "plugins")}, Logger: hclog.NewNullLogger(),
		Launcher: &functions.ProcessLauncher{
			Env: plugin.Env{NativesDir: built(b, "natives")}, TempDir: b.TempDir(), Logger: hclog.NewNullLogger(),
		},
	}, functions.Deployment{{ID: "espeak", Kind: manifest.TTS, Plugin: "tts-espeak"}})
	require.NoError(b, err)
	b.Cleanup(func() { h.Close(context.WithoutCancel(b.Context())) })
	voice, err := h.Synthesizer("espeak")
	require.NoError(b, err)
	return voice
}

type deaf struct{}

// Start implements tts.Sink.
func (deaf) Start(speech.Format) error { return nil }

// Chunk implements tts.Sink.
func (deaf) Chunk(speech.Chunk) error { return nil }

// BenchmarkManyStreams runs 200 chat streams of 100 tokens each at once.
func BenchmarkManyStreams(b *testing.B) {
	const clients, tokens = 200, 100
	words := make([]string, tokens)
	for i := range words {
		words[i] = fmt.Sprintf("%d ", i)
	}
	llm := newFakeLLM(b, fakeAnswer{Tokens: words})
	s := start(b, setup{Env: map[string]string{"LLM_API_URL": llm.url(), "LOG_LEVEL": "warn"}})
	want := strings.Join(words, "")
	var peak float64
	for b.Loop() {
		ctx, stop := context.WithCancel(b.Context())
		var watch sync.WaitGroup
		watch.Go(func() { peak = math.Max(peak, s.watchMemory(ctx)) })
		var group sync.WaitGroup
		for range clients {
			group.Go(func() {
				var got strings.Builder
				for _, e := range s.events(b, "/api/chat/stream", map[string]any{"message": "네", "history": []any{}}) {
					if e["type"] == "token" {
						got.WriteString(e["content"].(string)) //nolint:forcetypeassert // a benchmark may fail so
					}
				}
				if strings.TrimSpace(got.String()) != strings.TrimSpace(want) {
					b.Errorf("tokens are lost or out of order: %q", got.String())
				}
			})
		}
		group.Wait()
		stop()
		watch.Wait()
	}
	b.ReportMetric(peak, "host-MiB")
	b.ReportMetric(load(), "load")
}

// watchMemory gives the highest resident size of the host, in MiB, until ctx ends.
func (s *system) watchMemory(ctx context.Context) float64 {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	peak := 0.0
	for {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
		if _, after, found := strings.Cut(string(raw), "VmRSS:"); found {
			var kib float64
			_, _ = fmt.Sscan(after, &kib)
			peak = math.Max(peak, kib/1024)
		}
		select {
		case <-ctx.Done():
			return peak
		case <-tick.C:
		}
	}
}
