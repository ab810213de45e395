// Command visavis is the function host: it serves the documented HTTP API on top of engines
// that run as plugins. It wires the packages under host/internal together.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends everything at once
	err := root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	if _, ok := errors.AsType[exitError](err); !ok {
		fmt.Fprintln(os.Stderr, "visavis:", err)
	}
	stop()
	os.Exit(1) //nolint:gocritic // stop was called
}

// exitError ends the program with status 1 after everything was said.
type exitError struct{}

// Error implements error.
func (exitError) Error() string { return "failed" }

func root() *cobra.Command {
	command := serve()
	command.Use = "visavis"
	command.Short = "A function host for talking interviewers"
	command.Version = version
	command.SilenceUsage, command.SilenceErrors = true, true
	command.CompletionOptions.DisableDefaultCmd = true
	explicit := serve()
	command.AddCommand(explicit, plugins(), avatarCommands(), warden())
	return command
}
