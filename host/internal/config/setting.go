package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting is one scalar of the configuration: a flag, a variable and a key of the file.
type Setting struct {
	// Key is the name in the file's server section; the flag is Key with dashes.
	Key string
	// Env is the variable.
	Env     string
	Default string
	Usage   string
	set     func(c *Config, value string, base string) error
}

// Flag is the setting's name on the command line.
func (s Setting) Flag() string { return strings.ReplaceAll(s.Key, "_", "-") }

// Live tells whether a change takes effect while the host runs.
func (s Setting) Live() bool {
	return slices.Contains([]string{"tts", "lipsync", "chat", "max_tokens", "temperature"}, s.Key)
}

// Switch tells whether the setting is on or off: its flag needs no value.
func (s Setting) Switch() bool { return s.Default == "true" || s.Default == "false" }

// same tells whether two values mean the same.
func (s Setting) same(a, b given) bool {
	var x, y Config
	return s.set(&x, a.value, a.base) == nil && s.set(&y, b.value, b.base) == nil && reflect.DeepEqual(x, y)
}

// keysKey is the setting that decides whether anybody is asked for a key.
const keysKey = "api_keys"

// Settings lists all of them in the order of --help.
func Settings() []Setting {
	return slices.Concat(serverSettings(), engineSettings(), boundSettings())
}

func serverSettings() []Setting {
	return []Setting{
		{"host", "HOST", "127.0.0.1", "address to listen on; 0.0.0.0 serves the network", text(func(c *Config) *string { return &c.Host })},
		{"port", "PORT", "5000", "port to listen on", number(func(c *Config) *int { return &c.Port }, 0, 65535)},
		{"data_dir", "DATA_DIR", "data", "folder for everything that is written", path(func(c *Config) *string { return &c.DataDir })},
		{"public_base_url", "PUBLIC_BASE_URL", "", "makes URLs in answers absolute, for example https://avatar.example", address(func(c *Config) *string { return &c.PublicBaseURL })},
		{keysKey, "API_KEYS", "", "keys that clients must present, separated by commas; none serves everybody", keys},
		{"cors_origins", "CORS_ORIGINS", "", "origins allowed besides the local ones, separated by commas; * allows all", origins},
		{"log_level", "LOG_LEVEL", "info", "trace, debug, info, warn or error", oneOf(func(c *Config) *string { return &c.LogLevel }, "trace", "debug", "info", "warn", "error")},
		{"log_json", "LOG_JSON", "false", "log as JSON lines", boolean(func(c *Config) *bool { return &c.LogJSON })},
	}
}

func engineSettings() []Setting {
	return []Setting{
		{"plugin_dirs", "PLUGIN_DIRS", "build/plugins", "folders whose subfolders are plugins, separated by commas", paths(func(c *Config) *[]string { return &c.PluginDirs })},
		{"avatar_roots", "AVATAR_ROOTS", "precomputed", "folders that hold avatar packs, separated by commas", paths(func(c *Config) *[]string { return &c.AvatarRoots })},
		{"natives_dir", "NATIVES_DIR", "build/natives", "folder of fetched native libraries", path(func(c *Config) *string { return &c.NativesDir })},
		{"ffmpeg", "FFMPEG", "", "ffmpeg program; empty looks in natives_dir, then in PATH", path(func(c *Config) *string { return &c.FFmpeg })},
		{"allow_unsealed", "ALLOW_UNSEALED", "false", "admit plugins whose manifest has no checksum", boolean(func(c *Config) *bool { return &c.AllowUnsealed })},
		{"tts", "TTS_ENGINE", "", "speech function used when a request names none; empty takes the first that is configured", text(func(c *Config) *string { return &c.DefaultVoice })},
		{"lipsync", "LIPSYNC_ENGINE", "", "lipsync function that renders; empty takes the first of the deployment", text(func(c *Config) *string { return &c.DefaultLipsync })},
		{"chat", "LLM_CHAIN", "", "language functions in the order they are asked; empty takes the deployment's order", list(func(c *Config) *[]string { return &c.Chat })},
		{"embeddings_url", "EMBEDDINGS_URL", "", "address of /v1/embeddings, by which questions are found besides their words", address(func(c *Config) *string { return &c.EmbeddingsURL })},
		{"embeddings_model", "EMBEDDINGS_MODEL", "", "its model", text(func(c *Config) *string { return &c.EmbeddingsModel })},
		{"embeddings_key", "EMBEDDINGS_KEY", "", "its key, if it wants one", text(func(c *Config) *string { return &c.EmbeddingsKey })},
	}
}

