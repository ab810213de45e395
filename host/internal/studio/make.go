package studio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Making is how an avatar is made of a character file. It runs in the project's folder, whose tools do the work.
type Making struct {
	Character string
	// Draft makes a rough, short one, to be looked at.
	Draft bool
	// Kinds are the loops, by the studio's names, and Seconds how long each is.
	Kinds   []string
	Seconds float64
	// Scale is in percent of 720p.
	Scale int
	// Packs is the folder that packs are written below, Work where everything else lies.
	Packs, Work string
	// Python is Python 3.11, Maker is make, FFmpeg ffmpeg.
	Python, Maker, FFmpeg string
	// Studio is the command that renders; empty is tools/avatars in an environment that is made for it.
	Studio []string
	// Out and Err are where it tells what it does.
	Out, Err io.Writer
	// patience is how long a step has to end when it is interrupted; 0 is graceful.
	patience time.Duration
}

// effort is how much work an avatar gets.
type effort struct {
	kinds              []string
	seconds            float64
	scale, frame, crop int
	// so many moments, mouths of each at random, and others of each that show the tongue
	states, mouths, tongues int
	learning                string
	packs, name             string
}

const (
	venv = "build/avatars-venv/bin/python"
	cli  = "tools/avatars/cli.py"
	// reader reads a character file and says what is wrong with it.
	reader = "tools/avatars/character.py"
)

// effort gives what is made of a character.
func (m Making) effort(name string) effort {
	e := effort{kinds: m.Kinds, seconds: m.Seconds, scale: m.Scale, frame: 32, crop: 8, states: 160, mouths: 7, tongues: 1}
	e.packs, e.name = m.Packs, fmt.Sprintf("%s_%dp", name, 720*m.Scale/100)
	if m.Draft {
		e = effort{kinds: []string{"talking"}, seconds: 2, scale: 50, frame: 6, crop: 6, states: 12, mouths: 3, learning: "--steps 800"}
		e.packs, e.name = filepath.Join(m.Work, "drafts"), name+"_draft"
	}
	return e
}

// check refuses what no pack can be made of.
func (e effort) check() error {
	for n, kind := range e.kinds {
		if (Loop{Kind: kind}).name() == "" {
			return fmt.Errorf("make avatar: there is no loop %q: take talking, listening, thinking", kind)
		}
		if slices.Contains(e.kinds[:n], kind) {
			return fmt.Errorf("make avatar: the loop %s is asked for twice", kind)
		}
	}
	switch {
	case !slices.Contains(e.kinds, "talking"):
		return errors.New("make avatar: a pack needs the loop talking")
	case !(e.seconds >= 1 && e.seconds <= 400):
		return fmt.Errorf("make avatar: %g seconds are not 1 to 400, which a loop may last", e.seconds)
	case e.scale != 50 && e.scale != 100 && e.scale != 150: // what requests call a resolution, in whole pixels
		return fmt.Errorf("make avatar: a scale of %d is none of 50, 100 and 150 percent of 720p", e.scale)
	}
	return nil
}

// out is the pack's folder: root/<resolution>/<pack>.
func (e effort) out() string {
	return filepath.Join(e.packs, fmt.Sprintf("%dp", 720*e.scale/100), e.name)
}

// also are the folders of the packs that are derived.
func (e effort) also() []Size {
	name, found := strings.CutSuffix(e.name, fmt.Sprintf("_%dp", 720*e.scale/100))
	if !found || e.scale < 100 {
		return nil
	}
	return []Size{{Dir: filepath.Join(e.packs, "480p", name+"_480p"), Width: 854, Height: 480}}
}

// Measured seconds of one core at 720p: a picture's sample, what lies between two keyframes (eyes that move included), a crop and its
// samples.
const (
	perSample = 3.6
	between   = 14.0
	perCrop   = 2.5
	cropEach  = 1.25
	// keyframes in a second of film.
	keyframes = 2.1
)

// loopHours and mouthHours tell about how many hours of one core a step takes.
func (e effort) loopHours() float64 {
	pixels := float64(e.scale*e.scale) / 1e4
	return e.seconds * pixels * (keyframes*perSample*float64(e.frame) + (25-keyframes)*between) / 3600
}

func (e effort) mouthHours() float64 {
	pixels := float64(e.scale*e.scale) / 1e4
	return float64(e.states*(1+e.mouths+e.tongues)) * (perCrop + cropEach*float64(e.crop)*pixels) / 3600
}

// step is a part of the work.
type step struct {
	name string
	// hours of one core, about; 0 is a matter of minutes.
	hours   float64
	command []string
	// done is a file in the folder that the step prints, which is there when the step is done; "" for steps that are quick when they
	// find that they are done.
	done string
}

