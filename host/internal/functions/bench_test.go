package functions_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/host/internal/process"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// toneSettings are the settings of the example plugin.
const toneSettings = `{"hertz": 220}`

// tone builds the example plugin, as an author would, into a folder of plugins.
func tone(b *testing.B) (dirs string, m *manifest.Manifest) {
	b.Helper()
	source, err := filepath.Abs("../../../examples/tts-tone")
	require.NoError(b, err)
	dirs = b.TempDir()
	dir := filepath.Join(dirs, "tts-tone")
	require.NoError(b, os.Mkdir(dir, 0o750))
	raw, err := os.ReadFile(filepath.Join(source, manifest.Filename))
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(filepath.Join(dir, manifest.Filename), raw, 0o600))
	build := exec.CommandContext(b.Context(), "go", "build", "-ldflags=-s -w", "-o", filepath.Join(dir, "tts-tone"), source)
	out, err := build.CombinedOutput()
	require.NoError(b, err, string(out))
	_, err = manifest.Seal(dir)
	require.NoError(b, err)
	m, err = manifest.Load(dir)
	require.NoError(b, err)
	return dirs, m
}

type silence struct{}

func (silence) Start(speech.Format) error { return nil }
func (silence) Chunk(speech.Chunk) error  { return nil }

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkCall compares a call through the host with the same call on the plugin's bare connection, turn by
// turn, so that the machine's load falls on both alike.
func BenchmarkCall(b *testing.B) {
	dirs, m := tone(b)
	bare, err := process.Start(b.Context(), process.Options{
		Path: filepath.Join(dirs, "tts-tone", "tts-tone"), SHA256: m.SHA256, Kind: m.Kind, Protocols: m.Protocols,
		TempDir: shortTemp(b), StartTimeout: 10 * time.Second, Logger: hclog.NewNullLogger(),
	})
	require.NoError(b, err)
	defer bare.Close()
	require.NoError(b, plugin.NewClient(bare.Conn()).Configure(b.Context(), json.RawMessage(toneSettings), plugin.Env{}))
	straight := tts.NewClient(bare.Conn())
	h := open(b, dirs, functions.Function{ID: "tone", Kind: manifest.TTS, Plugin: "tts-tone", Settings: json.RawMessage(toneSettings)})
	through, err := h.Synthesizer("tone")
	require.NoError(b, err)
	call := func(s tts.Synthesizer) time.Duration {
		began := time.Now()
		require.NoError(b, s.Synthesize(b.Context(), tts.Request{Text: "네"}, silence{}))
		return time.Since(began)
	}
	call(straight)
	call(through)
	var plain, hosted []time.Duration
	b.ResetTimer()
	for range max(b.N, 1000) {
		plain = append(plain, call(straight))
		hosted = append(hosted, call(through))
	}
	b.StopTimer()
	micros := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
	b.ReportMetric(micros(median(plain)), "µs/bare-call")
	b.ReportMetric(micros(median(hosted)), "µs/host-call")
	b.ReportMetric(micros(median(hosted)-median(plain)), "µs/extra")
}

// BenchmarkColdStart is the time from nothing to an open engine of a Go plugin, checksum included.
func BenchmarkColdStart(b *testing.B) {
	dirs, m := tone(b)
	launcher := &functions.ProcessLauncher{TempDir: shortTemp(b), Logger: hclog.NewNullLogger()}
	wanted := functions.Wanted{
		Function: functions.Function{ID: "tone", Settings: json.RawMessage(toneSettings), Scale: functions.Scale{Start: 10 * time.Second}},
		Manifest: m, Dir: filepath.Join(dirs, "tts-tone"), Sum: m.SHA256,
	}
	var starts, ends []time.Duration
	b.ResetTimer()
	for range max(b.N, 20) {
		ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
		began := time.Now()
		running, err := launcher.Launch(ctx, wanted)
		require.NoError(b, err)
		starts = append(starts, time.Since(began))
		began = time.Now()
		running.Close()
		ends = append(ends, time.Since(began))
		cancel()
	}
	b.StopTimer()
	millis := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
	b.ReportMetric(millis(median(starts)), "ms/start")
	b.ReportMetric(millis(median(ends)), "ms/stop")
}
