package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/host/internal/functions"
	"github.com/visavis-dev/visavis/host/internal/process"
	"github.com/visavis-dev/visavis/sdk/lipsync"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/speech"
	"github.com/visavis-dev/visavis/sdk/video"
)

// sounds are what a sheet shows, in IPA: rest, vowels, closed lips, teeth on lip, tongue, teeth, and rest again.
func sounds() []string {
	return []string{"", "a", "e", "i", "o", "u", "m", "f", "l", "s", "ʃ", ""}
}

const (
	soundRate = 16000
	// soundLength of each of them, in samples: long enough for a mouth to get there.
	soundLength = soundRate * 2 / 5
)

// middles are the frames in the middle of each sound.
func middles() []int {
	var frames []int
	for n := range sounds() {
		frames = append(frames, (2*n+1)*soundLength*video.FrameRate/(2*soundRate))
	}
	return frames
}

// recite has all sounds spoken into a film.
func (o checking) recite(ctx context.Context, dir string, p pack, film string) error {
	file, err := os.Create(film) //nolint:gosec // in a folder of our own
	if err != nil {
		return fmt.Errorf("make film: %w", err)
	}
	err = o.speak(ctx, dir, p, sounds(), file)
	if closed := file.Close(); err == nil && closed != nil {
		err = fmt.Errorf("write film: %w", closed)
	}
	return err
}

// speak has the engine that reads such packs speak some sounds.
func (o checking) speak(ctx context.Context, dir string, p pack, sounds []string, film io.Writer) error {
	engine, err := o.engine(p.format)
	if err != nil {
		return err
	}
	return o.with(ctx, engine, func(face lipsync.Renderer) error {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return fmt.Errorf("find pack: %w", err)
		}
		return face.Render(ctx, lipsync.Request{
			Avatar: absolute, Width: p.width, Height: p.height, FrameSkip: 1,
			Format: speech.Format{SampleRate: soundRate, Marks: speech.Phonemes},
		}, &recital{sounds: sounds}, written{film})
	})
}

// engine finds a plugin that reads packs of a format.
func (o checking) engine(format string) (*manifest.Manifest, error) {
	for _, root := range o.plugins {
		found, err := filepath.Glob(filepath.Join(root, "*", manifest.Filename))
		if err != nil {
			return nil, fmt.Errorf("find plugins: %w", err)
		}
		for _, path := range found {
			m, err := manifest.Load(filepath.Dir(path))
			if err == nil && m.Lipsync != nil && slices.Contains(m.Lipsync.Packs, format) {
				return m, nil
			}
		}
	}
	return nil, fmt.Errorf("%s: %w", format, errNoEngine)
}

// with serves one engine for as long as do takes.
func (o checking) with(ctx context.Context, engine *manifest.Manifest, do func(lipsync.Renderer) error) error {
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr})
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	warden, err := process.StartWarden(self, wardenCommand)
	if err != nil {
		return fmt.Errorf("start warden: %w", err)
	}
	defer func() { _ = warden.Close() }()
	temp, err := os.MkdirTemp("", "visavis")
	if err != nil {
		return fmt.Errorf("make folder for plugins: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	const id = "check"
	host, err := functions.Open(ctx, functions.Options{
		PluginDirs: absolutes(o.plugins), Logger: logger,
		Launcher: &functions.ProcessLauncher{
			Env: plugin.Env{FFmpeg: o.ffmpeg, NativesDir: absolute(o.natives)}, TempDir: temp, Logger: logger, Warden: warden,
		},
	}, functions.Deployment{{ID: id, Kind: manifest.Lipsync, Plugin: engine.Name}})
	if err != nil {
		return fmt.Errorf("deploy %s: %w", engine.Name, err)
	}
	defer host.Close(ctx)
	face, err := host.Renderer(id)
	if err != nil {
		return err //nolint:wrapcheck // it says what was done
	}
	return do(face)
}

// recital is some sounds one after the other, with a hum where there is one.
type recital struct {
	sounds []string
	said   int
}

// Next implements lipsync.Speech.
func (r *recital) Next(context.Context) (speech.Chunk, error) {
	if r.said == len(r.sounds) {
		return speech.Chunk{}, io.EOF
	}
	sound := r.sounds[r.said]
	pcm := make([]int16, soundLength)
	for i := range pcm {
		if sound != "" {
			pcm[i] = int16(6000 * math.Sin(2*math.Pi*150*float64(i)/soundRate))
		}
	}
	start := int64(r.said) * soundLength
	r.said++
	return speech.Chunk{PCM: pcm, Marks: []speech.Mark{{Start: start, Length: soundLength, Text: sound}}}, nil
}

// written keeps a video.
type written struct{ film io.Writer }

// Fragment implements lipsync.Sink.
func (w written) Fragment(data []byte) error {
	_, err := w.film.Write(data)
	return err //nolint:wrapcheck // the film's own
}

// Progress implements lipsync.Sink.
func (written) Progress(lipsync.Progress) error { return nil }
