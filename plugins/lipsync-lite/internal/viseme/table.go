package viseme

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/visavis-dev/visavis/sdk/face"
)

// description is shared with the training of the voice network, which reads the same file.
//
//go:embed visemes.json
var description []byte

// version of visemes.json that is read here.
const version = 1

// Group is coefficients that move together.
type Group int

// The groups. What lips do to meet is none of them: closures are exempt from the mean of a sound and its neighbours.
const (
	Jaw Group = iota
	Rounding
	Lips
	Tongue
	// Groups is how many there are.
	Groups int = iota
)

func groupNames() []string { return []string{"jaw", "rounding", "lips", "tongue"} }

// Fade says how a sound's influence on a group fades outside its time: exp(−(d/Before)^Power) before it and likewise
// after it, d in seconds.
type Fade struct {
	Before, After, Power float64
	// Coefficients are those of the group.
	Coefficients []face.Coefficient
}

// Closure is how lips come together for a coefficient, in seconds: they stay for the sound's time less Trim at both ends,
// at least for Hold around its middle, and take Rise to meet and Fall to part.
type Closure struct {
	Coefficient            face.Coefficient
	Hold, Trim, Rise, Fall float64
}

// Movement is how targets become movement, the same for all sounds. Times are in seconds.
type Movement struct {
	// Lookahead is how far into the future a face depends on sounds, Reach how far away a sound still counts.
	Lookahead, Reach float64
	// ShortPause is a gap between words over which the mouth does not rest; one that is marked has ShortPauseWeight.
	ShortPause, ShortPauseWeight float64
	// Indifference is the weight of the resting mouth in every mean.
	Indifference float64
	// FirstVowel is the share of a diphthong's time that its first vowel has.
	FirstVowel float64
	// A wide mouth does not snap shut: its opening narrows by Narrow within NarrowBefore of a closure, and widens within
	// NarrowAfter, or within half of the neighbour's time when that is shorter.
	Narrow, NarrowBefore, NarrowAfter float64
	Fades                             [Groups]Fade
	Closures                          []Closure
}

// Table is what every sound wants of the face. Read only, so safe for concurrent use.
type Table struct {
	Movement Movement
	// Rest is no sound at all, Unknown a sound that has no place in the table.
	Rest, Unknown Target
	sounds        map[rune]Target
	vowels        map[rune]bool
}

// file is visemes.json.
type file struct {
	Version      int `json:"version"`
	Coefficients int `json:"coefficients"`
	Curve        struct {
		Lookahead        float64 `json:"lookahead"`
		Reach            float64 `json:"reach"`
		ShortPause       float64 `json:"short_pause"`
		ShortPauseWeight float64 `json:"short_pause_weight"`
		Indifference     float64 `json:"indifference"`
		FirstVowel       float64 `json:"first_vowel"`
	} `json:"curve"`
	Narrowing struct {
		Share  float64 `json:"share"`
		Before float64 `json:"before"`
		After  float64 `json:"after"`
	} `json:"narrowing"`
	Groups map[string]struct {
		Coefficients []string `json:"coefficients"`
		Before       float64  `json:"before"`
		After        float64  `json:"after"`
		Power        float64  `json:"power"`
	} `json:"groups"`
	Closures map[string]struct {
		Hold float64 `json:"hold"`
		Trim float64 `json:"trim"`
		Rise float64 `json:"rise"`
		Fall float64 `json:"fall"`
	} `json:"closures"`
	Visemes []struct {
		Name   string             `json:"name"`
		IPA    string             `json:"ipa"`
		Pause  bool               `json:"pause"`
		Vowel  bool               `json:"vowel"`
		Target map[string]float64 `json:"target"`
		Insist map[string]float64 `json:"insist"`
	} `json:"visemes"`
}

// Load reads the table that is part of the program.
func Load() (*Table, error) {
	var f file
	if err := json.Unmarshal(description, &f); err != nil {
		return nil, fmt.Errorf("read visemes: %w", err)
	}
	if f.Version != version || f.Coefficients != face.Version {
		return nil, fmt.Errorf("read visemes: version %d for coefficients %d", f.Version, f.Coefficients)
	}
	t := &Table{sounds: map[rune]Target{}, vowels: map[rune]bool{}}
	t.Movement = Movement{
		Lookahead: f.Curve.Lookahead, Reach: f.Curve.Reach, ShortPause: f.Curve.ShortPause,
		ShortPauseWeight: f.Curve.ShortPauseWeight, Indifference: f.Curve.Indifference, FirstVowel: f.Curve.FirstVowel,
		Narrow: f.Narrowing.Share, NarrowBefore: f.Narrowing.Before, NarrowAfter: f.Narrowing.After,
	}
	for i, name := range groupNames() {
		g := f.Groups[name]
		fade := Fade{Before: g.Before, After: g.After, Power: g.Power}
		for _, c := range g.Coefficients {
			fade.Coefficients = append(fade.Coefficients, coefficient(c))
		}
		t.Movement.Fades[i] = fade
	}
	for i, name := range face.Names() {
		if c, ok := f.Closures[name]; ok {
			t.Movement.Closures = append(t.Movement.Closures,
				Closure{face.Coefficient(i), c.Hold, c.Trim, c.Rise, c.Fall})
		}
	}
	for _, v := range f.Visemes {
		target := Target{Pause: v.Pause}
		for name, value := range v.Target {
			target.Face[coefficient(name)] = value
		}
		for i, name := range groupNames() {
			target.Insist[i] = v.Insist[name]
		}
		t.add(v.Name, v.IPA, v.Vowel, target)
	}
	return t, nil
}

func (t *Table) add(name, ipa string, vowel bool, target Target) {
	switch name {
	case "rest":
		t.Rest = target
	case "unknown":
		t.Unknown = target
	}
	for _, r := range ipa {
		t.sounds[r] = target
		t.vowels[r] = vowel
	}
}

// coefficient is the place of a name; the file is checked by a test, so that it has no others.
func coefficient(name string) face.Coefficient {
	return face.Coefficient(slices.Index(face.Names(), name))
}