func boundSettings() []Setting {
	return []Setting{
		{"max_concurrent", "MAX_CONCURRENT", "3", "videos made at once", number(func(c *Config) *int { return &c.MaxConcurrent }, 1, 1000)},
		{"max_queued", "MAX_QUEUED", "32", "videos that may wait", number(func(c *Config) *int { return &c.MaxQueued }, 0, 100000)},
		{"keep_files", "KEEP_FILES", "24h", "how long sound and video files stay", duration(func(c *Config) *time.Duration { return &c.KeepFiles }, time.Minute)},
		{"keep_mb", "KEEP_MB", "10240", "how much they may take in all, in MiB", megabytes},
		{"drain_timeout", "DRAIN_TIMEOUT", "30s", "how long running work may go on at the end", duration(func(c *Config) *time.Duration { return &c.DrainTimeout }, 0)},
		{"max_tokens", "LLM_MAX_TOKENS", "200", "length of an answer", number(func(c *Config) *int { return &c.MaxTokens }, 1, 100000)},
		{"temperature", "LLM_TEMPERATURE", "0.7", "variety of answers, 0 to 2", temperature},
	}
}

func text(field func(*Config) *string) func(*Config, string, string) error {
	return func(c *Config, value, _ string) error {
		*field(c) = value
		return nil
	}
}

// path takes a relative path from base: the folder of the file that names it, or the working folder.
func path(field func(*Config) *string) func(*Config, string, string) error {
	return func(c *Config, value, base string) error {
		if value != "" && !filepath.IsAbs(value) {
			value = filepath.Join(base, value)
		}
		*field(c) = value
		return nil
	}
}

func list(field func(*Config) *[]string) func(*Config, string, string) error {
	return func(c *Config, value, _ string) error {
		*field(c) = split(value)
		return nil
	}
}

// keys refuses a value without any: whoever gives one does not want to serve everybody.
func keys(c *Config, value, _ string) error {
	c.APIKeys = split(value)
	if value != "" && len(c.APIKeys) == 0 {
		return errors.New("there is no key in it")
	}
	return nil
}

func origins(c *Config, value, _ string) error {
	c.CORSOrigins = nil
	for _, origin := range split(value) {
		u, err := url.Parse(origin)
		if origin != "*" && (err != nil || u.Scheme == "" || u.Host == "" || strings.TrimSuffix(u.Path, "/") != "" || u.RawQuery != "") {
			return fmt.Errorf("%q is neither * nor an origin such as https://app.example", origin)
		}
		c.CORSOrigins = append(c.CORSOrigins, strings.TrimSuffix(origin, "/"))
	}
	return nil
}

func paths(field func(*Config) *[]string) func(*Config, string, string) error {
	return func(c *Config, value, base string) error {
		all := split(value)
		for i, p := range all {
			if !filepath.IsAbs(p) {
				all[i] = filepath.Join(base, p)
			}
		}
		*field(c) = all
		return nil
	}
}

func split(value string) []string {
	var all []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

func number(field func(*Config) *int, least, most int) func(*Config, string, string) error {
	return func(c *Config, value, _ string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > most {
			return fmt.Errorf("%q is not a whole number from %d to %d", value, least, most)
		}
		*field(c) = n
		return nil
	}
}

func boolean(field func(*Config) *bool) func(*Config, string, string) error {
	return func(c *Config, value, _ string) error {
		b, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", value)
		}
		*field(c) = b
		return nil
	}
}

func duration(field func(*Config) *time.Duration, least time.Duration) func(*Config, string, string) error {
	return func(c *Config, value, _ string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d < least {
			return fmt.Errorf("%q is not a time such as 90s or 24h (at least %v)", value, least)
		}
		*field(c) = d
		return nil
	}
}

func oneOf(field func(*Config) *string, allowed ...string) func(*Config, string, string) error {
	return func(c *Config, value, _ string) error {
		if !slices.Contains(allowed, value) {
			return fmt.Errorf("%q is none of %s", value, strings.Join(allowed, ", "))
		}
		*field(c) = value
		return nil
	}
}

func megabytes(c *Config, value, _ string) error {
	n, err := strconv.ParseInt(value, 10, 40)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a number of MiB", value)
	}
	c.KeepBytes = n << 20
	return nil
}

func temperature(c *Config, value, _ string) error {
	t, err := strconv.ParseFloat(value, 64)
	if err != nil || !(t >= 0 && t <= 2) {
		return fmt.Errorf("%q is not a number from 0 to 2", value)
	}
	c.Temperature = t
	return nil
}

// address takes an http or https address without its last slash.
func address(field func(*Config) *string) func(*Config, string, string) error {
	return func(c *Config, value, _ string) error {
		if value == "" {
			return nil
		}
		u, err := url.Parse(value)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return errors.New("not an http or https address")
		}
		*field(c) = strings.TrimSuffix(value, "/")
		return nil
	}
}
