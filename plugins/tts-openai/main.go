// Command tts-openai is a plugin that speaks through OpenAI, or through any server that
// offers the same /v1/audio/speech.
package main

import "github.com/visavis-dev/visavis/sdk/tts"

func main() { tts.Serve(Open) }
