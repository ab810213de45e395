package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/prepare"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/raster"
	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// preparing is what the command line asks for.
type preparing struct {
	source, out, id string
	ffmpeg          string
	seconds         int
	box             string
	first           bool
	shift           int
	options         networks.Options
}

func parsePreparing(args []string, stderr io.Writer) (preparing, error) {
	var p preparing
	flags := flag.NewFlagSet("lipsync-musetalk prepare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&p.options.Dir, "graphs", "", "folder of the exported graphs")
	flags.StringVar(&p.options.Library, "library", "", "ONNX Runtime's shared library")
	flags.StringVar(&p.options.Provider, "provider", networks.Auto, "auto, cuda or cpu")
	flags.IntVar(&p.options.Threads, "threads", 0, "threads without a card; 0 takes all")
	flags.StringVar(&p.ffmpeg, "ffmpeg", "", "ffmpeg program")
	flags.StringVar(&p.out, "out", "", "folder that the pack's folder is made in")
	flags.StringVar(&p.id, "id", "", "the avatar's id")
	flags.IntVar(&p.seconds, "seconds", 20, "how much of a longer film is taken")
	flags.StringVar(&p.box, "box", "", "left,top,right,bottom of a face that does not move; else it is looked for")
	flags.BoolVar(&p.first, "v1", false, "boxes and masks of MuseTalk 1.0 instead of 1.5")
	flags.IntVar(&p.shift, "bbox-shift", 0, "with -v1: pixels between nose and middle")
	if err := flags.Parse(args); err != nil {
		return p, fmt.Errorf("prepare avatar: %w", err)
	}
	if flags.NArg() != 1 || p.out == "" || p.id == "" || p.options.Dir == "" {
		return p, errors.New("prepare avatar: a film, -graphs, -out and -id are needed")
	}
	p.source = flags.Arg(0)
	return p, nil
}

// Bounds of what is prepared.
const (
	maxSide    = 4096
	maxSeconds = 120
)

func prepareCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	p, err := parsePreparing(args, stderr)
	if err != nil {
		return err
	}
	box, err := parseBox(p.box)
	if err != nil {
		return err
	}
	models, err := networks.OpenPreparation(p.options)
	if err != nil {
		return err //nolint:wrapcheck // a fault already
	}
	defer func() { _ = models.Close() }()
	source, known, err := p.open(ctx)
	if err != nil {
		return err
	}
	if box.Empty() {
		box = known
	}
	if box.Empty() && !models.Finds() {
		return fault.New(fault.Unavailable, "prepare avatar", "얼굴을 찾는 모델(S3FD, DWPose)이 없습니다. 가중치를 두고 다시 내보내거나 --box로 얼굴의 자리를 알려 주세요",
			errors.New("the export has no detector or no landmarks"))
	}
	if !models.Parses() {
		_, _ = fmt.Fprintln(stderr, "prepare: the export has no face parser; masks are ovals")
	}
	w := &work{
		stderr: stderr, started: time.Now(),
		preparer: &prepare.Preparer{Models: models, Box: box, Parses: models.Parses(), First: p.first, Shift: p.shift},
	}
	if err := os.MkdirAll(p.out, 0o755); err != nil { //nolint:gosec // packs are read by plugins of other users
		return fmt.Errorf("prepare avatar: %w", err)
	}
	if w.film, err = newReel(p.out); err != nil {
		return err
	}
	defer func() { _ = w.film.close() }()
	_, _ = fmt.Fprintf(stderr, "prepare: the networks run on %s\n", models.Provider)
	if err := source(ctx, w.take); err != nil {
		return err
	}
	return p.write(ctx, w, stdout)
}

// pictures gives pictures in order, as video.Source does.
type pictures func(ctx context.Context, take func(n, width, height int, picture []byte) error) error

// open gives the pictures of a film, of a photograph, or of a pack of another engine, whose face's box is known.
func (p preparing) open(ctx context.Context) (pictures, image.Rectangle, error) {
	if holds(p.source, avatar.Filename) {
		pack, err := avatar.Open(ctx, p.source, p.ffmpeg)
		if err != nil {
			return nil, image.Rectangle{}, err //nolint:wrapcheck // a fault already
		}
		return idle(pack).read, faceOf(pack), nil
	}
	film, face := p.source, image.Rectangle{}
	if holds(film, moving.Filename) {
		pack, err := moving.Open(film)
		if err != nil {
			return nil, image.Rectangle{}, err //nolint:wrapcheck // a fault already
		}
		film, face = filepath.Join(pack.Dir, pack.Loop(moving.Talk).File), faceInFilm(pack)
	}
	if _, err := os.Stat(film); err != nil {
		return nil, image.Rectangle{}, fault.New(fault.NotFound, "prepare avatar", "영상 파일을 찾을 수 없습니다", err)
	}
	s := video.Source{File: film, MaxSide: maxSide, MaxPictures: min(max(p.seconds, 1), maxSeconds) * video.FrameRate}
	return func(ctx context.Context, take func(n, width, height int, picture []byte) error) error {
		return s.Read(ctx, p.ffmpeg, take)
	}, face, nil
}

