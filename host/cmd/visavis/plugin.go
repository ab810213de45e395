package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugintest"
)

func plugins() *cobra.Command {
	command := &cobra.Command{Use: "plugin", Short: "Look at, seal and test plugins"}
	command.AddCommand(pluginSeal(), pluginList(), pluginTest())
	return command
}

func pluginSeal() *cobra.Command {
	return &cobra.Command{
		Use: "seal DIR...", Short: "Write the executable's checksum into plugin.json", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, dirs []string) error {
			for _, dir := range dirs {
				if _, err := manifest.Seal(dir); err != nil {
					return fmt.Errorf("seal %q: %w", dir, err)
				}
			}
			return nil
		},
	}
}

func pluginList() *cobra.Command {
	return &cobra.Command{
		Use: "list DIR...", Short: "Show the plugins in folders", Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, dirs []string) error {
			table := tabwriter.NewWriter(command.OutOrStdout(), 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(table, "NAME\tKIND\tVERSION\tTITLE\tSTATE")
			for _, dir := range dirs {
				found, err := filepath.Glob(filepath.Join(dir, "*", manifest.Filename))
				if err != nil {
					return fmt.Errorf("list %q: %w", dir, err)
				}
				for _, path := range found {
					_, _ = fmt.Fprintln(table, row(filepath.Dir(path)))
				}
			}
			return table.Flush()
		},
	}
}

func row(dir string) string {
	m, err := manifest.Load(dir)
	if err != nil {
		return strings.Join([]string{filepath.Base(dir), "?", "?", "?", err.Error()}, "\t")
	}
	state := "sealed"
	switch sum, err := manifest.Checksum(filepath.Join(dir, m.Executable)); {
	case err != nil:
		state = err.Error()
	case m.SHA256 == "":
		state = "not sealed"
	case m.SHA256 != sum:
		state = "checksum differs"
	}
	return strings.Join([]string{m.Name, string(m.Kind), m.Version, m.Title, state}, "\t")
}

func pluginTest() *cobra.Command {
	var s plugintest.Subject
	var settings string
	command := &cobra.Command{
		Use: "test DIR", Short: "Run the conformance cases of a plugin's kind", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			s.Dir, s.Settings = args[0], json.RawMessage(settings)
			return conform(command, s)
		},
	}
	flags := command.Flags()
	flags.StringVar(&settings, "settings", "{}", "settings of the engine, a JSON object")
	flags.StringVar(&s.Avatar, "avatar", "precomputed/720p/talk_short_720p", "pack that a lipsync engine renders")
	flags.StringVar(&s.FFmpeg, "ffmpeg", "build/natives/bin/ffmpeg", "ffmpeg program")
	flags.StringVar(&s.NativesDir, "natives-dir", "build/natives", "folder of native libraries")
	return command
}

func conform(command *cobra.Command, s plugintest.Subject) error {
	for _, path := range []*string{&s.Avatar, &s.FFmpeg, &s.NativesDir} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("find %q: %w", *path, err)
		}
		*path = absolute
	}
	s, err := plugintest.Open(s)
	if err != nil {
		return fmt.Errorf("open subject: %w", err)
	}
	out, failed := command.OutOrStdout(), 0
	for _, c := range plugintest.Cases(s.Manifest.Kind) {
		applies, why, err := plugintest.Do(command.Context(), c, s)
		switch {
		case !applies:
			_, _ = fmt.Fprintf(out, "  -   %s (%s)\n", c.Name, why)
		case err != nil:
			failed++
			_, _ = fmt.Fprintf(out, "FAIL  %s: %v\n      why it matters: %s\n", c.Name, err, c.Why)
		default:
			_, _ = fmt.Fprintf(out, "ok    %s\n", c.Name)
		}
	}
	if failed > 0 {
		_, _ = fmt.Fprintf(os.Stderr, "%d cases failed\n", failed)
		return exitError{}
	}
	return nil
}
