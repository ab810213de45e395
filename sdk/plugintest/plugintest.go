// Package plugintest holds the conformance cases of every kind of plugin. They run under
// go test and, without it, from the host's command line; each case starts an instance of its own.
package plugintest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// caseTimeout bounds one case.
const caseTimeout = 60 * time.Second

// Case is one thing that a plugin must do.
type Case struct {
	Name string
	// Why says what breaks for users when a plugin fails here.
	Why string
	// Needs gives the reason why a case does not apply to a subject, or "".
	Needs func(s Subject) string
	Run   func(ctx context.Context, s Subject) error
}

// Subject is the plugin under test.
type Subject struct {
	// Dir holds the executable and its manifest.
	Dir      string
	Manifest *manifest.Manifest
	// Settings is a JSON object for the engine; it must be able to work with it.
	Settings json.RawMessage
	// FFmpeg and NativesDir are handed to the engine.
	FFmpeg, NativesDir string
	// Avatar is the pack that a lipsync engine renders.
	Avatar string
}

// Open reads the manifest in s.Dir and checks its protocol, and the settings against it.
func Open(s Subject) (Subject, error) {
	m, err := manifest.Load(s.Dir)
	if err != nil {
		return s, fmt.Errorf("open plugin: %w", err)
	}
	if !m.Speaks(plugin.Protocol) {
		return s, fmt.Errorf("open plugin: its manifest says protocol %v, and hosts speak %d", m.Protocols, plugin.Protocol)
	}
	if len(s.Settings) == 0 {
		s.Settings = json.RawMessage("{}")
	}
	if err := m.CheckSettings(s.Settings); err != nil {
		return s, fmt.Errorf("check settings: %w", err)
	}
	s.Manifest = m
	return s, nil
}

// Cases are those of a kind, the common ones first.
func Cases(kind manifest.Kind) []Case {
	switch kind {
	case manifest.TTS:
		return slices.Concat(commonCases(), ttsCases())
	case manifest.LLM:
		return slices.Concat(commonCases(), llmCases())
	case manifest.Lipsync:
		return slices.Concat(commonCases(), lipsyncCases())
	}
	return nil
}

// Do runs one case; applies is false, with the reason in why, where it does not apply.
func Do(ctx context.Context, c Case, s Subject) (applies bool, why string, err error) {
	if c.Needs != nil {
		if why := c.Needs(s); why != "" {
			return false, why, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, caseTimeout)
	defer cancel()
	return true, "", c.Run(ctx, s)
}

// Run is a plugin's conformance test: it runs every case of the plugin's kind.
func Run(t *testing.T, s Subject) {
	t.Helper()
	s, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Cases(s.Manifest.Kind) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			applies, why, err := Do(t.Context(), c, s)
			if !applies {
				t.Logf("does not apply: %s", why)
				return
			}
			if err != nil {
				t.Errorf("%v\nwhy it matters: %s", err, c.Why)
			}
		})
	}
}

// Build compiles the plugin in the working folder (a package's tests run in it) and
// gives a folder with the executable and its manifest.
func Build(t *testing.T) string {
	t.Helper()
	source, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Load(source)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), m.Name)
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(source, manifest.Filename)) //nolint:gosec // the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	//nolint:gosec // the test's own folder
	if err := os.WriteFile(filepath.Join(dir, manifest.Filename), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, m.Executable), ".") //nolint:gosec // the manifest is the test's own
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build plugin: %v\n%s", err, out)
	}
	return dir
}
