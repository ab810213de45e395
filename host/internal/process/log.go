package process

import "github.com/hashicorp/go-hclog"

// quietLogger lowers what go-plugin says about itself, since the host tells of instances in its
// own words. What a plugin says does not pass through it.
type quietLogger struct {
	hclog.Logger
}

// Named implements hclog.Logger.
func (l quietLogger) Named(string) hclog.Logger { return l }

// Info implements hclog.Logger.
func (l quietLogger) Info(msg string, args ...any) { l.Trace(msg, args...) }

// Warn implements hclog.Logger.
func (l quietLogger) Warn(msg string, args ...any) { l.Debug(msg, args...) }

// Error implements hclog.Logger.
func (l quietLogger) Error(msg string, args ...any) { l.Debug(msg, args...) }

// Debug implements hclog.Logger.
func (l quietLogger) Debug(msg string, args ...any) { l.Trace(msg, args...) }
