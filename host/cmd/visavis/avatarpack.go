package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/host/internal/studio"
)

func avatarPack() *cobra.Command {
	var p studio.Packing
	var also []string
	command := &cobra.Command{
		Use: "pack LOOP...", Short: "Make a moving pack of loops and a learned mouth", Args: cobra.MinimumNArgs(1),
		Long: "LOOP is a folder that the studio's command loop has finished; one of them must be of a talking face. --mouth is what\n" +
			"make mouth-train wrote. The pack's id is the name of the folder it is written to.",
		RunE: func(command *cobra.Command, args []string) error {
			p.Loops, p.Out, p.Progress = args, filepath.Clean(p.Out), progress(command)
			for _, text := range also {
				size, err := studio.ParseSize(text)
				if err != nil {
					return err //nolint:wrapcheck // it says what is wrong
				}
				p.Also = append(p.Also, size)
			}
			p.FFmpeg = findFFmpeg(&config.Config{FFmpeg: p.FFmpeg, NativesDir: "build/natives"})
			return packed(command, p)
		},
	}
	flags := command.Flags()
	flags.StringVar(&p.Mouth, "mouth", "", "folder of mouth.onnx and mouth.json")
	flags.StringVar(&p.Out, "out", "", "the pack's folder, for instance precomputed/720p/anna_720p")
	flags.StringVar(&p.Character, "character", "", "character file, for the names that people see")
	flags.StringArrayVar(&also, "also", nil, "DIR=WIDTHxHEIGHT of a pack of another size that uses the same films; may be repeated")
	flags.BoolVar(&p.Replace, "replace", false, "take the place of packs that are there")
	flags.StringVar(&p.FFmpeg, "ffmpeg", "", "ffmpeg program; empty looks in build/natives, then in PATH")
	for _, name := range []string{"mouth", "out"} {
		_ = command.MarkFlagRequired(name) // it is a flag of this command
	}
	return command
}

func packed(command *cobra.Command, p studio.Packing) error {
	made, err := studio.Pack(command.Context(), p)
	if err != nil {
		return err //nolint:wrapcheck // it says what was done
	}
	for _, warning := range made.Warnings {
		_, _ = fmt.Fprintln(command.ErrOrStderr(), "warning:", warning)
	}
	_, _ = fmt.Fprintf(command.OutOrStdout(), "%s: %.1f MB\n", p.Out, float64(made.Bytes)/1e6)
	for _, size := range p.Also {
		_, _ = fmt.Fprintf(command.OutOrStdout(), "%s: %d×%d of the same films\n", size.Dir, size.Width, size.Height)
	}
	return nil
}
