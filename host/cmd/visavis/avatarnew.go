package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/host/internal/studio"
)

func avatarNew() *cobra.Command {
	var m studio.Making
	var like string
	command := &cobra.Command{
		Use: "new [NAME]", Short: "Make an avatar of a character file, or write such a file to start from", Args: cobra.MaximumNArgs(1),
		Long: "With a NAME it writes NAME.json, a copy of a character that is there, to be edited (docs/avatars.md says what is in it).\n" +
			"With --character FILE it makes that character's avatar: it sets up Blender, renders loops and mouths, lets a network learn\n" +
			"the mouth, and writes the pack. It takes hours; with --draft a quarter of one. What was stopped goes on where it was.",
		RunE: func(command *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && m.Character == "":
				return scaffolded(command, args[0], like)
			case len(args) == 1 || m.Character == "":
				return errors.New("make avatar: give a NAME for a new character file, or --character FILE to make its avatar")
			}
			m.FFmpeg = findFFmpeg(&config.Config{FFmpeg: m.FFmpeg, NativesDir: "build/natives"})
			m.Out, m.Err, m.Maker = command.OutOrStdout(), command.ErrOrStderr(), "make"
			dir, err := m.Make(command.Context())
			if err != nil {
				return err //nolint:wrapcheck // it says what was done
			}
			_, _ = fmt.Fprintf(command.OutOrStdout(), "look at it: visavis avatar check %s --sheet sheet.png\n", dir)
			return nil
		},
	}
	flags := command.Flags()
	flags.StringVar(&like, "like", "interviewer", "character that a new file starts from: interviewer, director, analyst, panel, or a file")
	flags.StringVar(&m.Character, "character", "", "character file to make an avatar of")
	flags.BoolVar(&m.Draft, "draft", false, "a rough and short one, to be looked at")
	flags.StringSliceVar(&m.Kinds, "loops", []string{"talking", "listening", "thinking"}, "what the face does; talking is needed")
	flags.Float64Var(&m.Seconds, "seconds", 8, "how long each loop is")
	flags.IntVar(&m.Scale, "scale", 100, "percent of 720p: 50, 100, or 150, which is 1080p and takes three times as long")
	flags.StringVar(&m.Packs, "out", "precomputed", "folder of packs")
	flags.StringVar(&m.Work, "work", "build/avatars", "folder for everything between")
	flags.StringVar(&m.Python, "python", "python3.11", "Python 3.11, for Blender and for learning")
	flags.StringVar(&m.FFmpeg, "ffmpeg", "", "ffmpeg program; empty looks in build/natives, then in PATH")
	flags.StringSliceVar(&m.Studio, "studio", nil, "command that renders, in place of tools/avatars in an environment of its own")
	return command
}

func scaffolded(command *cobra.Command, name, like string) error {
	path, err := studio.Scaffold(name, like)
	if err != nil {
		return err //nolint:wrapcheck // it says what was done
	}
	_, _ = fmt.Fprintf(command.OutOrStdout(), "%s is written: edit it, then look at it with\n  visavis avatar new --character %s --draft\n", path, path)
	return nil
}
