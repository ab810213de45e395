package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/visavis-dev/visavis/host/internal/api"
	"github.com/visavis-dev/visavis/host/internal/avatars"
	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/manifest"
)

// checkWithin bounds a look at a language backend.
const checkWithin = 5 * time.Second

// roster tells the API which engines and avatars there are.
type roster struct {
	functions *functions.Host
	avatars   *avatars.Shelf
	muxer     muxer
	files     interface{ Writable() error }
	// resting tells whether a language backend could not serve just now.
	resting func(function string) bool
	// base makes the addresses of avatars absolute, like those of files.
	base   string
	config atomic.Pointer[config.Config]
	// refused says for people why the deployment was not taken when it was last read; nil when it was.
	refused atomic.Pointer[string]
}

func newRoster(h *host, c *config.Config) *roster {
	r := &roster{
		functions: h.functions, avatars: h.avatars, muxer: h.muxer, files: h.store, resting: h.pipeline.resting,
		base: c.PublicBaseURL,
	}
	r.set(c)
	return r
}

func (r *roster) set(c *config.Config) {
	r.config.Store(c)
	r.refused.Store(nil)
}

// refuse notes that a deployment was not taken. The reason is the log's to tell: it may hold what is nobody's business.
func (r *roster) refuse(err error) {
	where := ""
	if wrong, is := errors.AsType[*config.Error](err); is {
		where = " (" + strings.TrimSuffix(filepath.Base(wrong.Place)+", "+wrong.Name, ", ") + ")"
	}
	sentence := "바뀐 설정을 적용하지 못해 이전 설정으로 계속합니다" + where + ". 자세한 이유는 서버 로그에 있습니다"
	r.refused.Store(&sentence)
}

// Voices implements api.Roster.
func (r *roster) Voices() []api.Voice {
	voices := []api.Voice{}
	states := r.states()
	for _, id := range r.config.Load().Voices() {
		s, known := states[id]
		if !known || s.Problem != "" || s.Manifest == nil || s.Manifest.TTS == nil {
			continue
		}
		voices = append(voices, api.Voice{ID: id, Name: s.Title, Voices: s.Manifest.TTS.Voices})
	}
	return voices
}

func (r *roster) states() map[string]functions.Status {
	states := map[string]functions.Status{}
	for _, s := range r.functions.List() {
		states[s.ID] = s
	}
	return states
}

// Backends implements api.Roster: it asks the first backend that is configured how it is. One that could not serve just now is
// not asked: its server may list its models and answer nobody.
func (r *roster) Backends(ctx context.Context) api.Backends {
	c := r.config.Load()
	states := r.states()
	var configured []string
	for _, id := range c.Chat {
		if states[id].Problem == "" {
			configured = append(configured, id)
		}
	}
	if len(configured) == 0 {
		return api.Backends{Status: "offline"}
	}
	first := configured[0]
	answer := api.Backends{Status: "online", Model: modelOf(states[first])}
	if len(configured) > 1 {
		next := fmt.Sprintf("%s (%s)", r.label(c, configured[1]), modelOf(states[configured[1]]))
		answer.Fallback = &next
	}
	if r.resting(first) {
		answer.Status = "offline"
		return answer
	}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	if _, err := r.functions.Check(ctx, first); err != nil {
		answer.Status = "offline"
	}
	return answer
}

// modelOf is the model that a backend's settings name, or its plugin's own.
func modelOf(s functions.Status) string {
	var settings struct {
		Model string `json:"model"`
	}
	_ = json.Unmarshal(s.Function.Settings, &settings)
	if settings.Model == "" && s.Manifest != nil && s.Manifest.LLM != nil {
		return s.Manifest.LLM.Model
	}
	return settings.Model
}

// label names a language backend in llm_source: the deployment's word, else the plugin's.
func (r *roster) label(c *config.Config, id string) string {
	for _, f := range c.Deployment.Functions {
		if f.ID == id && f.Label != "" {
			return f.Label
		}
	}
	if m := r.states()[id].Manifest; m != nil && m.LLM != nil {
		return m.LLM.Label
	}
	return id
}

// FacesReady implements api.Roster.
func (r *roster) FacesReady() bool {
	id := r.config.Load().DefaultLipsync
	return r.muxer.Ready() == nil && r.functions.Available(id) == nil
}

// Avatars implements api.Roster.
func (r *roster) Avatars(context.Context) ([]api.Avatar, error) {
	all := []api.Avatar{}
	for _, p := range r.avatars.List() {
		base := r.base + "/api/avatars/" + url.PathEscape(p.ID)
		loops := []api.Loop{}
		for _, name := range p.Loops {
			loops = append(loops, api.Loop{Name: name, URL: base + "/loops/" + url.PathEscape(name)})
		}
		all = append(all, api.Avatar{
			ID: p.ID, Name: p.ID, Path: p.Relative, Width: p.Width, Height: p.Height, PreviewURL: base + "/preview", Loops: loops,
		})
	}
	return all, nil
}

// Functions tells how each function is, without starting one.
func (r *roster) Functions() []api.FunctionState {
	all := []api.FunctionState{}
	for _, s := range r.functions.List() {
		problem := s.Problem
		if err := r.muxer.Ready(); s.Kind == manifest.Lipsync && problem == "" && err != nil {
			problem = fault.HintOf(err)
		}
		all = append(all, api.FunctionState{
			ID: s.ID, Kind: string(s.Kind), Plugin: s.Plugin, Version: s.Version, State: string(s.State),
			Ready: problem == "", Problem: cmp.Or(problem, s.Refused),
		})
	}
	return all
}

func absolute(path string) string {
	if path == "" {
		return ""
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return abs
}

func absolutes(paths []string) []string {
	all := make([]string, 0, len(paths))
	for _, p := range paths {
		all = append(all, absolute(p))
	}
	return all
}

func lookPath(program string) string {
	path, err := exec.LookPath(program)
	if err != nil {
		return ""
	}
	return absolute(path)
}

var _ api.Roster = (*roster)(nil)

// packFormats are those of avatars that the deployment's lipsync function renders; nil while that is not known.
func (h *host) packFormats() []string {
	if h.roster == nil {
		return nil
	}
	s, known := h.roster.states()[h.roster.config.Load().DefaultLipsync]
	if !known || s.Manifest == nil || s.Manifest.Lipsync == nil {
		return nil
	}
	return s.Manifest.Lipsync.Packs
}
