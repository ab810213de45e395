package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
	"github.com/visavis-dev/visavis/sdk/plugintest"
)

func plugins() *cobra.Command {
	command := &cobra.Command{
		Use: "plugin", Short: "Look at, seal and test plugins", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(pluginSeal(), pluginList(), pluginTest())
	return command
}

func pluginSeal() *cobra.Command {
	return &cobra.Command{
		Use: "seal DIR...", Short: "Write the executable's checksum into plugin.json", Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, dirs []string) error {
			for _, dir := range dirs {
				changed, err := manifest.Seal(dir)
				if err != nil {
					return fmt.Errorf("seal %q: %w", dir, err)
				}
				said := "sealed"
				if !changed {
					said = "was sealed already"
				}
				_, _ = fmt.Fprintf(command.OutOrStdout(), "%s %s\n", dir, said)
			}
			return nil
		},
	}
}

func pluginList() *cobra.Command {
	return &cobra.Command{
		Use: "list DIR...", Short: "Show plugins: each DIR is one, or holds some", Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, dirs []string) error {
			table := tabwriter.NewWriter(command.OutOrStdout(), 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(table, "NAME\tKIND\tVERSION\tTITLE\tSTATE")
			for _, dir := range dirs {
				found, err := pluginsIn(dir)
				if err != nil {
					return err
				}
				for _, one := range found {
					_, _ = fmt.Fprintln(table, row(one))
				}
			}
			return table.Flush()
		},
	}
}

// pluginsIn gives the folders with a manifest in a folder, or the folder itself.
func pluginsIn(dir string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(dir, manifest.Filename)); err == nil {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list plugins: %w", err)
	}
	var found []string
	for _, e := range entries {
		one := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") {
			continue // a host passes it over
		}
		if _, err := os.Stat(filepath.Join(one, manifest.Filename)); err == nil {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("list plugins: no folder in %q has a %s", dir, manifest.Filename)
	}
	return found, nil
}

// row is a line of the table; a plugin whose folder has another name is told with both.
func row(dir string) string {
	folder := filepath.Base(dir)
	cells := []string{folder, "?", "?", "?"}
	m, err := manifest.Load(dir)
	if err != nil {
		cells = append(cells, err.Error())
	} else {
		cells = []string{m.Name, string(m.Kind), m.Version, m.Title, stateOf(dir, m)}
	}
	if folder != cells[0] && folder != "." {
		cells[0] += " (in " + folder + ")"
	}
	for i, cell := range cells {
		cells[i] = strings.Join(strings.FieldsFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	}
	return strings.Join(cells, "\t")
}

// stateOf says what a host would have against a plugin, before it starts it.
func stateOf(dir string, m *manifest.Manifest) string {
	path := filepath.Join(dir, m.Executable)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "executable is missing"
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return "executable cannot be executed"
	case !m.Speaks(plugin.Protocol):
		return fmt.Sprintf("speaks protocol %v, this host %d", m.Protocols, plugin.Protocol)
	case m.SHA256 == "":
		return "not sealed"
	}
	switch sum, err := manifest.Checksum(path); {
	case err != nil:
		return err.Error()
	case !strings.EqualFold(m.SHA256, sum):
		return "checksum differs"
	}
	return "sealed"
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
	cases := plugintest.Cases(s.Manifest.Kind)
	for i, c := range cases {
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
		if i == 0 && failed > 0 {
			_, _ = fmt.Fprintln(command.ErrOrStderr(), "the other cases need an engine that starts")
			return exitError{}
		}
	}
	if failed > 0 {
		_, _ = fmt.Fprintf(command.ErrOrStderr(), "%d of %d cases failed\n", failed, len(cases))
		return exitError{}
	}
	return nil
}
