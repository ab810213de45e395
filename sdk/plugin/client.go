package plugin

import (
	"context"
	"encoding/json"

	"google.golang.org/grpc"

	pluginv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/plugin/v1"
	"github.com/visavis-dev/visavis/sdk/internal/wire"
)

// Client is the host's end of the part that every plugin speaks. Safe for concurrent use.
type Client struct {
	rpc pluginv1.PluginServiceClient
}

// NewClient speaks over a plugin's connection, which it does not close.
func NewClient(conn grpc.ClientConnInterface) *Client {
	return &Client{rpc: pluginv1.NewPluginServiceClient(conn)}
}

// Configure opens the engine; it must be the first call, once. The environment's logger stays here.
func (c *Client) Configure(ctx context.Context, settings json.RawMessage, env Env) error {
	_, err := c.rpc.Configure(ctx, &pluginv1.ConfigureRequest{
		SettingsJson: settings,
		Environment: &pluginv1.Environment{
			Function: env.Function, Ffmpeg: env.FFmpeg, NativesDir: env.NativesDir,
			TempDir: env.TempDir, AvatarRoots: env.AvatarRoots,
		},
	})
	return wire.FromStatus("configure engine", err)
}

// Calls counts the calls of the engine's own contract that have not returned.
func (c *Client) Calls(ctx context.Context) (int, error) {
	resp, err := c.rpc.Calls(ctx, &pluginv1.CallsRequest{})
	if err != nil {
		return 0, wire.FromStatus("count calls", err)
	}
	return int(resp.GetRunning()), nil
}

// Check tells whether the engine can work right now; checked is false when it has no check of its own.
func (c *Client) Check(ctx context.Context) (checked bool, err error) {
	resp, err := c.rpc.Check(ctx, &pluginv1.CheckRequest{})
	if err != nil {
		return false, wire.FromStatus("check engine", err)
	}
	return resp.GetChecked(), nil
}
