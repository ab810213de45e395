package plugintest_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/sdk/llm"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/plugintest"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/tts"
)

// The test's own program is the plugin: it breaks the rule that its argument names.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "plugin" {
		serve(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

func serve(fault string) {
	if fault == "ends at start" {
		_, _ = os.Stderr.WriteString("no licence found\n")
		os.Exit(3)
	}
	if fault == "speaks with any voice" {
		tts.Serve(func(context.Context, struct{}, plugin.Env) (tts.Synthesizer, error) { return crier{}, nil })
		return
	}
	llm.Serve(func(context.Context, struct{}, plugin.Env) (llm.Model, error) { return liar(fault), nil })
}

// crier speaks with whatever voice it is asked for.
type crier struct{}

// Synthesize implements tts.Synthesizer.
func (crier) Synthesize(_ context.Context, _ tts.Request, out tts.Sink) error {
	return errors.Join(out.Start(speech.Format{SampleRate: 16000}), out.Chunk(speech.Chunk{PCM: make([]int16, 16000)}))
}

type liar string

// Chat implements llm.Model.
func (l liar) Chat(ctx context.Context, _ llm.Request, out llm.Sink) (string, error) {
	if err := out.Token("네."); err != nil {
		return "", err
	}
	switch l {
	case "is deaf":
		time.Sleep(2500 * time.Millisecond)
	case "names no model":
		return "", nil
	case "waits":
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return "liar", nil
}

func subject(t *testing.T, fault string) plugintest.Subject {
	t.Helper()
	s, err := plugintest.Open(plugintest.Subject{Dir: folder(t, manifest.Manifest{
		Name: "llm-liar", Kind: manifest.LLM, Protocols: []int{1}, Args: []string{"plugin", fault}, LLM: &manifest.LLMAbilities{Label: "Liar"},
	})})
	require.NoError(t, err)
	return s
}

// folder gives one with the test's own program as a plugin.
func folder(t *testing.T, m manifest.Manifest) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	m.Format, m.Version, m.Title, m.Executable = 1, "1", "Liar", filepath.Base(self)
	raw, err := json.Marshal(m)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, manifest.Filename), raw, 0o600))
	require.NoError(t, os.Symlink(self, filepath.Join(dir, filepath.Base(self))))
	return dir
}

// A host would not start it, however well it works.
func TestAProtocolThatNoHostSpeaksIsRefused(t *testing.T) {
	t.Parallel()
	dir := folder(t, manifest.Manifest{
		Name: "llm-liar", Kind: manifest.LLM, Protocols: []int{2}, Args: []string{"plugin", ""}, LLM: &manifest.LLMAbilities{Label: "Liar"},
	})
	_, err := plugintest.Open(plugintest.Subject{Dir: dir})
	require.ErrorContains(t, err, "protocol [2]")
}

func TestAVoiceThatIsNotListedIsRefused(t *testing.T) {
	t.Parallel()
	s, err := plugintest.Open(plugintest.Subject{Dir: folder(t, manifest.Manifest{
		Name: "tts-crier", Kind: manifest.TTS, Protocols: []int{1}, Args: []string{"plugin", "speaks with any voice"},
		TTS: &manifest.TTSAbilities{Voices: []string{"Custom"}},
	})})
	require.NoError(t, err)
	for _, c := range plugintest.Cases(manifest.TTS) {
		if c.Name == "speaks with every voice" {
			_, _, err := plugintest.Do(t.Context(), c, s)
			require.EqualError(t, err, "a voice that the manifest does not list was spoken: refuse it as Invalid, or say any_voice")
		}
	}
}

// Each rule that a plugin breaks is found by a case, and no other case complains.
func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	for fault, found := range map[string]string{
		"":               "",
		"waits":          "",
		"is deaf":        "stops when its client leaves",
		"names no model": "answers",
		"ends at start":  "starts and checks",
	} {
		t.Run("one that "+fault, func(t *testing.T) {
			t.Parallel()
			s := subject(t, fault)
			failed := map[string]error{}
			for _, c := range plugintest.Cases(s.Manifest.Kind) {
				if _, _, err := plugintest.Do(t.Context(), c, s); err != nil {
					failed[c.Name] = err
				}
			}
			if found == "" {
				assert.Empty(t, failed)
				return
			}
			require.Contains(t, failed, found)
			if fault == "is deaf" {
				assert.Len(t, failed, 1)
			}
			if fault == "ends at start" {
				assert.ErrorContains(t, failed[found], "no licence found", "what it said is told")
			}
		})
	}
}
