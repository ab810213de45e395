// Package voices is the speakers that the engine offers, and how each is called in
// eSpeak's terms. It speaks nothing itself.
package voices

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// Default is the speaker behind "Custom" unless the settings choose another.
const Default = "Jiwon"

// ErrUnknown means that there is no such speaker.
var ErrUnknown = errors.New("no such voice")

// Voice is a speaker.
type Voice struct {
	// variant is the timbre: a file of voices/!v. "" is the language's own.
	variant string
	// english is the dialect this speaker has in English.
	english string
	// fixed is eSpeak's name of a voice that keeps its language whatever the text's.
	fixed string
}

// Names are the speakers with names of their own.
func Names() []string { return []string{"Jiwon", "Sora", "Minjun", "Hyunwoo", "Grace", "Daniel"} }

func named(name string) (Voice, bool) {
	switch strings.ToLower(name) {
	case "jiwon":
		return Voice{variant: "visavis-woman", english: "en-us"}, true
	case "sora":
		return Voice{variant: "visavis-bright", english: "en-us"}, true
	case "minjun":
		return Voice{variant: "visavis-man", english: "en-us"}, true
	case "hyunwoo":
		return Voice{variant: "visavis-deep", english: "en-us"}, true
	case "grace":
		return Voice{variant: "visavis-woman", english: "en-gb-x-rp"}, true
	case "daniel":
		return Voice{variant: "visavis-man", english: "en-gb-x-rp"}, true
	default:
		return Voice{}, false
	}
}

var (
	variantName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,30}$`)
	espeakName  = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,10}){0,4}$`)
)

// Find resolves a speaker: one of Names, eSpeak's name of a voice ("ko", "en-us+f3"), or
// only a timbre ("+f3"), which then speaks every language. data is the folder of eSpeak's data.
func Find(name, data string) (Voice, error) {
	if voice, ok := named(name); ok {
		return voice, nil
	}
	base, variant, colored := strings.Cut(name, "+")
	if colored && !hasVariant(data, variant) {
		return Voice{}, fmt.Errorf("find voice %q: %w", name, ErrUnknown)
	}
	switch {
	case base == "" && colored:
		return Voice{variant: variant, english: "en-us"}, nil
	case espeakName.MatchString(base):
		return Voice{variant: variant, fixed: strings.ToLower(base)}, nil
	default:
		return Voice{}, fmt.Errorf("find voice %q: %w", name, ErrUnknown)
	}
}

// hasVariant asks the disk: the library takes an unknown timbre for none.
func hasVariant(data, variant string) bool {
	if !variantName.MatchString(variant) {
		return false
	}
	info, err := os.Stat(filepath.Join(data, variants, variant))
	return err == nil && info.Mode().IsRegular()
}

// Language is what the speaker makes of a text's language.
func (v Voice) Language(tag string) string {
	if v.fixed != "" {
		return v.fixed
	}
	return tag
}

// Fixed tells whether the speaker has one language only.
func (v Voice) Fixed() bool { return v.fixed != "" }

// Candidates are eSpeak's names for this speaker in a language, the best first.
func (v Voice) Candidates(tag string) []string {
	if v.fixed != "" {
		return []string{v.with(v.fixed)}
	}
	parsed := language.Make(tag)
	base, _ := parsed.Base()
	names := []string{base.String()}
	switch base.String() {
	case "en":
		names = []string{v.english}
		if region, confidence := parsed.Region(); confidence == language.Exact && region.String() == "GB" {
			names = []string{"en-gb-x-rp"}
		}
	case "zh":
		names = []string{"cmn"}
	case "no":
		names = []string{"nb"}
	default:
		if full := strings.ToLower(parsed.String()); full != base.String() {
			names = append([]string{full}, names...)
		}
	}
	for i, name := range names {
		names[i] = v.with(name)
	}
	return names
}

func (v Voice) with(base string) string {
	if v.variant == "" {
		return base
	}
	return base + "+" + v.variant
}
