package main

import (
	"testing"

	"github.com/visavis-dev/visavis/sdk/plugintest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	plugintest.Run(t, plugintest.Subject{Dir: plugintest.Build(t)})
}
