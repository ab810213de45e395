package arrays

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/visavis-dev/visavis/host/internal/pickle"
)

// maxFile bounds a part of a torch file in memory: the latents of 50,000 frames take 800 MB.
const maxFile = 1 << 30

// DecodeTorch reads a file of torch.save: a zip of a pickle and of the storages that it names. Values that refer to them
// are understood by Torch with the second result.
func DecodeTorch(r io.ReaderAt, size int64) (pickle.Value, Storages, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, nil, fmt.Errorf("read torch file: %w", err)
	}
	parts := map[string]*zip.File{}
	for _, f := range archive.File {
		if top, name, ok := strings.Cut(f.Name, "/"); ok && top != "" {
			parts[name] = f
		}
	}
	if order, err := part(parts, "byteorder"); err == nil && string(order) != "little" {
		return nil, nil, errors.New("read torch file: it is not little-endian")
	}
	raw, err := part(parts, "data.pkl")
	if err != nil {
		return nil, nil, err
	}
	v, _, err := pickle.Decode(raw, pickle.Options{Allow: Allow, References: true})
	if err != nil {
		return nil, nil, fmt.Errorf("read torch file: %w", err)
	}
	known := map[string][]byte{}
	return v, func(key string) ([]byte, error) {
		if data, read := known[key]; read {
			return data, nil // tensors may share it
		}
		data, err := part(parts, path.Join("data", key))
		known[key] = data
		return data, err
	}, nil
}

// part reads one file of the archive. Torch does not compress; what is compressed may be a bomb.
func part(parts map[string]*zip.File, name string) ([]byte, error) {
	f := parts[name]
	if f == nil {
		return nil, fmt.Errorf("read torch file: it has no %.80q", name)
	}
	if f.Method != zip.Store || f.UncompressedSize64 > maxFile || f.UncompressedSize64 != f.CompressedSize64 {
		return nil, fmt.Errorf("read torch file: %.80q is compressed or too large", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("read torch file: %w", err)
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read torch file: %w", err)
	}
	return data, nil
}
