// Command lipsync-musetalk is a face engine that draws the mouth anew with MuseTalk's networks, on a graphics card or, slowly,
// without one.
package main

import "github.com/visavis-dev/visavis/sdk/lipsync"

func main() { lipsync.Serve(open) }
