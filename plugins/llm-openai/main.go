// Command llm-openai is a language backend for any server that speaks OpenAI's chat completions.
package main

import "github.com/visavis-dev/visavis/sdk/llm"

func main() { llm.Serve(open) }
