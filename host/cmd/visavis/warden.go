package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/visavis-dev/visavis/host/internal/process"
)

// wardenCommand is how the host starts its warden: this program again.
const wardenCommand = "keep-watch"

func warden() *cobra.Command {
	return &cobra.Command{
		Use: wardenCommand, Hidden: true, Args: cobra.NoArgs, Short: "End plugins when their host is gone (started by the host)",
		Run: func(*cobra.Command, []string) { process.KeepWatch(os.Stdin) },
	}
}
