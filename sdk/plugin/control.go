package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"

	"github.com/visavis-dev/visavis/sdk/fault"
	pluginv1 "github.com/visavis-dev/visavis/sdk/internal/pb/visavis/plugin/v1"
)

// Engine gives the engine of a plugin, or a fault while it is not open.
type Engine[E any] interface {
	Get() (E, error)
}

// holder keeps the engine between the call that opens it and those that use it.
type holder[E any] struct {
	mu     sync.RWMutex
	engine E
	open   bool
}

// Get implements Engine.
func (h *holder[E]) Get() (E, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if !h.open {
		var none E
		return none, fault.New(fault.Unavailable, "use engine", "", errors.New("engine is not configured yet"))
	}
	return h.engine, nil
}

// control serves the part of the protocol that every plugin speaks.
type control[C, E any] struct {
	pluginv1.UnimplementedPluginServiceServer
	ctx    context.Context //nolint:containedctx // the life of the plugin, not of a call
	open   Open[C, E]
	holder *holder[E]
	logger hclog.Logger
	calls  *atomic.Int64
	// stderr is the process's own.
	stderr *os.File
}

// Calls counts the engine's calls.
func (c *control[C, E]) Calls(context.Context, *pluginv1.CallsRequest) (*pluginv1.CallsResponse, error) {
	return &pluginv1.CallsResponse{Running: uint32(max(0, c.calls.Load()))}, nil //nolint:gosec // far fewer
}

// Configure opens the engine.
func (c *control[C, E]) Configure(_ context.Context, req *pluginv1.ConfigureRequest) (*pluginv1.ConfigureResponse, error) {
	const op = "configure engine"
	settings, err := decode[C](req.GetSettingsJson())
	if err != nil {
		return nil, fault.New(fault.Unconfigured, op, "", err)
	}
	c.holder.mu.Lock()
	defer c.holder.mu.Unlock()
	if c.holder.open {
		return nil, fault.New(fault.Invalid, op, "", errors.New("engine is already configured"))
	}
	os.Stderr = c.stderr // go-plugin's detour over the connection would lose what a program says just before it ends
	e := req.GetEnvironment()
	engine, err := c.open(c.ctx, settings, Env{
		Logger: c.logger, Function: e.GetFunction(), FFmpeg: e.GetFfmpeg(), NativesDir: e.GetNativesDir(),
		TempDir: e.GetTempDir(), AvatarRoots: e.GetAvatarRoots(),
	})
	if err != nil {
		return nil, err
	}
	if isNil(engine) { // else it would look ready, and every call would panic
		return nil, fault.New(fault.Internal, op, "플러그인이 엔진을 열지 않았습니다", errors.New("open gave neither an engine nor an error"))
	}
	c.holder.engine, c.holder.open = engine, true
	return &pluginv1.ConfigureResponse{}, nil
}

// Check asks the engine how it is.
func (c *control[C, E]) Check(ctx context.Context, _ *pluginv1.CheckRequest) (*pluginv1.CheckResponse, error) {
	engine, err := c.holder.Get()
	if err != nil {
		return nil, err
	}
	checker, ok := any(engine).(Checker)
	if !ok {
		return &pluginv1.CheckResponse{}, nil
	}
	if err := checker.Check(ctx); err != nil {
		return nil, err //nolint:wrapcheck // the engine's own fault goes to the host as it is
	}
	return &pluginv1.CheckResponse{Checked: true}, nil
}

// isNil tells whether an engine is none, or a pointer to none.
func isNil(engine any) bool {
	v := reflect.ValueOf(engine)
	return !v.IsValid() || (v.Kind() == reflect.Pointer && v.IsNil())
}

// decode is strict: a setting that the schema allows and the engine does not know is a defect.
func decode[C any](raw []byte) (C, error) {
	var settings C
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&settings); err != nil {
		return settings, errors.New("decode settings: " + redact(err))
	}
	return settings, nil
}

// redact keeps values out of a decoding error: they may be secrets.
func redact(err error) string {
	if typed, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "field " + typed.Field + " is not a " + typed.Type.String()
	}
	return err.Error()
}
