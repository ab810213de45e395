package plugintest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/visavis-dev/visavis/sdk/plugin"
)

const (
	// startWithin bounds the handshake and the opening of the engine, each, as the host does by default.
	startWithin = 20 * time.Second
	// endWithin is how long a plugin may take to end when it is asked to.
	endWithin = 3 * time.Second
)

// instance is a running plugin.
type instance struct {
	client  *goplugin.Client
	command *exec.Cmd
	conn    *grpc.ClientConn
	temp    string
	said    *lastWords
}

// withInstance runs a case on an instance, which must outlive it.
func withInstance(ctx context.Context, s Subject, run func(in *instance) error) error {
	in, err := start(ctx, s)
	if err != nil {
		return err
	}
	defer in.close()
	if err := run(in); err != nil {
		return err
	}
	return in.alive()
}

// start starts the plugin and opens its engine.
func start(ctx context.Context, s Subject) (*instance, error) {
	in, err := launch(s)
	if err != nil {
		return nil, err
	}
	if err := in.configure(ctx, s, s.Settings); err != nil {
		in.close()
		return nil, in.said.with(err)
	}
	return in, nil
}

// launch starts the plugin without opening its engine.
func launch(s Subject) (*instance, error) {
	temp, err := os.MkdirTemp("", "plugintest")
	if err != nil {
		return nil, fmt.Errorf("make temporary folder: %w", err)
	}
	command := exec.Command(filepath.Join(s.Dir, s.Manifest.Executable), s.Manifest.Args...) //nolint:gosec,noctx // the plugin under test; its client ends it
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in := &instance{command: command, temp: temp, said: &lastWords{}}
	in.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  plugin.Handshake(),
		VersionedPlugins: map[int]goplugin.PluginSet{plugin.Protocol: {string(s.Manifest.Kind): connPlugin{}}},
		Cmd:              command,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         true,
		StartTimeout:     startWithin,
		Logger:           hclog.NewNullLogger(),
		Stderr:           in.said,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: temp},
	})
	protocol, err := in.client.Client()
	if err != nil {
		in.close()
		return nil, in.said.with(fmt.Errorf("start plugin: %w", err))
	}
	raw, err := protocol.Dispense(string(s.Manifest.Kind))
	if err != nil {
		in.close()
		return nil, fmt.Errorf("reach plugin: %w", err)
	}
	conn, ok := raw.(*grpc.ClientConn)
	if !ok {
		in.close()
		return nil, errors.New("reach plugin: no connection")
	}
	in.conn = conn
	return in, nil
}

func (in *instance) configure(ctx context.Context, s Subject, settings []byte) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	err := plugin.NewClient(in.conn).Configure(ctx, settings, plugin.Env{
		Function: "test", FFmpeg: s.FFmpeg, NativesDir: s.NativesDir, TempDir: in.temp,
		AvatarRoots: []string{filepath.Dir(s.Avatar)},
	})
	if err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	return nil
}

func (in *instance) alive() error {
	if in.client.Exited() {
		return errors.New("the plugin's process has ended")
	}
	return nil
}

// close ends the plugin with everything in its group. go-plugin would wait for one that hangs.
func (in *instance) close() {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		in.client.Kill()
	}()
	select {
	case <-ended:
	case <-time.After(endWithin):
	}
	if in.command.Process != nil {
		_ = syscall.Kill(-in.command.Process.Pid, syscall.SIGKILL)
	}
	<-ended
	_ = os.RemoveAll(in.temp)
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
