package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/joho/godotenv"
	"go.yaml.in/yaml/v3"
)

// Source says where to read from; Environ is os.Environ in a program.
type Source struct {
	// Dir is the working folder: relative paths of flags and variables start there.
	Dir string
	// File is the deployment file; "" takes VISAVIS_CONFIG, then deployment.yaml in Dir.
	File    string
	Environ []string
	// Flags are those given on the command line, by key.
	Flags map[string]string
}

// Load reads everything once. A flag beats a variable, a variable .env, and .env
// the file. Errors are *Error.
func Load(src Source) (*Config, error) {
	env, err := environment(src)
	if err != nil {
		return nil, err
	}
	file, err := readFile(filePath(src, env))
	if err != nil {
		return nil, err
	}
	c := &Config{places: map[string]string{}}
	for _, s := range Settings() {
		value, place, base := s.lookUp(src, env, file)
		c.places[s.Key] = place
		if err := s.set(c, value, base); err != nil {
			return nil, &Error{Name: s.Key, Place: place, Err: err}
		}
	}
	functions, err := file.functions(env)
	if err != nil {
		return nil, err
	}
	c.Deployment = Deployment{Path: file.path, Functions: functions}
	return c, c.settle()
}

// lookUp finds a setting's value, where it stands, and where its relative paths begin.
func (s Setting) lookUp(src Source, env variables, file *document) (value, place, base string) {
	if value, given := src.Flags[s.Key]; given {
		return value, "flag --" + s.Flag(), src.Dir
	}
	if v, set := env[s.Env]; set && v.value != "" {
		return v.value, v.place, src.Dir
	}
	if node, given := file.server[s.Key]; given {
		return scalars(&node), file.place(&node), filepath.Dir(file.path)
	}
	return s.Default, "default of " + s.Env, filepath.Dir(file.path)
}

// variable is a value with the place it comes from.
type variable struct {
	value, place string
}

type variables map[string]variable

// environment joins .env in the working folder with the process's variables, which win.
func environment(src Source) (variables, error) {
	all := variables{}
	path := filepath.Join(src.Dir, ".env")
	fromFile, err := readDotenv(path)
	if err != nil {
		return nil, err
	}
	for name, value := range fromFile {
		all[name] = variable{value: value, place: fmt.Sprintf("%s, variable %s", path, name)}
	}
	for _, entry := range src.Environ {
		for i := range len(entry) {
			if entry[i] == '=' && i > 0 {
				all[entry[:i]] = variable{value: entry[i+1:], place: "environment variable " + entry[:i]}
				break
			}
		}
	}
	return all, nil
}

// readDotenv reads lines NAME=value; a file that is not there has none.
func readDotenv(path string) (map[string]string, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // it lies in the working folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // none is a good answer
	}
	if err != nil {
		return nil, &Error{Place: path, Err: err}
	}
	text := strings.TrimPrefix(string(raw), "\ufeff") // some editors begin files so
	values, err := godotenv.Unmarshal(text)
	if err == nil {
		return values, nil
	}
	for i, line := range strings.Split(text, "\n") {
		if _, err := godotenv.Unmarshal(line); err != nil {
			path = fmt.Sprintf("%s:%d", path, i+1)
			break
		}
	}
	return nil, &Error{Place: path, Err: errors.New("not a line NAME=value")} // the cause would tell what may be secret
}

func filePath(src Source, env variables) string {
	path := src.File
	if path == "" {
		path = env["VISAVIS_CONFIG"].value
	}
	if path == "" {
		path = "deployment.yaml"
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(src.Dir, path)
	}
	return path
}

// document is the deployment file, taken apart but not yet understood.
type document struct {
	path    string
	server  map[string]yaml.Node
	entries []yaml.Node
}

// maxFile bounds the deployment file, in bytes.
const maxFile = 1 << 20

func readFile(path string) (*document, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("larger than %d bytes", maxFile)
	}
	if err != nil {
		return nil, &Error{Place: path, Err: fmt.Errorf("open deployment file: %w", err)}
	}
	raw, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, &Error{Place: path, Err: fmt.Errorf("read deployment file: %w", err)}
	}
	var top struct {
		Server    map[string]yaml.Node `yaml:"server"`
		Functions []yaml.Node          `yaml:"functions"`
	}
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return nil, &Error{Place: path, Err: err}
	}
	doc := &document{path: path}
	if err := knownKeys(&root, "server", "functions"); err != nil {
		return nil, &Error{Place: path, Err: err}
	}
	if err := root.Decode(&top); err != nil {
		return nil, &Error{Place: path, Err: err}
	}
	doc.server, doc.entries = top.Server, top.Functions
	return doc, doc.checkServer()
}

func (d *document) checkServer() error {
	known := map[string]bool{}
	for _, s := range Settings() {
		known[s.Key] = true
	}
	for key, node := range d.server {
		if !known[key] {
			return &Error{Name: key, Place: d.place(&node), Err: errors.New("no such setting")}
		}
	}
	return nil
}

func (d *document) place(node *yaml.Node) string { return fmt.Sprintf("%s:%d", d.path, node.Line) }
