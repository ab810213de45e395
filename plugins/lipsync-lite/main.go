// Command lipsync-lite is a face engine for any CPU: it blends the mouth shapes of an avatar pack by
// what is spoken.
package main

import "github.com/visavis-dev/visavis/sdk/lipsync"

func main() { lipsync.Serve(open) }
