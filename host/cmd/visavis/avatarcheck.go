package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/host/internal/avatars"
	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// checking is how a pack is looked at.
type checking struct {
	sheet, ffmpeg, natives string
	plugins                []string
}

func avatarCheck() *cobra.Command {
	var o checking
	command := &cobra.Command{
		Use: "check PACK", Short: "Say what is wrong with a pack, and draw a sheet of a good one", Args: cobra.ExactArgs(1),
		Long: "Reads a pack of any kind as an engine does: every field, every checksum, every picture; and has the lipsync plugin that\n" +
			"reads such packs speak. With --sheet that is a row of sounds, and what the mouth did is saved as one picture. Of a prepared\n" +
			"avatar, whose engine needs weights, the sheet shows the film.",
		RunE: func(command *cobra.Command, args []string) error { return o.run(command, filepath.Clean(args[0])) },
	}
	flags := command.Flags()
	flags.StringVar(&o.sheet, "sheet", "", "PNG to draw; empty draws none")
	flags.StringSliceVar(&o.plugins, "plugin-dirs", []string{"build/plugins"}, "folders of plugins")
	flags.StringVar(&o.ffmpeg, "ffmpeg", "", "ffmpeg program; empty looks in build/natives, then in PATH")
	flags.StringVar(&o.natives, "natives-dir", "build/natives", "folder of native libraries")
	return command
}

// pack is what a check says of a good one.
type pack struct {
	format, id    string
	width, height int
	about         []string
	// film and frames are what a sheet shows of a pack that no engine draws here; film is "" otherwise.
	film   string
	frames int
}

func (o checking) run(command *cobra.Command, dir string) error {
	if err := o.checkSheet(); err != nil {
		return err
	}
	o.ffmpeg = findFFmpeg(&config.Config{FFmpeg: o.ffmpeg, NativesDir: o.natives})
	found, err := o.open(command.Context(), dir)
	if err != nil {
		return err
	}
	if link, err := os.Lstat(dir); err == nil && link.Mode()&os.ModeSymlink != 0 {
		found.about = append(found.about, "it is a link, which no folder of avatars follows: copy what it leads to")
	}
	out := command.OutOrStdout()
	if o.sheet != "" {
		if err := o.draw(command.Context(), dir, found); err != nil {
			return err
		}
	} else if found.film == "" {
		err := o.speak(command.Context(), dir, found, sounds()[:2], io.Discard)
		if errors.Is(err, errNoEngine) {
			found.about = append(found.about, "nothing was drawn of it: "+err.Error())
		} else if err != nil {
			return fmt.Errorf("have it speak: %w", err)
		}
	}
	_, _ = fmt.Fprintf(out, "%s is good: %s, %s, %d×%d\n", dir, found.id, found.format, found.width, found.height)
	for _, line := range found.about {
		_, _ = fmt.Fprintln(out, "  "+line)
	}
	if o.sheet != "" {
		_, _ = fmt.Fprintf(out, "sheet: %s\n", o.sheet)
	}
	return nil
}

// checkSheet tells whether the sheet can be written, before a pack is read and spoken for it.
func (o checking) checkSheet() error {
	if o.sheet == "" {
		return nil
	}
	if !strings.EqualFold(filepath.Ext(o.sheet), ".png") {
		return fault.New(fault.Invalid, "draw sheet", "", fmt.Errorf("%s: a sheet is a PNG and has a name that ends in .png", o.sheet))
	}
	if info, err := os.Stat(filepath.Dir(o.sheet)); err != nil || !info.IsDir() {
		return fault.New(fault.NotFound, "draw sheet", "", fmt.Errorf("there is no folder %s", filepath.Dir(o.sheet)))
	}
	return nil
}

// open reads a pack by the manifest that it has.
func (o checking) open(ctx context.Context, dir string) (pack, error) {
	manifest, err := avatars.Manifest(dir)
	if err == nil {
		err = avatar.CheckFolder(absolute(dir))
	}
	if err != nil {
		return pack{}, fmt.Errorf("check pack %s: %w", dir, err)
	}
	switch manifest {
	case moving.Filename:
		return o.openMoving(ctx, dir)
	case prepared.Filename:
		return openPrepared(dir)
	default:
		return o.openPictures(ctx, dir)
	}
}

