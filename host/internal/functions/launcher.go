package functions

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"

	"github.com/visavis-dev/visavis/host/internal/process"
	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// Running is a started plugin with its engine open: how to reach it, how it is, how to end it.
type Running interface {
	Life
	Conn() grpc.ClientConnInterface
	PID() int
	Ping(ctx context.Context) error
	// Calls counts the calls that the engine is in.
	Calls(ctx context.Context) (int, error)
}

// Life is the end of a running plugin.
type Life interface {
	// Done is closed when the process has ended, Err then says how.
	Done() <-chan struct{}
	Err() error
	// Close ends it politely, then by force; Kill at once.
	Close()
	Kill()
}

// Launcher starts plugins.
type Launcher interface {
	Launch(ctx context.Context, w Wanted) (Running, error)
}

// Wanted says which instance to start.
type Wanted struct {
	Function Function
	Manifest *manifest.Manifest
	// Dir holds the manifest and the executable, whose checksum is Sum.
	Dir, Sum string
}

// ProcessLauncher starts plugins as processes.
type ProcessLauncher struct {
	// Env is handed to every engine; its logger, function and temporary folder are the instance's own.
	Env plugin.Env
	// TempDir is where instances get their folders.
	TempDir string
	Logger  hclog.Logger
	Warden  *process.Warden
}

// Launch implements Launcher.
func (l *ProcessLauncher) Launch(ctx context.Context, w Wanted) (Running, error) {
	limit := func(own, general int) int {
		if own > 0 {
			return own
		}
		return general
	}
	p, err := process.Start(ctx, process.Options{
		Path: filepath.Join(w.Dir, w.Manifest.Executable), Args: w.Manifest.Args, SHA256: w.Sum,
		Kind: w.Manifest.Kind, Protocols: w.Manifest.Protocols,
		MemoryMB:  limit(w.Function.MemoryMB, w.Manifest.Limits.MemoryMB),
		OpenFiles: limit(w.Function.OpenFiles, w.Manifest.Limits.OpenFiles),
		TempDir:   l.TempDir, StartTimeout: w.Function.Scale.Start,
		Logger: l.Logger.Named(w.Manifest.Name), Warden: l.Warden,
	})
	if err != nil {
		return nil, fmt.Errorf("launch plugin: %w", err)
	}
	env := l.Env
	env.Function, env.TempDir = w.Function.ID, p.TempDir()
	if err := plugin.NewClient(p.Conn()).Configure(ctx, w.Function.settings(), env); err != nil {
		if hasDied(p, err) {
			err = errors.Join(err, p.Err()) // its last words tell more
		}
		p.Kill()
		return nil, fmt.Errorf("open engine: %w", err)
	}
	return p, nil
}

var (
	_ Launcher = (*ProcessLauncher)(nil)
	_ Running  = (*process.Process)(nil)
)
