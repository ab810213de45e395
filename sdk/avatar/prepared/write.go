package prepared

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/visavis-dev/visavis/sdk/avatar/sealed"
	"github.com/visavis-dev/visavis/sdk/video"
)

const (
	// leastPSNR is what the worst frame of a film must reach, in dB.
	leastPSNR = 45
	// firstQP reaches it for most films; a film that fails is written again, better by as much as it lacks.
	firstQP = 26
	// stepPSNR is what one step of the quantizer brings, in dB: six of them halve the error's amplitude, or nearly.
	stepPSNR = 0.75
)

// Draft is a pack to be written.
type Draft struct {
	ID, Model     string
	Width, Height int
	FPS           float64
	LatentType    string
	Frames        []*Frame
	Masks         []*image.Gray
	// Latent gives the elements of a frame's latent; it is asked for frames with a face.
	Latent func(n int) []byte
	// Picture gives a frame as blue, green and red. It is asked for each frame in order, more than once.
	Picture func(n int) ([]byte, error)
	// Progress, if any, is told how much is done.
	Progress func(step string, done, all int)
}

// Result is what was written.
type Result struct {
	// WorstPSNR is that of the film's worst frame in dB, +Inf when it is exact.
	WorstPSNR float64
	// Bytes of all files.
	Bytes int64
}

// Write makes a pack's folder, which must not be there yet. It appears when it is whole.
func Write(ctx context.Context, ffmpeg, dir string, d Draft) (r Result, err error) {
	if d.Progress == nil {
		d.Progress = func(string, int, int) {}
	}
	if (&Manifest{LatentType: d.LatentType}).latentSize() == 0 {
		return r, fmt.Errorf("write avatar: latents of type %q are not known", d.LatentType)
	}
	err = sealed.Make(dir, false, func(temporary string) error {
		w := &writer{dir: temporary, draft: d, ffmpeg: ffmpeg, m: Manifest{
			Format: Format, Version: Version, ID: d.ID, Model: d.Model, Width: d.Width, Height: d.Height, FPS: d.FPS,
			Film: "frames.mp4", Latents: "latents.bin", LatentType: d.LatentType, Frames: d.Frames,
		}}
		if r.WorstPSNR, err = w.film(ctx); err != nil {
			return err
		}
		if err := errors.Join(w.latents(), w.masks()); err != nil {
			return err
		}
		r.Bytes, err = w.manifest()
		return err
	})
	return r, err
}

// writer writes into a folder that is not seen yet.
type writer struct {
	dir    string
	draft  Draft
	ffmpeg string
	m      Manifest
}

// film writes the film until its worst frame is good enough.
func (w *writer) film(ctx context.Context) (worst float64, err error) {
	for qp := firstQP; ; {
		f := video.Film{File: filepath.Join(w.dir, w.m.Film), Width: w.m.Width, Height: w.m.Height, FPS: w.m.FPS, QP: max(0, qp)}
		if err := f.Write(ctx, w.ffmpeg, len(w.m.Frames), w.counted("film")); err != nil {
			return 0, err //nolint:wrapcheck // it says what was done
		}
		if worst, err = w.compare(ctx, f); err != nil {
			return 0, err
		}
		if worst >= leastPSNR {
			return worst, nil
		}
		if qp <= 0 {
			return 0, fmt.Errorf("the film reaches %.1f dB at best, not %d", worst, leastPSNR)
		}
		qp -= int(math.Ceil((leastPSNR - worst) / stepPSNR))
	}
}

// counted tells of pictures as they are asked for.
func (w *writer) counted(step string) func(int) ([]byte, error) {
	return func(n int) ([]byte, error) {
		w.draft.Progress(step, n, len(w.m.Frames))
		return w.draft.Picture(n)
	}
}

// compare reads the film again and gives its worst frame's PSNR.
func (w *writer) compare(ctx context.Context, f video.Film) (float64, error) {
	worst, seen := math.Inf(1), 0
	original := w.counted("check")
	err := f.Read(ctx, w.ffmpeg, func(n int, picture []byte) error {
		if n >= len(w.m.Frames) {
			return errors.New("the film has more frames than were written")
		}
		want, err := original(n)
		if err != nil {
			return err
		}
		worst, seen = min(worst, psnr(want, picture)), n+1
		return nil
	})
	if err == nil && seen != len(w.m.Frames) {
		err = fmt.Errorf("the film has %d frames of %d", seen, len(w.m.Frames))
	}
	return worst, err
}

// psnr is the peak signal-to-noise ratio of two pictures of 8 bits, in dB.
func psnr(a, b []byte) float64 {
	var sum int64
	for i := range a {
		d := int64(a[i]) - int64(b[i])
		sum += d * d
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255*float64(len(a))/float64(sum))
}

func (w *writer) latents() error {
	return w.create(w.m.Latents, func(out io.Writer) error {
		for n, f := range w.m.Frames {
			if f == nil {
				continue
			}
			raw := w.draft.Latent(n)
			if len(raw) != w.m.latentSize() {
				return fmt.Errorf("the latent of frame %d has %d bytes", n, len(raw))
			}
			if _, err := out.Write(raw); err != nil {
				return fmt.Errorf("write latents: %w", err)
			}
		}
		return nil
	})
}

func (w *writer) masks() error {
	for n, mask := range w.draft.Masks {
		name := fmt.Sprintf("mask-%06d.png", n)
		if err := w.create(name, func(out io.Writer) error { return png.Encode(out, mask) }); err != nil {
			return err
		}
		w.m.Masks = append(w.m.Masks, name)
	}
	return nil
}

// create writes a file.
func (w *writer) create(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(filepath.Join(w.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // packs are read by all
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// manifest writes prepared.json, last, and tells how much was written in all.
func (w *writer) manifest() (total int64, err error) {
	if w.m.Files, err = sealed.List(w.dir); err != nil {
		return 0, err //nolint:wrapcheck // it says what was done
	}
	if err := w.m.check(); err != nil {
		return 0, err
	}
	length, err := sealed.WriteManifest(filepath.Join(w.dir, Filename), w.m)
	return w.m.Files.Bytes() + length, err //nolint:wrapcheck // as above
}
