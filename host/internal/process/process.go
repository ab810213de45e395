// Package process runs one plugin process: start, handshake, limits, and an end that always comes,
// for the process and everything it started. It knows nothing of functions.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/visavis-dev/visavis/sdk/manifest"
	"github.com/visavis-dev/visavis/sdk/plugin"
)

// killGrace is how long a plugin has to end by itself after it was asked to.
const killGrace = 2 * time.Second

// endTimeout is how long a killed process is waited for.
const endTimeout = 10 * time.Second

// Why a plugin does not start, where it is known: its executable is not the one that its manifest names, it speaks no
// version that this host does, or what it says first is no handshake.
var (
	ErrChecksum  = errors.New("checksum of the executable is not the manifest's")
	ErrProtocol  = errors.New("plugin speaks another protocol")
	ErrHandshake = errors.New("plugin does not shake hands")
)

// Options say what to start and within which bounds.
type Options struct {
	// Path is the executable, Args its arguments.
	Path string
	Args []string
	// SHA256 of the executable in hex; "" is not checked.
	SHA256 string
	// Kind is the contract to speak, Protocols the versions that the manifest names.
	Kind      manifest.Kind
	Protocols []int
	// Env are variables in addition to the few that every program needs.
	Env []string
	// MemoryMB bounds the private writable memory in MiB, OpenFiles the descriptors; 0 does not.
	MemoryMB, OpenFiles int
	// TempDir is where the process's own folder is made; /tmp is taken when a socket's path would not fit below it.
	TempDir string
	// StartTimeout bounds the time to the handshake.
	StartTimeout time.Duration
	Logger       hclog.Logger
	// Warden ends the process when the host is killed; it may be nil.
	Warden *Warden
}

// Process is a running plugin. It owns its process group and its temporary folder. Close ends both; all
// methods are safe for concurrent use.
type Process struct {
	client *goplugin.Client
	runner *group
	conn   *grpc.ClientConn
	dir    string
	close  sync.Once
}

// Start starts a plugin and shakes hands with it. When ctx ends first, the process is ended.
func Start(ctx context.Context, o Options) (*Process, error) {
	if err := verify(o); err != nil {
		return nil, err
	}
	dir, err := makeDir(o.TempDir)
	if err != nil {
		return nil, err
	}
	p := &Process{dir: dir, runner: newGroup(o, dir)}
	if err := p.handshake(ctx, o); err != nil {
		p.Kill()
		// What the program said when it ended tells more than the missing handshake.
		var exit *ExitError
		if errors.As(p.Err(), &exit) && exit.Signal != syscall.SIGKILL && ctx.Err() == nil {
			err = exit
		}
		return nil, fmt.Errorf("start %s: %w", filepath.Base(o.Path), err)
	}
	return p, nil
}

// maxSocketDir is the longest folder below which go-plugin's folder and socket still fit into the 107 bytes of a socket's address.
const maxSocketDir = 107 - len("/plugin-dir4294967295/plugin4294967295")

func makeDir(parent string) (string, error) {
	if len(parent)+len("/p4294967295") > maxSocketDir {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "p")
	if err != nil {
		return "", fmt.Errorf("make folder of plugin: %w", err)
	}
	return dir, nil
}

// verify checks what can be known without starting anything.
func verify(o Options) error {
	if !slices.Contains(o.Protocols, plugin.Protocol) {
		return fmt.Errorf("%w: version %v, this host %d", ErrProtocol, o.Protocols, plugin.Protocol)
	}
	if o.SHA256 == "" {
		return nil
	}
	sum, err := manifest.Checksum(o.Path)
	if err != nil {
		return fmt.Errorf("check executable: %w", err)
	}
	if !strings.EqualFold(sum, o.SHA256) {
		return ErrChecksum
	}
	return nil
}

