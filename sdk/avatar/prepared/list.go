package prepared

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/video"
)

// List finds the packs under root, at most two folders deep, by reading their manifests alone. Broken packs are left out
// and reported in errs.
func List(root string) (packs []avatar.Info, errs []error) { return avatar.Find(root, Filename, look) }

// look tells what a listing tells of a pack.
func look(dir string) (avatar.Info, error) {
	m, err := readManifest(dir)
	if err != nil {
		return avatar.Info{}, err
	}
	if err := m.Files.Present(dir); err != nil {
		return avatar.Info{}, broken(err)
	}
	return avatar.Info{
		ID: m.ID, Path: dir, Source: dir, Format: fmt.Sprintf("%s/%d", Format, Version), Width: m.Width &^ 1, Height: m.Height &^ 1,
	}, nil
}

// Preview gives the film's first frame as JPEG, in the size of the pack's videos.
func Preview(ctx context.Context, dir, ffmpeg string) ([]byte, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	film := filepath.Join(dir, m.Film)
	if info, err := os.Lstat(film); err != nil || !info.Mode().IsRegular() {
		return nil, fault.New(fault.Invalid, "preview avatar", "", fmt.Errorf("%q is no plain file", m.Film))
	}
	return video.Still(ctx, ffmpeg, film, m.Width&^1, m.Height&^1) //nolint:wrapcheck // it says what was done
}
