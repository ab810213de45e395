// Command llm-interviewer is the language backend that needs no key: an interviewer with a script.
package main

import "github.com/visavis-dev/visavis/sdk/llm"

func main() { llm.Serve(open) }
