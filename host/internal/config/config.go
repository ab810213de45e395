// Package config reads flags, the environment, .env and the deployment file into
// one typed value and says where a wrong one stands. It starts nothing.
package config

import (
	"fmt"
	"strings"
	"time"
)

// Config is everything that a deployment decides.
type Config struct {
	Host string
	Port int
	// DataDir holds everything that the host writes.
	DataDir string
	// PublicBaseURL makes the URLs of answers absolute; "" leaves them relative.
	PublicBaseURL string
	APIKeys       []string
	// CORSOrigins are allowed besides the local ones.
	CORSOrigins []string
	PluginDirs  []string
	AvatarRoots []string
	NativesDir  string
	// FFmpeg is the program; "" looks in NativesDir, then in PATH.
	FFmpeg string
	// AllowUnsealed admits plugins without a checksum.
	AllowUnsealed bool
	// MaxConcurrent videos are made at once, MaxQueued wait.
	MaxConcurrent, MaxQueued int
	// KeepFiles is how long answers' files stay, KeepBytes how much in all.
	KeepFiles time.Duration
	KeepBytes int64
	// DrainTimeout bounds the end: running work may finish for so long.
	DrainTimeout time.Duration
	MaxTokens    int
	Temperature  float64
	LogLevel     string
	LogJSON      bool
	// EmbeddingsURL is a server of embeddings by which questions are found; "" finds them by words alone.
	EmbeddingsURL, EmbeddingsModel, EmbeddingsKey string
	// DefaultVoice is the tts function asked first; "" takes the deployment's order.
	DefaultVoice string
	// DefaultLipsync is the lipsync function that renders.
	DefaultLipsync string
	// Chat is the chain of llm functions.
	Chat       []string
	Deployment Deployment

	// Dotenv is the file of variables in the working folder, whether it is there or not.
	Dotenv string

	// given is what each setting was given, by key.
	given map[string]given
}

// Wrong is the error of a setting whose value turns out to be wrong when it is used.
func (c *Config) Wrong(key string, err error) error { return c.given[key].wrong(key, err) }

// Waiting names the settings that have another value in next and take effect when the host starts again.
func (c *Config) Waiting(next *Config) []string {
	var names []string
	for _, s := range Settings() {
		if !s.Live() && !s.same(c.given[s.Key], next.given[s.Key]) {
			names = append(names, s.Key)
		}
	}
	return names
}

// Deployment says which plugin serves which function.
type Deployment struct {
	// Path of the file it was read from.
	Path      string
	Functions []Function
}

// Function is one entry of the deployment file.
type Function struct {
	ID     string `yaml:"id"`
	Kind   string `yaml:"kind"`
	Plugin string `yaml:"plugin"`
	// Label is the function's name for people; "" takes the plugin's title.
	Label string `yaml:"label"`
	// Settings is a JSON object for the plugin's schema.
	Settings []byte `yaml:"-"`
	// RAG says who finds questions for a language backend: "host" or, if it does so by itself, "server".
	RAG string `yaml:"rag"`
	// Missing are the variables that must be set before this function can serve.
	Missing []string `yaml:"-"`
	// Taken says where the variables stand that the entry takes values from.
	Taken []string `yaml:"-"`
	// Place is where the entry stands, for messages.
	Place  string `yaml:"-"`
	Scale  Scale  `yaml:"scale"`
	Limits Limits `yaml:"limits"`
}

// Scale bounds a function's instances; zero values leave the host's defaults.
type Scale struct {
	Min         int           `yaml:"min"`
	Max         int           `yaml:"max"`
	Concurrency int           `yaml:"concurrency"`
	Waiting     int           `yaml:"waiting"`
	Idle        time.Duration `yaml:"idle"`
	Start       time.Duration `yaml:"start"`
	Drain       time.Duration `yaml:"drain"`
	Stall       time.Duration `yaml:"stall"`
}

// Limits bound an instance's process; zero leaves the manifest's.
type Limits struct {
	MemoryMB  int `yaml:"memory_mb"`
	OpenFiles int `yaml:"open_files"`
}

// Wrong is the error of an entry that turns out to be wrong when it is used.
func (f Function) Wrong(err error) error {
	return &Error{Place: f.Place, Err: withTaken(err, f.Taken)}
}

// withTaken adds where the variables stand that a wrong value is made of.
func withTaken(err error, taken []string) error {
	if len(taken) == 0 {
		return err
	}
	return fmt.Errorf("%w (it takes values from %s)", err, strings.Join(taken, "; "))
}

// Error names a setting and the place where its value stands.
type Error struct {
	// Name is the setting, Place the file and line, the variable or the flag.
	Name, Place string
	Err         error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("%s: %v", e.Place, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", e.Place, e.Name, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