// looked is a pack that may be of another size than the one it is made of.
func looked(own avatar.Info, width, height int) pack {
	p := pack{format: own.Format, id: own.ID, width: own.Width, height: own.Height}
	if own.Width != width || own.Height != height {
		p.about = append(p.about, fmt.Sprintf("made of a pack of %d×%d", width, height))
	}
	return p
}

func (o checking) openPictures(ctx context.Context, dir string) (pack, error) {
	p, err := avatar.Open(ctx, dir, o.ffmpeg)
	if err != nil {
		return pack{}, err //nolint:wrapcheck // it says what was done
	}
	own, err := avatar.Look(dir)
	if err != nil {
		return pack{}, err //nolint:wrapcheck // it says what was done
	}
	found := looked(own, p.Width, p.Height)
	for _, l := range p.Layers {
		found.about = append(found.about, fmt.Sprintf("%s: %d pictures of %d×%d", l.Name, l.Frames, l.Box[2], l.Box[3]))
	}
	return found, nil
}

func (o checking) openMoving(ctx context.Context, dir string) (pack, error) {
	p, err := moving.Open(dir)
	if err != nil {
		return pack{}, err //nolint:wrapcheck // it says what was done
	}
	own, err := moving.Look(dir)
	if err != nil {
		return pack{}, err //nolint:wrapcheck // it says what was done
	}
	found := looked(own, p.Width, p.Height)
	for _, l := range p.Loops {
		film := video.Loop{File: filepath.Join(p.Dir, l.File), Width: p.Width, Height: p.Height}
		frames, err := film.Count(ctx, o.ffmpeg, l.Frames)
		if err == nil && frames != l.Frames {
			err = fmt.Errorf("its film has %d frames, not %d", frames, l.Frames)
		}
		if err != nil {
			return pack{}, fmt.Errorf("loop %s: %w", l.Name, err)
		}
		found.about = append(found.about, fmt.Sprintf("%s: %d frames, %.1f s", l.Name, l.Frames, float64(l.Frames)/video.FrameRate))
	}
	return found, nil
}

func openPrepared(dir string) (pack, error) {
	p, err := prepared.Open(dir)
	if err != nil {
		return pack{}, err //nolint:wrapcheck // it says what was done
	}
	about := fmt.Sprintf("%s: %d frames, %d with a face", p.Model, len(p.Frames), p.Faces())
	return pack{
		format: prepared.Format + "/" + strconv.Itoa(prepared.Version), id: p.ID, width: p.Width, height: p.Height, about: []string{about},
		film: p.Film.File, frames: len(p.Frames),
	}, nil
}

// sheetColumns and sheetHeight are the shape of a sheet, the latter in pixels of one picture.
const sheetColumns, sheetHeight = 4, 270

func (o checking) draw(ctx context.Context, dir string, p pack) (err error) {
	film, frames := p.film, spread(p.frames)
	if film == "" {
		folder, err := os.MkdirTemp("", "visavis-check")
		if err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		defer func() { _ = os.RemoveAll(folder) }()
		film, frames = filepath.Join(folder, "speaks.mp4"), middles()
		if err := o.recite(ctx, dir, p, film); err != nil {
			return fmt.Errorf("have it speak: %w", err)
		}
	}
	width := p.width * sheetHeight / p.height &^ 1
	sheet := video.Sheet{File: film, Out: o.sheet, Frames: frames, Width: width, Height: sheetHeight, Columns: sheetColumns}
	return sheet.Draw(ctx, o.ffmpeg) //nolint:wrapcheck // it says what was done
}

// spread chooses up to three rows of a film's frames.
func spread(frames int) []int {
	const most = 3 * sheetColumns
	var chosen []int
	for n := range min(most, frames) {
		chosen = append(chosen, n*frames/min(most, frames))
	}
	return slices.Compact(chosen)
}

var errNoEngine = errors.New("no plugin reads such packs: build them, or name their folder with --plugin-dirs")
