package main

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/host/internal/musetalk"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
)

func avatarCommands() *cobra.Command {
	command := &cobra.Command{Use: "avatar", Short: "Make avatars, and look at packs"}
	command.AddCommand(avatarNew(), avatarImport(), avatarPrepare(), avatarPack(), avatarCheck())
	return command
}

// importing is how an avatar is imported.
type importing struct{ out, id, ffmpeg string }

func avatarImport() *cobra.Command {
	var o importing
	command := &cobra.Command{
		Use: "import X.pkl|FOLDER", Short: "Turn an avatar that was prepared for MuseTalk into a pack", Args: cobra.ExactArgs(1),
		Long: "Reads the .pkl files of the documented system, and the result folders of MuseTalk and LiveTalking, as data: no code in\n" +
			"them runs. Writes a pack whose frames keep 45 dB or more, and whose latents, boxes and masks are exact.",
		RunE: func(command *cobra.Command, args []string) error { return o.run(command, args[0]) },
	}
	command.Flags().StringVar(&o.out, "out", "precomputed", "folder that the pack's folder is made in")
	command.Flags().StringVar(&o.id, "id", "", "the avatar's id; else the file's name without _precomputed.pkl")
	command.Flags().StringVar(&o.ffmpeg, "ffmpeg", "", "ffmpeg program; empty looks in build/natives, then in PATH")
	return command
}

// checkNewID tells whether a new avatar can have an id: its folder gets that name, and one that begins with a dot would be hidden.
func checkNewID(id string) error {
	if err := sealed.CheckID(id); err != nil {
		return err //nolint:wrapcheck // the caller says what was done
	}
	if strings.HasPrefix(id, ".") {
		return fmt.Errorf("id %.40q begins with a dot", id)
	}
	return nil
}

func (o importing) run(command *cobra.Command, path string) (err error) {
	id := o.id
	if id == "" {
		id = strings.TrimSuffix(strings.TrimSuffix(filepath.Base(filepath.Clean(path)), ".pkl"), "_precomputed")
	}
	if err := checkNewID(id); err != nil {
		return fmt.Errorf("import avatar: %w", err)
	}
	started := time.Now()
	source, err := musetalk.Open(path)
	if err != nil {
		return err //nolint:wrapcheck // it says what was done
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	opened := time.Since(started)
	draft := draftOf(source)
	draft.ID = id
	draft.Progress = progress(command)
	dir := filepath.Join(o.out, id)
	result, err := prepared.Write(command.Context(), findFFmpeg(&config.Config{FFmpeg: o.ffmpeg, NativesDir: "build/natives"}), dir, draft)
	if err != nil {
		return err //nolint:wrapcheck // it says what was done
	}
	faces := 0
	for _, f := range source.Faces {
		if f != nil {
			faces++
		}
	}
	_, _ = fmt.Fprintf(command.OutOrStdout(), "%s: %d frames of %d×%d, %d with a face; read in %.1f s, written in %.0f s\n", dir,
		len(source.Faces), source.Width, source.Height, faces, opened.Seconds(), time.Since(started).Seconds())
	_, _ = fmt.Fprintf(command.OutOrStdout(), "%.1f MB%s; the worst frame keeps %.1f dB\n", float64(result.Bytes)/1e6, share(path, result.Bytes), result.WorstPSNR)
	return nil
}

// share tells how much smaller the pack is than the file it was made of.
func share(path string, bytes int64) string {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return ""
	}
	return fmt.Sprintf(", %.1f %% of the file", 100*float64(bytes)/float64(info.Size()))
}

func draftOf(source *musetalk.Source) prepared.Draft {
	d := prepared.Draft{
		Model: "musetalk", Width: source.Width, Height: source.Height, FPS: source.FPS, Picture: source.Frame,
		Latent: func(n int) []byte { return source.Faces[n].Latent.Data },
	}
	for _, m := range source.Masks {
		d.Masks = append(d.Masks, &image.Gray{Pix: m.Pix, Stride: m.Width, Rect: image.Rect(0, 0, m.Width, m.Height)})
	}
	for _, f := range source.Faces {
		if f == nil {
			d.Frames = append(d.Frames, nil)
			continue
		}
		d.LatentType = string(f.Latent.Type)
		d.Frames = append(d.Frames, &prepared.Frame{Box: prepared.Corners(f.Box), Crop: prepared.Corners(f.Crop), Mask: f.Mask})
	}
	return d
}

// progress tells at most once a second how far it is.
func progress(command *cobra.Command) func(step string, done, all int) {
	var told time.Time
	return func(step string, done, all int) {
		if now := time.Now(); now.Sub(told) >= time.Second {
			told = now
			_, _ = fmt.Fprintf(command.ErrOrStderr(), "%s: %d of %d frames\n", step, done, all)
		}
	}
}