// holds tells whether a folder is a pack with this manifest.
func holds(dir, manifest string) bool {
	info, err := os.Stat(filepath.Join(dir, manifest))
	return err == nil && info.Mode().IsRegular()
}

func parseBox(text string) (image.Rectangle, error) {
	if text == "" {
		return image.Rectangle{}, nil
	}
	var r image.Rectangle
	n, err := fmt.Sscanf(strings.ReplaceAll(text, ",", " "), "%d %d %d %d", &r.Min.X, &r.Min.Y, &r.Max.X, &r.Max.Y)
	if err != nil || n != 4 || r.Empty() || r.Min.X < 0 || r.Min.Y < 0 {
		return r, fmt.Errorf("prepare avatar: %q is no box (left,top,right,bottom)", text)
	}
	return r, nil
}

// work is a film that is being prepared.
type work struct {
	preparer *prepare.Preparer
	film     *reel
	faces    []*prepare.Face
	known    memory

	stderr        io.Writer
	started, told time.Time
}

// take prepares one picture.
func (w *work) take(n, width, height int, picture []byte) error {
	if n == 0 {
		w.film.width, w.film.height = width, height
	}
	if width != w.film.width || height != w.film.height {
		return fault.New(fault.Invalid, "prepare avatar", "영상의 크기가 중간에 바뀝니다", fmt.Errorf("frame %d is %d×%d", n, width, height))
	}
	face, err := w.known.prepare(w.preparer, raster.Picture{Width: width, Height: height, Channels: 3, Pix: picture})
	if err != nil {
		return fmt.Errorf("frame %d: %w", n, err)
	}
	w.faces = append(w.faces, face)
	if now := time.Now(); now.Sub(w.told) >= time.Second {
		w.told = now
		_, _ = fmt.Fprintf(w.stderr, "prepare: %d frames, %.1f s each\n", n+1, now.Sub(w.started).Seconds()/float64(n+1))
	}
	return w.film.add(picture)
}

// write makes the pack and its preview.
func (p preparing) write(ctx context.Context, w *work, stdout io.Writer) error {
	d := prepared.Draft{
		ID: p.id, Model: "musetalk", Width: w.film.width, Height: w.film.height, FPS: video.FrameRate, LatentType: "f4", Picture: w.film.picture,
		Latent: func(n int) []byte { return littleEndian(w.faces[n].Latent) },
		Progress: func(step string, done, all int) {
			if now := time.Now(); now.Sub(w.told) >= time.Second {
				w.told = now
				_, _ = fmt.Fprintf(w.stderr, "%s: %d of %d frames\n", step, done, all)
			}
		},
	}
	masks, found := map[*image.Gray]int{}, 0
	for _, f := range w.faces {
		if f == nil {
			d.Frames = append(d.Frames, nil)
			continue
		}
		found++
		if _, kept := masks[f.Mask]; !kept {
			masks[f.Mask] = len(d.Masks)
			d.Masks = append(d.Masks, f.Mask)
		}
		d.Frames = append(d.Frames, &prepared.Frame{Box: prepared.Corners(f.Box), Crop: prepared.Corners(f.Crop), Mask: masks[f.Mask]})
	}
	if found == 0 {
		return fault.New(fault.Invalid, "prepare avatar", "어느 장면에서도 얼굴을 찾지 못했습니다. --box로 얼굴의 자리를 알려 주세요", errors.New("no frame has a face"))
	}
	dir := filepath.Join(p.out, p.id)
	result, err := prepared.Write(ctx, p.ffmpeg, dir, d)
	if err != nil {
		return err //nolint:wrapcheck // it says what was done
	}
	sheet := filepath.Join(dir, "preview.png")
	if err := writeSheet(sheet, w); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(stdout, "%s: %d frames of %d×%d, %d with a face, in %.0f s; %.1f MB; the worst frame keeps %.1f dB\n", dir,
		len(w.faces), w.film.width, w.film.height, found, time.Since(w.started).Seconds(), float64(result.Bytes)/1e6, math.Min(result.WorstPSNR, 99))
	_, _ = fmt.Fprintf(stdout, "look at %s: the box is green, what is drawn anew is red\n", sheet)
	return nil
}

// sentence is what a person reads of an error: the hint where there is one, and the reason.
func sentence(err error) string {
	if hint := fault.HintOf(err); hint != "" {
		return hint + " (" + err.Error() + ")"
	}
	return err.Error()
}
