package plugin

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"

	"github.com/visavis-dev/visavis/sdk/fault"
	"github.com/visavis-dev/visavis/sdk/internal/wire"
)

func unaryFaults(logger hclog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
		defer func() { err = wire.ToStatus(recovered(recover(), info.FullMethod, logger, err)) }()
		return next(ctx, req)
	}
}

// streamFaults counts too. go-plugin's own streams last as long as the connection and are none of the engine's.
func streamFaults(logger hclog.Logger, calls *atomic.Int64) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
		if !strings.HasPrefix(info.FullMethod, "/plugin.") {
			calls.Add(1)
			defer calls.Add(-1)
		}
		defer func() { err = wire.ToStatus(recovered(recover(), info.FullMethod, logger, err)) }()
		return next(srv, stream)
	}
}

// recovered keeps an engine's panic inside its own call.
func recovered(panicked any, method string, logger hclog.Logger, err error) error {
	if panicked == nil {
		return err
	}
	logger.Error("engine panicked", "method", method, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
	return fault.New(fault.Internal, "call engine", "", fmt.Errorf("panic: %v", panicked))
}
