// Command lipsync-musetalk is a face engine that draws the mouth anew with MuseTalk's networks, on a graphics card or, slowly,
// without one. As `lipsync-musetalk prepare` it makes an avatar for itself of a film.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/visavis-dev/visavis/sdk/lipsync"
)

func main() {
	if len(os.Args) < 2 || os.Args[1] != "prepare" {
		lipsync.Serve(open)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // this is main
	defer stop()
	if err := prepareCommand(ctx, os.Args[2:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, sentence(err))
		stop()
		os.Exit(1) //nolint:gocritic // nothing is left to be deferred
	}
}
