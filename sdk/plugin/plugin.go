// Package plugin holds what plugins of every kind have in common: the handshake, the
// environment that the host offers, and the serving of an engine. Authors use the
// Serve of their kind's package.
package plugin

import (
	"context"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
)

// Protocol is the newest protocol version that this SDK speaks.
const Protocol = 1

// Handshake tells a plugin that it was started by a host of this family. It is
// no security: it gives a person who starts the binary by hand a clear answer.
func Handshake() goplugin.HandshakeConfig {
	return goplugin.HandshakeConfig{
		ProtocolVersion:  Protocol,
		MagicCookieKey:   "VISAVIS_PLUGIN",
		MagicCookieValue: "0b6c2a5e-visavis-function",
	}
}

// Env is what the host offers an engine.
type Env struct {
	// Logger writes to the host's log under the plugin's name.
	Logger hclog.Logger
	// Function is the id of the function that this instance serves.
	Function string
	// FFmpeg is the absolute path of the ffmpeg program; "" when there is none.
	FFmpeg string
	// NativesDir holds the native libraries fetched with the project.
	NativesDir string
	// TempDir is this instance's own and goes with it.
	TempDir string
	// AvatarRoots are the folders that hold avatar packs.
	AvatarRoots []string
}

// Checker is implemented by an engine that can tell whether it would work right now:
// its server answers, its key is accepted. An error carries a fault.Kind.
type Checker interface {
	Check(ctx context.Context) error
}