// handshake runs go-plugin's blocking start beside ctx.
func (p *Process) handshake(ctx context.Context, o Options) error {
	secret, err := newCertificate()
	if err != nil {
		return err
	}
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  plugin.Handshake(),
		VersionedPlugins: map[int]goplugin.PluginSet{plugin.Protocol: {string(o.Kind): connPlugin{}}},
		RunnerFunc: func(_ hclog.Logger, command *exec.Cmd, _ string) (runner.Runner, error) {
			p.runner.env = append(baseEnv(p.dir), append(o.Env, command.Env...)...)
			p.runner.env = append(p.runner.env, "PLUGIN_CLIENT_CERT="+secret.pem)
			return p.runner, nil
		},
		SkipHostEnv:      true,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		TLSConfig:        secret.client,
		StartTimeout:     o.StartTimeout,
		Logger:           quietLogger{o.Logger},
		SyncStdout:       p.runner.log,
		SyncStderr:       p.runner.log,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: p.dir},
		GRPCDialOptions:  []grpc.DialOption{grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16 << 20))},
	})
	shaken := make(chan error, 1)
	go func() { shaken <- p.connect(string(o.Kind)) }()
	select {
	case err := <-shaken:
		return err
	case <-ctx.Done():
		p.runner.end()
		return fmt.Errorf("shake hands: %w", errors.Join(ctx.Err(), <-shaken))
	}
}

func (p *Process) connect(kind string) error {
	rpc, err := p.client.Client()
	if err != nil {
		return fmt.Errorf("shake hands: %w", kindOf(err))
	}
	dispensed, err := rpc.Dispense(kind)
	if err != nil {
		return fmt.Errorf("find contract %s: %w", kind, err)
	}
	conn, ok := dispensed.(*grpc.ClientConn)
	if !ok {
		return errors.New("plugin gave no connection")
	}
	p.conn = conn
	return nil
}

// kindOf knows go-plugin's errors by their texts, which it gives no other form.
func kindOf(err error) error {
	text := err.Error()
	switch {
	case strings.HasPrefix(text, "incompatible API version"), strings.HasPrefix(text, "incompatible core API version"),
		strings.HasPrefix(text, "unsupported plugin protocol"):
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	case strings.HasPrefix(text, "Unrecognized remote plugin message"):
		return fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	return err
}

// Conn speaks to the plugin; it dies with the process.
func (p *Process) Conn() grpc.ClientConnInterface { return p.conn }

// PID is the process's id and that of its group.
func (p *Process) PID() int { return p.runner.pid() }

// TempDir is the process's own folder.
func (p *Process) TempDir() string { return p.dir }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.runner.done }

// Err says how the process ended; nil while it runs.
func (p *Process) Err() error {
	select {
	case <-p.runner.done:
		return p.runner.exit
	default:
		return nil
	}
}

// Ping asks the plugin for a sign of life. go-plugin's own takes no context.
func (p *Process) Ping(ctx context.Context) error {
	answer, err := healthpb.NewHealthClient(p.conn).Check(ctx, &healthpb.HealthCheckRequest{Service: goplugin.GRPCServiceName})
	if err != nil {
		return fmt.Errorf("ping plugin: %w", err)
	}
	if state := answer.GetStatus(); state != healthpb.HealthCheckResponse_SERVING {
		return fmt.Errorf("ping plugin: it says %v", state)
	}
	return nil
}

// Calls counts the calls that the engine is in.
func (p *Process) Calls(ctx context.Context) (int, error) {
	return plugin.NewClient(p.conn).Calls(ctx) //nolint:wrapcheck // a fault already
}

// Close asks the plugin to end, waits a little, and kills what is left of its group.
// It returns when the process is gone.
func (p *Process) Close() {
	p.close.Do(func() {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			p.client.Kill()
		}()
		timer := time.NewTimer(killGrace)
		defer timer.Stop()
		select {
		case <-ended:
		case <-timer.C:
		}
		p.end(ended)
	})
}

// Kill ends the process and its group at once.
func (p *Process) Kill() {
	p.close.Do(func() {
		ended := make(chan struct{})
		p.runner.end()
		go func() {
			defer close(ended)
			if p.client != nil {
				p.client.Kill()
			}
		}()
		p.end(ended)
	})
}

// end kills the group, which unblocks go-plugin, and removes the folder.
func (p *Process) end(ended <-chan struct{}) {
	p.runner.end()
	timer := time.NewTimer(endTimeout)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C: // only a process that the kernel cannot end (stuck in a device) comes here
		p.runner.options.Logger.Error("plugin's process does not end", "pid", p.PID())
	}
	_ = os.RemoveAll(p.dir)
}

// connPlugin gives the plain connection; the kinds' packages make clients of it.
type connPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
}

// GRPCServer implements goplugin.GRPCPlugin; a host serves none.
func (connPlugin) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error { return nil }

// GRPCClient implements goplugin.GRPCPlugin.
func (connPlugin) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
