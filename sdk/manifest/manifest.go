// Package manifest reads plugin.json, in which a plugin says what it is, and checks
// settings against the schema in it. It starts nothing.
package manifest

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/visavis-dev/visavis/sdk/speech"
)

// Filename is the manifest's name inside a plugin's folder.
const Filename = "plugin.json"

// Format is the version of the manifest that this package reads.
const Format = 1

// Kind says which contract a plugin fulfils.
type Kind string

// The kinds of plugins.
const (
	TTS     Kind = "tts"
	LLM     Kind = "llm"
	Lipsync Kind = "lipsync"
)

// Manifest is the content of plugin.json.
type Manifest struct {
	// Format is the version of this file's form: 1.
	Format int `json:"manifest"`
	// Name is the plugin's, for example "tts-espeak": lower case, digits, dashes.
	Name    string `json:"name"`
	Kind    Kind   `json:"kind"`
	Version string `json:"version"`
	// Protocols are the protocol versions that the plugin speaks.
	Protocols []int `json:"protocols"`
	// Title is the engine's name for people, for example "eSpeak NG".
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Licence     string `json:"licence,omitempty"`
	// Executable is a file beside the manifest; Args are passed to it.
	Executable string   `json:"executable"`
	Args       []string `json:"args,omitempty"`
	// SHA256 of the executable in hex. Sealing fills it; a plugin without it is refused
	// unless the host is told otherwise.
	SHA256 string `json:"sha256,omitempty"`
	// Settings is a JSON Schema (2020-12) for the deployment's settings; absent allows none.
	Settings json.RawMessage `json:"settings,omitempty"`
	Limits   Limits          `json:"limits"`
	TTS      *TTSAbilities   `json:"tts,omitempty"`
	LLM      *LLMAbilities   `json:"llm,omitempty"`
	// Lipsync is present exactly when Kind says so, as are TTS and LLM.
	Lipsync *LipsyncAbilities `json:"lipsync,omitempty"`
}

// Limits bound an instance's process; 0 leaves the host's default.
type Limits struct {
	// MemoryMB bounds private writable memory, in MiB; address space is not bounded.
	MemoryMB int `json:"memory_mb,omitempty"`
	// OpenFiles bounds the open descriptors.
	OpenFiles int `json:"open_files,omitempty"`
}

// TTSAbilities say what a speech engine offers without starting it.
type TTSAbilities struct {
	// Voices that clients may name, the default ("Custom") first.
	Voices []string `json:"voices"`
	// AnyVoice accepts ids that are not listed.
	AnyVoice  bool     `json:"any_voice,omitempty"`
	Languages []string `json:"languages,omitempty"`
	// Marks are phonemes, characters, or none.
	Marks speech.MarkKind `json:"marks,omitempty"`
}

// LLMAbilities say what a language backend offers.
type LLMAbilities struct {
	// Label is how llm_source names this backend: "<Label> (<model>)".
	Label string `json:"label"`
	// Model is the model's name where no setting "model" gives it.
	Model string `json:"model,omitempty"`
	// JSONSchema says that it answers in JSON by a schema when it is sent one.
	JSONSchema bool `json:"json_schema,omitempty"`
}

// LipsyncAbilities say what a face engine can render.
type LipsyncAbilities struct {
	// Packs are the avatar formats it reads, for example "visavis-pack/1".
	Packs []string `json:"packs"`
	// FrameSkip is the largest that makes a difference; 1 when none does.
	FrameSkip int `json:"frame_skip,omitempty"`
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// validate checks what the JSON types alone do not say.
func (m *Manifest) validate() error {
	switch {
	case m.Format != Format:
		return fmt.Errorf("field manifest: version %d is not one this host reads (%d)", m.Format, Format)
	case !namePattern.MatchString(m.Name):
		return fmt.Errorf("field name: %q is not lower-case words joined by dashes", m.Name)
	case m.Version == "":
		return fmt.Errorf("field version: missing")
	case len(m.Protocols) == 0:
		return fmt.Errorf("field protocols: missing")
	case m.Title == "":
		return fmt.Errorf("field title: missing")
	case m.Executable == "" || !filepath.IsLocal(m.Executable) || filepath.Base(m.Executable) != m.Executable:
		return fmt.Errorf("field executable: %q is not a file name beside the manifest", m.Executable)
	case m.Limits.MemoryMB < 0 || m.Limits.OpenFiles < 0:
		return fmt.Errorf("field limits: negative")
	}
	return m.validateKind()
}

func (m *Manifest) validateKind() error {
	sections := map[Kind]bool{TTS: m.TTS != nil, LLM: m.LLM != nil, Lipsync: m.Lipsync != nil}
	if _, known := sections[m.Kind]; !known {
		return fmt.Errorf("field kind: %q is none of tts, llm, lipsync", m.Kind)
	}
	for _, kind := range []Kind{TTS, LLM, Lipsync} {
		if sections[kind] != (kind == m.Kind) {
			return fmt.Errorf("field %s: must be present exactly when kind is %q", kind, kind)
		}
	}
	switch {
	case m.Kind == TTS && (len(m.TTS.Voices) == 0 || slices.Contains(m.TTS.Voices, "")):
		return fmt.Errorf("field tts.voices: missing, or one without a name")
	case m.Kind == TTS && !slices.Contains([]speech.MarkKind{speech.NoMarks, speech.Phonemes, speech.Characters}, m.TTS.Marks):
		return fmt.Errorf("field tts.marks: %q is none of %s, %s", m.TTS.Marks, speech.Phonemes, speech.Characters)
	case m.Kind == LLM && m.LLM.Label == "":
		return fmt.Errorf("field llm.label: missing")
	case m.Kind == Lipsync && len(m.Lipsync.Packs) == 0:
		return fmt.Errorf("field lipsync.packs: missing")
	}
	return nil
}

// Speaks tells whether plugin and host share a protocol version.
func (m *Manifest) Speaks(version int) bool { return slices.Contains(m.Protocols, version) }
