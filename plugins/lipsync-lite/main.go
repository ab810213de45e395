// Command lipsync-lite is a face engine for any CPU: it redraws or blends the mouth of an avatar pack by what is spoken.
package main

import (
	"runtime/debug"

	"github.com/visavis-dev/visavis/sdk/lipsync"
)

// garbage is how much of the memory in use may be garbage, in percent. What is in use are frames: few, large, and without pointers, so
// that it costs little to look for garbage often.
const garbage = 25

func main() {
	debug.SetGCPercent(garbage)
	lipsync.Serve(open)
}
