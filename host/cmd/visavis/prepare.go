package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/host/internal/config"
)

// preparing is how an avatar is prepared. The networks belong to the plugin, so its program does the work.
type preparing struct {
	plugins, graphs, library, provider, ffmpeg string
	out, id, box                               string
	seconds, threads, shift                    int
	first                                      bool
}

func avatarPrepare() *cobra.Command {
	var p preparing
	command := &cobra.Command{
		Use: "prepare VIDEO|IMAGE|PACK", Short: "Make an avatar for MuseTalk of a film, a photograph or a pack of ours", Args: cobra.ExactArgs(1),
		Long: "Finds the face in each frame with the exported networks and writes a pack: boxes, masks, latents, and preview.png to look at.\n" +
			"The face of a pack of ours needs no finding: the engine gets a film of its idle loop.",
		RunE: func(command *cobra.Command, args []string) error { return p.run(command, args[0]) },
	}
	flags := command.Flags()
	flags.StringVar(&p.out, "out", "precomputed/musetalk", "folder that the pack's folder is made in")
	flags.StringVar(&p.id, "id", "", "the avatar's id; else the source's name")
	flags.StringVar(&p.graphs, "graphs", "models/musetalk/graphs", "folder of the exported graphs")
	flags.StringVar(&p.provider, "provider", "auto", "what runs them: auto, cuda or cpu")
	flags.IntVar(&p.threads, "threads", 0, "threads without a card; 0 takes all")
	flags.IntVar(&p.seconds, "seconds", 20, "how much of a longer film is taken, up to 120")
	flags.StringVar(&p.box, "box", "", "left,top,right,bottom of a face that does not move; else it is looked for")
	flags.BoolVar(&p.first, "v1", false, "boxes and masks of MuseTalk 1.0 instead of 1.5")
	flags.IntVar(&p.shift, "bbox-shift", 0, "with --v1: pixels between nose and middle")
	flags.StringVar(&p.library, "library", "", "ONNX Runtime's shared library; empty looks in build/natives")
	flags.StringVar(&p.plugins, "plugins", "build/plugins", "folder of the plugins")
	flags.StringVar(&p.ffmpeg, "ffmpeg", "", "ffmpeg program; empty looks in build/natives, then in PATH")
	return command
}

// graceful is how long the program has to leave nothing behind when it is interrupted.
const graceful = 5 * time.Second

func (p preparing) run(command *cobra.Command, source string) error {
	id, err := p.name(source)
	if err != nil {
		return err
	}
	program := filepath.Join(p.plugins, "lipsync-musetalk", "lipsync-musetalk")
	library := p.library
	for _, folder := range []string{"onnxruntime-cuda", "onnxruntime"} {
		file := filepath.Join("build/natives", folder, "libonnxruntime.so")
		if _, err := os.Stat(file); err == nil && library == "" {
			library = file
		}
	}
	args := []string{
		"prepare", "-graphs", p.graphs, "-library", library, "-provider", p.provider, "-threads", strconv.Itoa(p.threads),
		"-ffmpeg", findFFmpeg(&config.Config{FFmpeg: p.ffmpeg, NativesDir: "build/natives"}), "-out", p.out, "-id", id,
		"-seconds", strconv.Itoa(p.seconds), "-box", p.box, "-v1=" + strconv.FormatBool(p.first), "-bbox-shift", strconv.Itoa(p.shift), "--", source,
	}
	c := exec.CommandContext(command.Context(), program, args...) //nolint:gosec // the operator names it
	c.Stdout, c.Stderr = command.OutOrStdout(), command.ErrOrStderr()
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = graceful
	err = c.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return errors.New("prepare avatar: it did not work; the reason stands above")
	case err != nil:
		return fmt.Errorf("prepare avatar: run %s (make build): %w", program, err)
	}
	return nil
}

// name is the avatar's id: the folder's name.
func (p preparing) name(source string) (string, error) {
	id := p.id
	if id == "" {
		id = filepath.Base(filepath.Clean(source))
		id = strings.TrimSuffix(id, filepath.Ext(id))
	}
	if err := checkNewID(id); err != nil {
		return "", fmt.Errorf("prepare avatar: %w", err)
	}
	return id, nil
}
