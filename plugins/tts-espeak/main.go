// Command tts-espeak is a plugin that speaks with eSpeak NG: no key, no network, many
// languages, and phonemes with their exact times.
package main

import "github.com/visavis-dev/visavis/sdk/tts"

func main() { tts.Serve(Open) }