// Make makes the avatar and gives its pack's folder. What was interrupted goes on where it was.
func (m Making) Make(ctx context.Context) (dir string, err error) {
	c, err := ReadCharacter(m.Character)
	if err != nil {
		return "", err
	}
	if m.Work, err = filepath.Abs(m.Work); err != nil {
		return "", fmt.Errorf("make avatar: %w", err)
	}
	e := m.effort(c.Name)
	if err := e.check(); err != nil {
		return "", err
	}
	if err := m.ready(ctx, e); err != nil {
		return "", err
	}
	kept, err := openKept(filepath.Join(m.Work, "made", e.name+".json"))
	if err != nil {
		return "", err
	}
	steps := m.renders(e, c.Name)
	all := len(steps) + 2 // learning and the pack
	for n, s := range steps {
		if err := m.run(ctx, kept, fmt.Sprintf("[%d/%d] ", n+1, all), s); err != nil {
			return "", err
		}
	}
	mouth := filepath.Join(m.Work, "mouths", e.name+"-"+kept.short("dataset"))
	learn := step{name: "learn the mouth", command: []string{
		m.Maker, "--no-print-directory", "mouth-train", "PYTHON=" + m.Python, "MOUTH_DATA=" + kept.Places["dataset"], "MOUTH_OUT=" + mouth, "MOUTH_ARGS=" + e.learning,
	}}
	if _, err := os.Stat(filepath.Join(mouth, "mouth.json")); err != nil {
		if err := m.run(ctx, kept, fmt.Sprintf("[%d/%d] ", all-1, all), learn); err != nil {
			return "", err
		}
	}
	_, _ = fmt.Fprintf(m.Out, "[%d/%d] pack\n", all, all)
	return e.out(), m.pack(ctx, e, kept, mouth)
}

// renders gives the steps of the studio.
func (m Making) renders(e effort, name string) []step {
	with := func(command string, more ...string) []string {
		return append(append(append([]string{}, m.Studio...), command, "--character", m.Character), more...)
	}
	scale := []string{"--scale", strconv.Itoa(e.scale)}
	steps := []step{
		{name: "fetch the figure's data", command: with("fetch")},
		{name: "portrait", command: with("portrait", "--out", filepath.Join(m.Work, "portraits")), done: name + ".jpg"},
	}
	for _, kind := range e.kinds {
		steps = append(steps, step{name: "loop " + kind, hours: e.loopHours(), done: loopFile, command: with("loop", append([]string{
			"--kind", kind, "--seconds", strconv.FormatFloat(e.seconds, 'g', -1, 64), "--samples", strconv.Itoa(e.frame), "--ffmpeg", m.FFmpeg,
		}, scale...)...)})
	}
	return append(steps, step{name: "dataset", hours: e.mouthHours(), done: "index.json", command: with("dataset", append([]string{
		"--states", strconv.Itoa(e.states), "--mouths", strconv.Itoa(e.mouths), "--tongues", strconv.Itoa(e.tongues), "--samples", strconv.Itoa(e.crop),
	}, scale...)...)})
}

// graceful is how long a step has to end by itself when it is interrupted, and what it has started with it.
const graceful = 10 * time.Second

// tool runs a command, whose whole group ends with ctx: it is asked to, and killed when its time is over.
func (m Making) tool(ctx context.Context, out io.Writer, command []string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the user names it
	c.Env = append(c.Environ(), "AVATARS_WORK="+m.Work)
	c.Stdout, c.Stderr = out, m.Err
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = cmp.Or(m.patience, graceful)
	err := c.Run()
	if ctx.Err() != nil && c.Process != nil {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // who is left; often nobody
	}
	return err //nolint:wrapcheck // the caller says which command
}

// run does a step unless it is done.
func (m Making) run(ctx context.Context, kept *kept, number string, s step) error {
	key := kept.key(m.Character, s.command)
	if kept.has(s, key) {
		_, _ = fmt.Fprintf(m.Out, "%s%s: done before\n", number, s.name)
		return nil
	}
	_, _ = fmt.Fprintf(m.Out, "%s%s%s\n", number, s.name, about(s.hours))
	var last lastLine
	if err := m.tool(ctx, io.MultiWriter(m.Out, &last), s.command); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%s was stopped: the same command goes on where it was: %w", s.name, ctx.Err())
		}
		if _, ended := errors.AsType[*exec.ExitError](err); ended {
			return fmt.Errorf("%s did not work; the reason stands above, and the same command goes on where it was", s.name)
		}
		return fmt.Errorf("%s: run %s: %w", s.name, s.command[0], err)
	}
	return kept.add(s, key, strings.TrimSpace(last.text()))
}

// about tells how long a step may take.
func about(hours float64) string {
	if hours == 0 {
		return ""
	}
	cores := float64(cores())
	if minutes := 60 * hours / cores; minutes < 90 {
		return fmt.Sprintf(", about %.0f min on %.0f free cores", max(1, minutes), cores)
	}
	return fmt.Sprintf(", about %.1f h on %.0f free cores", hours/cores, cores)
}

func (m Making) pack(ctx context.Context, e effort, kept *kept, mouth string) error {
	p := Packing{FFmpeg: m.FFmpeg, Mouth: mouth, Character: m.Character, Out: e.out(), Also: e.also(), Replace: true, Progress: func(string, int, int) {}}
	for _, kind := range e.kinds {
		p.Loops = append(p.Loops, kept.Places["loop "+kind])
	}
	made, err := Pack(ctx, p)
	if err != nil {
		return err
	}
	for _, warning := range made.Warnings {
		_, _ = fmt.Fprintln(m.Err, "warning:", warning)
	}
	_, _ = fmt.Fprintf(m.Out, "%s: %.1f MB\n", e.out(), float64(made.Bytes)/1e6)
	return nil
}
