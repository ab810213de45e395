package main

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/prepare"
	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/raster"
)

// The preview sheet: so many frames, in rows of four, each so wide.
const (
	sheetFrames, sheetColumns = 12, 4
	sheetWidth                = 320
)

// writeSheet draws frames from all over a film, with their boxes and masks.
func writeSheet(path string, w *work) error {
	count := min(sheetFrames, len(w.faces))
	rows := (count + sheetColumns - 1) / sheetColumns
	high := w.film.height * sheetWidth / w.film.width
	sheet := image.NewNRGBA(image.Rect(0, 0, sheetWidth*min(count, sheetColumns), high*rows))
	for i := range count {
		n := i * len(w.faces) / count
		pix, err := w.film.picture(n)
		if err != nil {
			return err
		}
		p := raster.Picture{Width: w.film.width, Height: w.film.height, Channels: 3, Pix: pix}
		if w.faces[n] != nil {
			mark(p, w.faces[n])
		}
		p = p.Resample(sheetWidth, high, raster.Bilinear())
		for y := range high {
			for x := range sheetWidth {
				at := p.Pix[3*(y*sheetWidth+x):]
				sheet.SetNRGBA(i%sheetColumns*sheetWidth+x, i/sheetColumns*high+y, color.NRGBA{R: at[2], G: at[1], B: at[0], A: 255})
			}
		}
	}
	file, err := os.Create(path) //nolint:gosec // in the pack's own folder
	if err != nil {
		return fmt.Errorf("write preview: %w", err)
	}
	if err := errors.Join(png.Encode(file, sheet), file.Close()); err != nil {
		return fmt.Errorf("write preview: %w", err)
	}
	return nil
}

// mark colours what is drawn anew and frames the box.
func mark(p raster.Picture, f *prepare.Face) {
	whole := image.Rect(0, 0, p.Width, p.Height)
	area := f.Crop.Intersect(whole)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			m := int(f.Mask.Pix[(y-f.Crop.Min.Y)*f.Mask.Stride+x-f.Crop.Min.X])
			at := p.Pix[3*(y*p.Width+x):]
			at[2] = byte(int(at[2]) + (255-int(at[2]))*m/510) //nolint:gosec // between two bytes
		}
	}
	for y := f.Box.Min.Y; y < f.Box.Max.Y; y++ {
		for x := f.Box.Min.X; x < f.Box.Max.X; x++ {
			if min(x-f.Box.Min.X, f.Box.Max.X-1-x, y-f.Box.Min.Y, f.Box.Max.Y-1-y) < 2 {
				copy(p.Pix[3*(y*p.Width+x):], []byte{0, 255, 0})
			}
		}
	}
}
