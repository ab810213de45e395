package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/host/internal/config"
	"github.com/visavis-dev/visavis/host/internal/sse"
)

func serve() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use: "serve", Short: "Serve the API (the default)", Args: noArgs,
		Long: "Serve the documented API on the engines that the deployment file names.\n\n" +
			"Every flag can be set by the variable in brackets, in .env in the working folder, or in the server section of the\n" +
			"deployment file; a flag beats a variable, a variable beats .env, and .env beats the file. Relative paths in flags,\n" +
			"variables and .env begin in the working folder; those in the server section, and default ones, in the file's folder.\n\n" +
			"Engines have variables of their own, such as LLM_API_URL, LLM_MODEL, OPENAI_API_KEY and ELEVENLABS_API_KEY: those that\n" +
			"stand as ${NAME} in the deployment file. .env.example lists them.",
	}
	flags := command.Flags()
	flags.StringVar(&file, "config", "", "deployment file [VISAVIS_CONFIG] (default deployment.yaml)")
	for _, s := range config.Settings() {
		flags.String(s.Flag(), s.Default, s.Usage+" ["+s.Env+"]")
		if s.Switch() {
			flags.Lookup(s.Flag()).NoOptDefVal = "true"
		}
	}
	command.RunE = func(command *cobra.Command, _ []string) error {
		source := func() (config.Source, error) { return sourceOf(command, file) }
		return run(command.Context(), source, command.OutOrStdout(), command.ErrOrStderr())
	}
	return command
}

// noArgs says what is wrong with flags when something is left over beside them: usually one of them got another one as its value.
func noArgs(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	for _, s := range config.Settings() {
		f := command.Flags().Lookup(s.Flag())
		if next := f.Value.String(); f.Changed && strings.HasPrefix(next, "--") {
			return fmt.Errorf("flag --%s has no value: %s comes next", f.Name, next)
		}
		if f.Changed && s.Switch() && (args[0] == "true" || args[0] == "false") {
			return fmt.Errorf("write --%s=%s: the flag stands alone or with an equals sign", f.Name, args[0])
		}
	}
	return fmt.Errorf("unknown command %q: visavis --help lists commands and flags", args[0])
}

func sourceOf(command *cobra.Command, file string) (config.Source, error) {
	dir, err := os.Getwd()
	if err != nil {
		return config.Source{}, fmt.Errorf("find working folder: %w", err)
	}
	src := config.Source{Dir: dir, File: file, Environ: os.Environ(), Flags: map[string]string{}}
	for _, s := range config.Settings() {
		if f := command.Flags().Lookup(s.Flag()); f.Changed {
			src.Flags[s.Key] = f.Value.String()
		}
	}
	return src, nil
}

// run serves until ctx ends, then lets running work finish.
func run(ctx context.Context, source func() (config.Source, error), out, errOut io.Writer) error {
	c, err := load(source)
	if err != nil {
		return err
	}
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.LevelFromString(c.LogLevel), JSONFormat: c.LogJSON, Output: errOut})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	if err != nil {
		return fmt.Errorf("listen: %w", c.Wrong(blamed(err), err))
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // from here on: one that comes while the host starts must not end it
	defer signal.Stop(hangup)
	h, err := build(ctx, c, listener.Addr(), logger)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer h.close()
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching() // before close, which waits
	watched := h.watchSettings()
	h.tasks.Go(func() { h.reloadOnChange(watching, watched, hangup, source) })

	// Requests outlive ctx: its end asks them to finish, it does not cut them.
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := &http.Server{
		Handler: h.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return requests },
	}
	warn(c, listener.Addr(), logger)
	greet(out, listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- sse.Serve(server, listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	logger.Info("ending: running work may finish", "within", c.DrainTimeout)
	return drain(ctx, server, cut, h, c.DrainTimeout)
}

// blamed is the setting that keeps the host from listening.
func blamed(err error) string {
	if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES) {
		return "port"
	}
	return "host"
}

// lastFetch is how long clients have to fetch what was made for them at last.
const lastFetch = 3 * time.Second

// finish waits until no work is under way, and where there was some, until its clients could fetch what it made.
func (h *host) finish(ctx context.Context) {
	quiet, busy := h.door.Close()
	if !busy {
		return
	}
	select {
	case <-quiet:
	case <-ctx.Done():
		return
	}
	fetching, cancel := context.WithTimeout(ctx, lastFetch)
	defer cancel()
	<-fetching.Done()
}

// lastWords is how long clients whose work is cut off have to hear of it.
const lastWords = time.Second

// drain takes no new work and waits for what runs; what is left after the timeout is cut off, and its clients are told.
func drain(ctx context.Context, server *http.Server, cut context.CancelFunc, h *host, timeout time.Duration) error {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	h.finish(within)
	// Sockets before the server: clients that poll need its listener until they have heard everything.
	if err := h.sockets.Drain(within, lastWords); err != nil {
		h.logger.Warn("sockets did not end in time", "error", err)
	}
	err := server.Shutdown(within)
	if errors.Is(err, context.DeadlineExceeded) {
		h.logger.Warn("work did not finish in time and is cut off")
		cut()
		words, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		if err = server.Shutdown(words); errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
	}
	h.functions.Close(within)
	if err != nil {
		return fmt.Errorf("end server: %w", err)
	}
	return nil
}

func load(source func() (config.Source, error)) (*config.Config, error) {
	src, err := source()
	if err != nil {
		return nil, err
	}
	c, err := config.Load(src)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return c, nil
}

// greet prints where to go; the API's address comes first and alone on its line.
func greet(out io.Writer, address net.Addr) {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		host, port = address.String(), ""
	}
	if ip := net.ParseIP(host); ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
		if ip.IsLoopback() && ip.To4() != nil {
			host = ip.String()
		}
	}
	base := "http://" + net.JoinHostPort(host, port)
	_, _ = fmt.Fprintf(out, "API     %s/\nstudio  %s/\ndocs    %s/docs\n", base, base, base)
}
