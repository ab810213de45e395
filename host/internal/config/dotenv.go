package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/joho/godotenv"
)

func dotenvPath(src Source) string { return filepath.Join(src.Dir, ".env") }

// readDotenv reads lines NAME=value; a file that is not there has none.
func readDotenv(path string) (map[string]string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // none is a good answer
	}
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("larger than %d bytes", maxFile)
	}
	if err != nil {
		return nil, &Error{Place: path, Err: err}
	}
	raw, err := os.ReadFile(path) //nolint:gosec // it lies in the working folder
	if err != nil {
		return nil, &Error{Place: path, Err: err}
	}
	text := strings.TrimPrefix(string(raw), "\ufeff") // some editors begin files so
	values, whole := assignments(text)
	if !whole {
		path = fmt.Sprintf("%s:%d", path, wrongLine(strings.Split(text, "\n")))
		return nil, &Error{Place: path, Err: errors.New("not a line NAME=value")} // the cause would tell what may be secret
	}
	return values, nil
}

// assignments are those of a text; whole is false when something in it is none.
func assignments(text string) (values map[string]string, whole bool) {
	values, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, false
	}
	for name := range values {
		if name == "" || strings.ContainsAny(name, " \t") {
			return nil, false
		}
	}
	return values, true
}

// maxLines bounds a value that goes over several lines, while a wrong one is looked for.
const maxLines = 200

// wrongLine is the number of the first line with which no assignment begins.
func wrongLine(lines []string) int {
	begin := 0
	for end := 1; end <= len(lines) && end-begin <= maxLines; end++ {
		if _, whole := assignments(strings.Join(lines[begin:end], "\n")); whole {
			begin = end
		}
	}
	return begin + 1
}
