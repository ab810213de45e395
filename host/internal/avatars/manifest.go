package avatars

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/visavis-dev/visavis/sdk/avatar"
	"github.com/visavis-dev/visavis/sdk/avatar/moving"
	"github.com/visavis-dev/visavis/sdk/avatar/prepared"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// Manifest gives the name of the one manifest that a pack's folder holds. No folder, and one without a manifest, is fault.NotFound; one
// with several, of which an engine might take another than is meant, is fault.Invalid.
func Manifest(dir string) (string, error) {
	const op = "find manifest"
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", fault.New(fault.NotFound, op, "", errors.New("there is no such folder"))
	}
	all := []string{avatar.Filename, moving.Filename, prepared.Filename}
	var found []string
	for _, name := range all {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", fault.New(fault.NotFound, op, "", fmt.Errorf("it holds none of %s", strings.Join(all, ", ")))
	case 1:
		return found[0], nil
	}
	return "", fault.New(fault.Invalid, op, "", fmt.Errorf("it holds %s, of which a pack has one alone", strings.Join(found, " and ")))
}
