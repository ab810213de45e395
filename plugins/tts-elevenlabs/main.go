// Command tts-elevenlabs is a plugin that speaks through ElevenLabs' streaming API, with
// the time of every character.
package main

import "github.com/visavis-dev/visavis/sdk/tts"

func main() { tts.Serve(Open) }
