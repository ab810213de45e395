package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

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
	c := &Config{Dotenv: dotenvPath(src), given: map[string]given{}}
	for _, s := range Settings() {
		g, err := s.lookUp(src, env, file)
		if err != nil {
			return nil, g.wrong(s.Key, err)
		}
		c.given[s.Key] = g
		if err := s.set(c, g.value, g.base); err != nil {
			return nil, g.wrong(s.Key, err)
		}
	}
	functions, err := file.functions(env)
	if err != nil {
		return nil, err
	}
	c.Deployment = Deployment{Path: file.path, Functions: functions}
	return c, c.settle()
}

// given is what a setting was given, and where.
type given struct {
	// base is where relative paths in value begin.
	value, place, base string
	// taken are the places of the variables whose values were put in.
	taken []string
}

func (g given) wrong(key string, err error) error {
	return &Error{Name: key, Place: g.place, Err: withTaken(err, g.taken)}
}

// lookUp finds a setting's value. One that the file leaves empty is not given.
func (s Setting) lookUp(src Source, env variables, file *document) (given, error) {
	if value, is := src.Flags[s.Key]; is {
		return given{value: value, place: "flag --" + s.Flag(), base: src.Dir}, nil
	}
	if v, set := env[s.Env]; set && v.value != "" {
		return given{value: v.value, place: v.place, base: src.Dir}, nil
	}
	if node, is := file.server[s.Key]; is {
		g, err := file.setting(s.Key, &node, env)
		if err != nil || g.value != "" {
			return g, err
		}
	}
	return given{value: s.Default, place: "default of " + s.Env, base: filepath.Dir(file.path)}, nil
}

// variable is a value with the place it comes from.
type variable struct {
	value, place string
}

type variables map[string]variable

// environment joins .env in the working folder with the process's variables, which win.
func environment(src Source) (variables, error) {
	all := variables{}
	path := dotenvPath(src)
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
	if root.Kind == 0 {
		return nil, &Error{Place: path, Err: errors.New("the file is empty, it has to name functions")}
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
