package plugin

import (
	"context"
	"io"
	"os"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pluginv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/plugin/v1"
)

// maxMessage bounds what a plugin receives in one message; gRPC's own default is 4 MiB.
const maxMessage = 16 << 20

// Open makes an engine from its settings; one that is nil fails the start. ctx lasts as long as the plugin does. An error
// should carry a fault.Kind: Unconfigured or Invalid for settings, Unavailable
// for a library or a server that is not there.
type Open[C, E any] func(ctx context.Context, settings C, env Env) (E, error)

// Register adds the service of a kind to a server; engine gives the engine once it is open.
type Register[E any] func(server grpc.ServiceRegistrar, engine Engine[E])

// Serve runs a plugin of a kind until its host ends it, then closes the engine if it
// is an io.Closer. The kinds' packages call it; it is the whole of a plugin's main.
func Serve[C, E any](kind string, open Open[C, E], register Register[E]) {
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // Serve is the plugin's main
	defer cancel()
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: os.Stderr, JSONFormat: true})
	holder, calls := &holder[E]{}, &atomic.Int64{}
	adapter := &adapter[C, E]{
		control:  &control[C, E]{ctx: ctx, open: open, holder: holder, logger: logger, calls: calls, stderr: os.Stderr},
		register: register, holder: holder,
	}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  Handshake(),
		VersionedPlugins: map[int]goplugin.PluginSet{Protocol: {kind: adapter}},
		Logger:           logger,
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, ServerOptions(logger, calls)...)...)
		},
	})
	cancel()
	if engine, err := holder.Get(); err == nil {
		if closer, ok := any(engine).(io.Closer); ok {
			if err := closer.Close(); err != nil {
				logger.Warn("close engine", "error", err)
			}
		}
	}
}

// ServerOptions are the gRPC options of every plugin's server: message size, and interceptors that turn
// errors and panics into faults and count the streams, which are the engine's calls.
func ServerOptions(logger hclog.Logger, calls *atomic.Int64) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.ChainUnaryInterceptor(unaryFaults(logger)),
		grpc.ChainStreamInterceptor(streamFaults(logger, calls)),
	}
}

// adapter hands an engine's services to go-plugin.
type adapter[C, E any] struct {
	goplugin.NetRPCUnsupportedPlugin
	control  *control[C, E]
	register Register[E]
	holder   *holder[E]
}

// GRPCServer implements goplugin.GRPCPlugin.
func (a *adapter[C, E]) GRPCServer(_ *goplugin.GRPCBroker, server *grpc.Server) error {
	pluginv1.RegisterPluginServiceServer(server, a.control)
	a.register(server, a.holder)
	return nil
}

// GRPCClient implements goplugin.GRPCPlugin. The host has a client of its own.
func (a *adapter[C, E]) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

var _ goplugin.GRPCPlugin = (*adapter[struct{}, struct{}])(nil)
